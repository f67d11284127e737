"""Dead letters that a person decides about: replayed once, to the bytes they were, or put away; by whom and why."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

import orjson
import pytest

from shared import topics
from shared.contracts.command import Command
from shared.envelope import Envelope
from shared.stage.commands import CommandStage
from shared.stage.deadletters import Letter, letter, opened
from shared.stage.letters import DISCARD, REPLAY, LetterDesk
from shared.stage.messages import moment
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.records import Origin, Outgoing, Record, Unreadable
from shared.stage.runner import Runner
from shared.stage.stage import Kind, Message, Settled
from shared.stage.tables import DISPOSITIONS, REPLAYED, RUNTIME
from shared.store.memory import Memory, MemoryStore
from shared.store.tables import DECISIONS, FATES, Decision, Fate
from tests.unit.stage.echo import GROUP, OUT, TOPIC, EchoStage, ListSink, record, rubbish
from tests.unit.stage.test_runner import Crash, CrashAt, lasting

pytestmark = pytest.mark.anyio
COMMANDS = "echo.command.v1"
BAD = Origin(TOPIC, 0, 0)


class Box:
    """The dead-letter topic, from what a sink was sent; its records' time is their place."""

    def __init__(self, sink: ListSink) -> None:
        self._sink = sink

    async def read(self, of: Collection[str] = ()) -> AsyncIterator[Letter]:
        for place, sent in enumerate(self._sink.letters()):
            origin = Origin(sent.topic, sent.partition or 0, place)
            found = opened(Record(origin, sent.key, sent.value, sent.headers, place))
            if found is not None:
                yield found


class Inner(EchoStage):
    """Keeps silent where a record brings nothing new, as every stage behind intake does."""

    async def emit(self, settled: Sequence[Settled[dict[str, object]]]) -> Sequence[Sequence[Message]]:
        said = await super().emit(settled)
        return [messages if item.kind is Kind.DECISION else [] for item, messages in zip(settled, said, strict=True)]


class World:
    """The echo stage, its desk for commands, and one memory; a new instance of both for each batch."""

    def __init__(self) -> None:
        self.memory, self.sink, self.commands = Memory(), ListSink(), 0

    async def take(self, *records: Record, unreadable: tuple[Unreadable, ...] = (), crash: Any = None) -> None:
        """Take records of the stage's own topic through it."""
        runner = Runner(Inner(), await self.store(crash), self.sink, group=GROUP, now_us=lambda: 7, observer=Silent())
        await runner.process(Batch(records, unreadable), lasting())

    async def ask(self, name: str, *letters: Origin, reason: str = "mended", crash: Any = None) -> dict[str, Any]:
        """A command, decided; the answer is the stored one."""
        self.commands += 1
        return await self.ask_again(self.commands, name, *letters, reason=reason, crash=crash)

    async def ask_again(
        self, number: int, name: str, *letters: Origin, reason: str = "mended", crash: Any = None
    ) -> dict[str, Any]:
        store = await self.store(crash)
        stage = CommandStage("echo", "p1", store, {}, now_us=lambda: 7)
        desk = LetterDesk(store, Box(self.sink), lambda: 7)
        stage.extend(desk.handlers(), desk.emitters())
        command = Command(
            command_id=f"c{number}",
            name=name,
            about=GROUP,
            by="salma",
            at=moment(0),
            arguments={"letters": [list(origin) for origin in letters], "reason": reason},
        )
        headers = Envelope(command.command_id, "/test", COMMANDS).to_headers()
        asked = Record(Origin(COMMANDS, 0, number), GROUP.encode(), command.write(), headers, number)
        runner = Runner(stage, store, self.sink, group="echo-commands", now_us=lambda: 7, observer=Silent())
        await runner.process(Batch((asked,)), lasting())
        (row,) = await store.find(DECISIONS, "subject", [command.command_id])
        return {"state": row.state, **orjson.loads(row.body)}

    async def store(self, crash: Any = None) -> MemoryStore:
        store = MemoryStore(self.memory, crash)
        await store.open(RUNTIME)
        return store

    def back(self) -> list[Outgoing]:
        """What was sent again to the stage's own topic."""
        return [sent for sent in self.sink.sent if sent.topic == TOPIC]

    async def fate(self, origin: Origin) -> Fate:
        return (await (await self.store()).get(FATES, [origin]))[origin]

    async def decisions(self) -> list[Decision]:
        return [row async for row in (await self.store()).scan(DECISIONS) if row.state == "echoed"]


def landed(sent: Outgoing, offset: int, at_ms: int = 9_000_000) -> Record:
    """A record that was sent, as Kafka gives it."""
    return Record(Origin(sent.topic, sent.partition or 0, offset), sent.key, sent.value, sent.headers, at_ms)


async def test_a_replay_sends_the_original_bytes_once_to_where_they_stood_and_says_who_asked_and_why() -> None:
    world = World()
    await world.take(rubbish(0))
    assert (await world.ask(REPLAY, BAD, reason="the parser is mended"))["result"] == {"replayed": 1}
    (sent,) = world.back()
    assert (sent.key, sent.value, sent.partition) == (None, b"\xff{", 0)
    assert sent.headers[:1] == rubbish(0).headers
    (row,) = [row async for row in (await world.store()).scan(DISPOSITIONS)]
    assert (row.state, row.by, row.reason, row.command_id) == ("replayed", "salma", "the parser is mended", "c1")


