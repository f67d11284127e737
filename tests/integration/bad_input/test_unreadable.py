"""What cannot be read is a dead letter with reason and origin, answered where that can be, and harms no neighbour.

What breaks a reader rather than a rule is in ``tests/integration/poison``.
"""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from shared import topics
from shared.stage.records import Headers, Origin, Record
from tests.integration.bad_input.people import Form
from tests.integration.bad_input.world import Sent, World, bilingual, event

INTAKE = topics.GROUPS["intake"]
INNER = {
    topics.VALIDATED: "scoring",
    topics.SCORED: "dedup",
    topics.REVIEW_DECIDED: "dedup",
    topics.CLEARED: "enrolment",
    topics.SELECTION_DECIDED: "enrolment",
    topics.ENTITLEMENT_CHANGED: "payments",
    topics.report("bkash"): "payments",
    topics.status("moca"): "notify",
}


def headers(form: Form, **changes: bytes | None) -> Headers:
    """The headers of a good record, with some replaced or (None) left out."""
    found: dict[str, bytes | None] = {**dict(event(form).headers), **changes}
    return tuple((name, content) for name, content in found.items() if content is not None)


def value(form: Form, **changes: Any) -> bytes:
    return orjson.dumps({**form, **changes})


UNANSWERABLE: dict[str, tuple[str, Callable[[Form], Sent]]] = {
    "bytes of another encoding": ("not_json", lambda form: Sent(value(form).decode().encode("utf-16"), headers(form))),
    "a list": ("not_an_object", lambda form: Sent(b"[" + value(form) + b"]", headers(form))),
    "no reference": ("source_ref_missing", lambda form: Sent(value(form, source_ref=None), headers(form))),
    "a reference that is a number": (
        "source_ref_unusable",
        lambda form: Sent(value(form, source_ref=7), headers(form)),
    ),
    "neither headers nor JSON": ("missing_ce_specversion", lambda form: Sent(b"{", ())),
}
ANSWERED: dict[str, tuple[str, Callable[[Form], Sent]]] = {
    "no id": ("missing_ce_id", lambda form: Sent(value(form), headers(form, ce_id=None))),
    "another type": ("type_unknown", lambda form: Sent(value(form), headers(form, ce_type=b"order.placed.v1"))),
    "another version of CloudEvents": (
        "specversion_unknown",
        lambda form: Sent(value(form), headers(form, ce_specversion=b"0.3")),
    ),
    "a revision that is no number": (
        "revision_unusable",
        lambda form: Sent(value(form, revision="two"), headers(form)),
    ),
    "a form of another version": (
        "form_version_unknown",
        lambda form: Sent(value(form, form_version="7"), headers(form)),
    ),
}


def assert_letter(letter: Record, origin: Origin, group: str, reason: str, sent: Sent) -> None:
    """The letter names reason and origin, and holds key, value and headers as they came."""
    assert letter.header("dlq_reason") == reason.encode()
    assert letter.header("dlq_topic") == origin.topic.encode()
    assert letter.header("dlq_group") == group.encode()
    assert letter.origin.partition == origin.partition
    assert (letter.key, letter.value) == (sent.key, sent.value)
    assert letter.headers[: len(sent.headers)] == sent.headers


@pytest.mark.parametrize(("reason", "spoil"), UNANSWERABLE.values(), ids=UNANSWERABLE.keys())
def test_what_names_nobody_is_a_dead_letter_alone_and_its_neighbours_go_through(
    world: World, reason: str, spoil: Callable[[Form], Sent]
) -> None:
    before, after, bad = (world.people.form("old_age") for _ in range(3))
    sent = spoil(bad)
    origins = world.submit(before, sent, after)
    assert_letter(world.letter(origins[1], INTAKE), origins[1], INTAKE, reason, sent)
    assert world.line(before, "scoring").state == world.line(after, "scoring").state == "eligible"
    assert world.answers_to(origins[1]) == []


@pytest.mark.parametrize(("reason", "spoil"), ANSWERED.values(), ids=ANSWERED.keys())
def test_what_names_its_reference_is_answered_too(world: World, reason: str, spoil: Callable[[Form], Sent]) -> None:
    before, after, bad = (world.people.form("old_age") for _ in range(3))
    sent = spoil(bad)
    origins = world.submit(before, sent, after)
    assert_letter(world.letter(origins[1], INTAKE), origins[1], INTAKE, reason, sent)
    answer = world.answer(origins[1])
    assert (answer.state, answer.source_ref, answer.next, answer.n) == ("unreadable", bad["source_ref"], "source", None)
    assert [found.code for found in answer.reasons] == [reason]
    assert bilingual([answer])
    assert world.line(before, "scoring").state == world.line(after, "scoring").state == "eligible"


@pytest.mark.parametrize(("topic", "stage"), INNER.items(), ids=INNER.keys())
def test_every_stage_puts_aside_what_it_cannot_read_and_goes_on(world: World, topic: str, stage: str) -> None:
    group = topics.GROUPS[stage]
    bare = Sent(b"\xff\x00 not an event", ())
    origins = world.send(topic, bare, Sent(b"{}", event({}, "something.else.v1").headers), bare)
    letters = [world.letter(origin, group) for origin in origins]
    assert [letter.header("dlq_reason") for letter in letters] == [
        b"missing_ce_specversion",
        b"type_unknown",
        b"missing_ce_specversion",
    ]
    assert letters[0].value == bare.value
