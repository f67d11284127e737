"""The one path for commands, through the door that ``dsr`` uses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from shared.contracts.command import Command
from shared.envelope import Envelope
from shared.stage.ports import KafkaAway, SendRefused, TopicRefused
from shared.store.port import StoreAway
from shared.store.tables import DECISIONS, Decision
from tests.unit.http.conftest import MINISTRY, NOW_US, REVIEWER, Small

OPEN = {"name": "cycle.open", "about": "old_age:2026Q4", "arguments": {"year": 2026, "quarter": 4}}


def ask(small: Small, body: Any, key: str | None = "operator-key", **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        async with small.client(key) as client:
            return await client.post("/v1/commands", json=body, headers=headers)

    return asyncio.run(go())


def talk(small: Small, work: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]) -> httpx.Response:
    async def go() -> httpx.Response:
        async with small.client() as client:
            return await work(client)

    return asyncio.run(go())


def test_a_command_goes_to_the_stage_and_its_asker_is_taken_from_the_key(small: Small) -> None:
    answer = ask(small, OPEN)
    assert answer.status_code == 202
    (sent,) = small.sink.sent
    command = Command.read(sent.value or b"")
    assert (sent.topic, sent.key) == ("payments.command.v1", b"old_age:2026Q4")
    assert (command.name, command.by, command.arguments) == ("cycle.open", "rahim", {"year": 2026, "quarter": 4})
    assert answer.headers["Location"] == f"/v1/commands/{command.command_id}"
    assert answer.json() == {"command_id": command.command_id, "state": "pending", "result": {}, "reasons": []}
    envelope = Envelope.from_headers(sent.headers, ("payments.command.v1",))
    assert (envelope.id, envelope.time_us) == (command.command_id, NOW_US)


def test_the_trace_of_the_request_goes_on_in_the_command(small: Small) -> None:
    ask(small, OPEN, traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    (sent,) = small.sink.sent
    traceparent = Envelope.from_headers(sent.headers).traceparent
    assert traceparent is not None
    assert traceparent.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")


def test_the_same_idempotency_key_of_one_principal_is_the_same_command(small: Small) -> None:
    first = ask(small, OPEN, **{"Idempotency-Key": "monday"}).json()["command_id"]
    again = ask(small, OPEN, **{"Idempotency-Key": "monday"}).json()["command_id"]
    other = ask(small, {**OPEN, "name": "verdict", "arguments": {}}, REVIEWER, **{"Idempotency-Key": "monday"})
    assert first == again != other.json()["command_id"]


def test_every_wrong_argument_is_named_and_nothing_is_sent(small: Small) -> None:
    answer = ask(small, {**OPEN, "arguments": {"year": "1990123456789x", "quarter": 9, "who": "Rahima"}})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    mistakes = {error["field"]: error["code"] for error in answer.json()["errors"]}
    assert mistakes == {
        "arguments.year": "int_parsing",
        "arguments.quarter": "less_than_equal",
        "arguments.who": "extra_forbidden",
    }
    assert all(error["text_bn"] for error in answer.json()["errors"])
    assert "1990123456789" not in answer.text
    assert "Rahima" not in answer.text
    assert not small.sink.sent


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**OPEN, "name": "cycle.burn"}, "command_unknown"),
        ({**OPEN, "about": "1990123456789"}, "personal"),
        ({**OPEN, "about": "নাম"}, "string_pattern_mismatch"),
        ({**OPEN, "arguments": {"year": 10**30, "quarter": 1}}, None),
        ({"about": "x"}, "missing"),
        ([], None),
    ],
)
def test_what_no_stage_could_read_is_refused_at_the_door(small: Small, body: Any, code: str | None) -> None:
    answer = ask(small, body)
    assert answer.status_code == 422
    if code is not None:
        assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert not small.sink.sent


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (None, 401, "key_missing"),
        ("guessed", 401, "key_unknown"),
        (MINISTRY, 403, "role_missing"),
        (REVIEWER, 403, "role_missing"),
    ],
)
def test_a_command_needs_a_key_with_its_role(small: Small, key: str | None, status: int, code: str) -> None:
    answer = ask(small, OPEN, key)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:dsr:problem:{code}")
    assert not small.sink.sent


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (KafkaAway("timeout"), 503),
        (SendRefused("payments.command.v1", "too large"), 413),
        (TopicRefused("payments.command.v1", "there is no such topic"), 503),
    ],
)
def test_a_command_that_kafka_did_not_take_is_not_called_accepted(
    small: Small, failure: Exception, status: int
) -> None:
    small.sink.failure = failure
    answer = ask(small, OPEN)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_command_is_pending_until_its_stage_has_decided(small: Small) -> None:
    command_id = "00000000-0000-0000-0000-000000000001"
    row = Decision(
        command_id,
        1,
        1,
        "payments.command.v1",
        0,
        7,
        "d",
        "done",
        "",
        orjson.dumps({"result": {"payments": 3}}),
        "p",
        NOW_US,
    )

    async def before(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(f"/v1/commands/{command_id}")

    async def after(client: httpx.AsyncClient) -> httpx.Response:
        await small.store.insert(DECISIONS, [row])
        return await client.get(f"/v1/commands/{command_id}")

    pending = talk(small, before)
    assert (pending.status_code, pending.json()["state"]) == (202, "pending")
    decided = talk(small, after)
    assert decided.status_code == 200
    assert decided.json() == {
        "command_id": command_id,
        "state": "done",
        "result": {"payments": 3},
        "reasons": [],
        "at": "2026-11-22T01:20:00.123456+00:00",
    }


def test_the_id_of_something_else_that_was_decided_is_no_commands(small: Small) -> None:
    payment_id = "00000000-0000-0000-0000-000000000002"
    row = Decision(payment_id, 1, 1, "payments.command.v1", 0, 8, "d", "credited", "", b'{"poisha":1}', "p", NOW_US)

    async def look(client: httpx.AsyncClient) -> httpx.Response:
        await small.store.insert(DECISIONS, [row])
        return await client.get(f"/v1/commands/{payment_id}")

    answer = talk(small, look)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")


def test_a_store_that_is_away_is_said_to_be(small: Small) -> None:
    async def away(operation: str) -> None:
        if operation == "find":
            raise StoreAway("memory", "locked")

    small.store._before = away
    answer = talk(small, lambda client: client.get("/v1/commands/00000000-0000-0000-0000-000000000001"))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:dsr:problem:store_away")