async def test_what_is_decided_about_a_letter_stands_and_a_second_command_is_refused_with_the_reason() -> None:
    world = World()
    await world.take(rubbish(0), rubbish(1))
    await world.ask(REPLAY, BAD)
    second = await world.ask(REPLAY, BAD)
    assert (second["state"], [one["code"] for one in second["reasons"]]) == ("refused", ["letter_replayed"])
    assert (await world.ask(DISCARD, BAD))["state"] == "refused"
    mixed = await world.ask(DISCARD, BAD, Origin(TOPIC, 0, 1))
    assert mixed["result"] == {"discarded": 1, "not_discarded_letter_replayed": 1}
    assert [one["code"] for one in (await world.ask(REPLAY, Origin(TOPIC, 0, 1)))["reasons"]] == ["letter_discarded"]
    assert len(world.back()) == 1


async def test_the_same_command_again_sends_the_same_record_again_and_takes_nothing_new() -> None:
    world = World()
    await world.take(rubbish(0))
    first = await world.ask(REPLAY, BAD)
    again = await world.ask_again(1, REPLAY, BAD)
    assert again == first
    one, two = world.back()
    assert one == two


async def test_a_replay_that_is_cut_off_anywhere_is_finished_by_the_next_instance() -> None:
    for count in range(40):
        world = World()
        await world.take(rubbish(0))
        crash = CrashAt(count)
        try:
            await world.ask_again(1, REPLAY, BAD, crash=crash)
        except Crash:
            assert (await world.ask_again(1, REPLAY, BAD))["result"] == {"replayed": 1}
            assert {sent.value for sent in world.back()} == {b"\xff{"}
            continue
        assert count > 4, "it was cut off at every await"
        return
    pytest.fail("it never came through")


async def test_a_letter_that_is_unknown_or_holds_no_bytes_is_not_replayed() -> None:
    world = World()
    await world.take(unreadable=(Unreadable(BAD, "header_name_not_utf8"),))
    assert [one["code"] for one in (await world.ask(REPLAY, BAD))["reasons"]] == ["letter_without_bytes"]
    assert [one["code"] for one in (await world.ask(REPLAY, Origin(TOPIC, 0, 5)))["reasons"]] == ["letter_unknown"]
    assert (await world.ask(DISCARD, BAD))["result"] == {"discarded": 1}
    assert world.back() == []


async def test_a_record_that_comes_again_has_a_fate_of_its_own_that_is_linked_to_the_first() -> None:
    world = World()
    await world.take(rubbish(0))
    await world.ask(REPLAY, BAD)
    await world.take(landed(world.back()[0], 8))
    first, second = await world.fate(BAD), await world.fate(Origin(TOPIC, 0, 8))
    assert first.kind == second.kind == "dead_letter"
    (link,) = [row async for row in (await world.store()).scan(REPLAYED)]
    assert (link.offset, link.as_offset) == (0, 8)
    assert orjson.loads(second.detail)["appended_ms"] == orjson.loads(first.detail)["appended_ms"] == 1_000_000
    assert [opened_at(sent) for sent in world.sink.letters()] == [1_000_000, 1_000_000]


def opened_at(sent: Outgoing) -> int:
    found = opened(landed(sent, 0))
    assert found is not None
    return found.received_ms


async def test_a_record_that_lies_about_what_it_repeats_is_linked_to_nothing() -> None:
    world = World()
    await world.take(rubbish(0), record(1, "a"))
    lies: Sequence[Record] = [
        landed(letter(record(1, "a"), GROUP, "x"), 5),  # of a record that was no dead letter
        landed(letter(rubbish(3), GROUP, "x"), 6),  # of a record that never was
        landed(letter(Record(BAD, None, b"other", (), 1), GROUP, "x"), 7),  # of other bytes
    ]
    await world.take(*(Record(Origin(TOPIC, 0, lie.origin.offset), *other(lie)) for lie in lies))
    assert [row async for row in (await world.store()).scan(REPLAYED)] == []


def other(lie: Record) -> tuple[Any, ...]:
    return lie.key, lie.value, lie.headers, lie.timestamp_ms


async def test_what_the_output_topic_had_refused_is_published_by_a_replay_from_the_decision_that_stands() -> None:
    world = World()
    allowed = ListSink()
    refusing = ListSink(refuse=lambda sent: sent.topic == OUT)
    world.sink = refusing
    await world.take(record(0, "a"))
    assert [sent.topic for sent in refusing.sent] == [topics.dead_letters(TOPIC, GROUP)]
    world.sink = allowed
    allowed.sent = list(refusing.sent)
    assert (await world.ask(REPLAY, BAD))["result"] == {"replayed": 1}
    again = landed(world.back()[0], 9)
    await world.take(again)
    (event,) = allowed.events()
    (decision,) = await world.decisions()
    assert event.value == decision.body
    assert (await world.fate(again.origin)).kind == "recognised"
    await world.take(again)
    assert allowed.events() == [event, event], "a crash before the commit says the same once more"
    assert len(await world.decisions()) == 1
