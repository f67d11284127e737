"""A source that policy no longer declares has no status topic: its people are paid all the same."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from shared import topics
from shared.stage.deadletters import replays_among
from shared.stage.ports import SendRefused, TopicRefused
from shared.stage.records import Outgoing
from tests.unit.payments.world import World, change, paying, payment_of, report
from tests.unit.stage.echo import ListSink

pytestmark = pytest.mark.anyio


def without(made: World, *sources: str) -> None:
    """From now on Kafka has no status topics for these sources."""
    send = made.sink.send

    async def sent(outgoing: Sequence[Outgoing]) -> None:
        for one in outgoing:
            if one.topic in map(topics.status, sources):
                raise TopicRefused(one.topic, "there is no such topic")
        await send(outgoing)

    made.sink.send = sent  # type: ignore[method-assign]


def letters(made: World) -> list[Outgoing]:
    return [one for one in made.sink.sent if one.topic.endswith(".dlq")]


async def test_the_payment_goes_on_only_its_line_is_put_aside_and_the_neighbours_hear_theirs() -> None:
    made = await paying()
    without(made, "gone", "gone-too")
    events = (change(1), change(2, source="gone"), change(3, source="gone-too"), change(4))
    await made.feed(*(made.topics.change(event) for event in events))
    told = {instruct["payment_id"] for instruct in made.messages("payment.instruct.v1")}
    assert told == set(map(payment_of, (1, 2, 3, 4)))
    assert [bool(made.lines(number)) for number in (1, 2, 3, 4)] == [True, False, False, True]
    assert [dict(letter.headers)["dlq_reason"] for letter in letters(made)] == [b"status_of_undeclared_source"] * 2
    credited = made.topics.report(report(2, "credited"))
    await made.feed(credited)
    assert await made.state(2) == "credited"
    assert len(letters(made)) == 3


async def test_a_replay_says_the_same_and_once_the_topic_is_there_the_letters_replay_gives_the_line() -> None:
    made = await paying()
    without(made, "gone")
    record = made.topics.change(change(2, source="gone"))
    await made.feed(record)
    first = list(made.sink.sent)
    await made.feed(record)
    again = made.sink.sent[len(first) :]
    assert again == first[-len(again) :]
    made.sink.send = ListSink.send.__get__(made.sink)  # type: ignore[method-assign]
    (letter, _) = letters(made)
    about = tuple(header for header in letter.headers if header[0].startswith("dlq_"))
    repeat = replace(record, origin=made.topics.place(record.origin.topic), headers=(*record.headers, *about))
    assert replays_among([repeat]) == {repeat.origin: record.origin}
    await made.feed(repeat)
    assert [line.state for line in made.lines(2)] == ["instructed"]


async def test_a_record_that_kafka_refuses_beside_it_is_found_all_the_same() -> None:
    made = await paying()
    refused = payment_of(1)

    async def sent(outgoing: Sequence[Outgoing]) -> None:
        for one in outgoing:
            if one.key == refused.encode() and not one.topic.endswith(".dlq"):
                raise SendRefused(one.topic, "too large")
            if one.topic == topics.status("gone"):
                raise TopicRefused(one.topic, "there is no such topic")
        made.sink.sent += outgoing

    made.sink.send = sent  # type: ignore[method-assign]
    await made.feed(*(made.topics.change(event) for event in (change(1), change(2), change(3, source="gone"))))
    reasons = {dict(letter.headers)["dlq_reason"] for letter in letters(made)}
    assert reasons == {b"output_refused", b"status_of_undeclared_source"}
    assert [bool(made.lines(number)) for number in (1, 2, 3)] == [False, True, False]
    told = {instruct["payment_id"] for instruct in made.messages("payment.instruct.v1")}
    assert told == {payment_of(2), payment_of(3)}


async def test_a_declared_source_whose_topic_is_missing_still_stops_everything() -> None:
    made = await paying()
    without(made, "msw")
    with pytest.raises(TopicRefused):
        await made.feed(made.topics.change(change(1, source="msw")))
    assert not letters(made)
