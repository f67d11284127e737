"""Contracts are published as JSON Schemas, and only grow within a major version."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared import topics
from shared.contracts import catalogue
from shared.contracts.catalogue import CATALOGUE, ContractBroken, broken, file_of, publish, schema, text
from shared.contracts.compatibility import incompatibilities

Json = dict[str, Any]

OLD: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "kind": {"enum": ["paid", "failed"], "type": "string"},
        "amount": {"type": "integer", "minimum": 1},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "payee": {"$ref": "#/$defs/Payee"},
        "gaps": {"type": "array", "items": {"type": "string"}},
        "answers": {"type": "object", "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "string"}]}},
    },
    "required": ["id", "kind", "amount", "payee"],
    "$defs": {
        "Payee": {
            "type": "object",
            "properties": {"account": {"type": "string"}, "holder": {"type": "string"}},
            "required": ["account"],
        }
    },
}


def changed(change: Callable[[Json], object]) -> Json:
    new = copy.deepcopy(OLD)
    change(new)
    return new


def refused(change: Callable[[Json], object]) -> list[str]:
    return [str(fault) for fault in incompatibilities(OLD, changed(change))]


@pytest.mark.parametrize("message_type", sorted(CATALOGUE))
def test_the_published_schema_is_that_of_the_contract(message_type: str) -> None:
    assert file_of(message_type).read_bytes() == text(message_type), "run: python -m shared.contracts.catalogue"


def test_no_contract_breaks_with_what_is_published() -> None:
    assert broken() == {}


def test_every_message_type_of_every_topic_has_a_contract_and_none_is_left_over() -> None:
    named = {
        name
        for topic in topics.all_topics(["source"], ["provider"])
        if not topic.name.endswith(".dlq")
        for name in topic.message_types
    }
    assert named == set(CATALOGUE)
    assert {path.name for path in catalogue.SCHEMAS.glob("*")} == {file_of(name).name for name in CATALOGUE}


def test_a_contract_that_did_not_change_is_compatible() -> None:
    assert refused(lambda new: None) == []
    assert all(incompatibilities(schema(name), schema(name)) == () for name in CATALOGUE)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda new: new["properties"].update(extra={"type": "string"}), id="an optional field"),
        pytest.param(
            lambda new: new["$defs"]["Payee"]["properties"].update(bank={"type": "string"}), id="a field further in"
        ),
        pytest.param(lambda new: new["properties"]["kind"]["enum"].append("returned"), id="a further value"),
        pytest.param(lambda new: new["properties"]["amount"].update(minimum=0), id="a lower minimum"),
        pytest.param(lambda new: new["properties"]["amount"].update(type="number"), id="a wider type"),
        pytest.param(lambda new: new["properties"]["note"]["anyOf"].append({"type": "integer"}), id="a further type"),
        pytest.param(lambda new: new["properties"]["gaps"]["items"].clear(), id="any item"),
        pytest.param(lambda new: new["properties"]["id"].update(description="other words"), id="other words"),
    ],
)
def test_what_adds_is_compatible(change: Callable[[Json], object]) -> None:
    assert refused(change) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda new: new["properties"].pop("note"), "note: the field is gone"),
        (lambda new: new["required"].append("note"), "note: the field is required now"),
        (
            lambda new: (new["properties"].update(more={"type": "string"}), new["required"].append("more")),
            "more: the field is required now",
        ),
        (lambda new: new["required"].remove("kind"), "kind: the field was always there and now need not be"),
        (lambda new: new["properties"]["kind"]["enum"].remove("failed"), "kind: failed is no longer allowed"),
        (lambda new: new["properties"]["id"].update(enum=["a", "b"]), "id: only a, b is allowed now"),
        (lambda new: new["properties"]["id"].update(type="integer"), "id: string is no longer allowed"),
        (lambda new: new["properties"]["note"]["anyOf"].pop(), "note: null is no longer allowed"),
        (lambda new: new["properties"]["amount"].update(minimum=100), "amount: minimum is 100 now"),
        (lambda new: new["properties"]["amount"].update(maximum=9), "amount: maximum is 9 now"),
        (lambda new: new["properties"]["id"].update(pattern="^a"), "id: pattern is ^a now"),
        (
            lambda new: new["properties"]["gaps"].update(items={"type": "integer"}),
            "gaps[]: string is no longer allowed",
        ),
        (
            lambda new: new["properties"]["answers"].update(additionalProperties=False),
            "answers: no more is allowed here",
        ),
        (lambda new: new["$defs"]["Payee"]["properties"].pop("holder"), "payee.holder: the field is gone"),
        (lambda new: new["$defs"]["Payee"]["required"].append("holder"), "payee.holder: the field is required now"),
    ],
)
def test_what_breaks_a_user_of_the_contract_is_named(change: Callable[[Json], object], told: str) -> None:
    assert told in refused(change)


def test_publishing_refuses_a_broken_contract_and_leaves_all_schemas_as_they_are(tmp_path: Path) -> None:
    publish(tmp_path)
    older = schema("payment.report.v1")
    older["properties"]["fee_poisha"] = {"type": "integer"}
    file_of("payment.report.v1", tmp_path).write_bytes(orjson.dumps(older))
    file_of("payment.refund.v1", tmp_path).write_bytes(b"{}")
    file_of("payment.cancel.v1", tmp_path).unlink()
    with pytest.raises(ContractBroken) as caught:
        publish(tmp_path)
    assert "payment.report.v1: fee_poisha: the field is gone" in str(caught.value)
    assert "payment.refund.v1: the message type is gone" in str(caught.value)
    assert not file_of("payment.cancel.v1", tmp_path).exists()
