"""Two instances have one record in hand and see different things: what either decided is published, and agrees."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from shared.audit.decisions import verify_decisions
from shared.audit.tally import Tally
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Record
from shared.stage.runner import Runner
from shared.stage.stage import Decide, Draft, History, Input, Kind, Settle, Verdict
from shared.store.memory import Memory, MemoryStore
from shared.store.port import StoreAway
from shared.store.tables import COMMON, DECISIONS, FATES
from tests.unit.stage.echo import GROUP, EchoStage, ListSink, record
from tests.unit.stage.test_runner import lasting

pytestmark = pytest.mark.anyio


class Blind(EchoStage):
    """Sees nothing to decide."""

    async def decide(self, inputs: Sequence[Input[dict[str, object]]], history: History) -> Sequence[Verdict]:
        return [Settle(Kind.LATE) for _ in inputs]


class Otherwise(EchoStage):
    """Decides in other words, with a companion, unless its record has been decided already."""

    async def decide(self, inputs: Sequence[Input[dict[str, object]]], history: History) -> Sequence[Verdict]:
        verdicts = await super().decide(inputs, history)
        companion = Draft("beside", 1, 1, "beside", b"{}")
        return [
            Decide((replace(each.drafts[0], state="otherwise"), companion)) if isinstance(each, Decide) else each
            for each in verdicts
        ]


class Rewording(EchoStage):
    """Decides the same in other words, as a later policy may."""

    async def decide(self, inputs: Sequence[Input[dict[str, object]]], history: History) -> Sequence[Verdict]:
        verdicts = await super().decide(inputs, history)
        return [
            Decide((replace(each.drafts[0], body=b'{"said":"otherwise"}'),)) if isinstance(each, Decide) else each
            for each in verdicts
        ]


async def instance(stage: EchoStage, memory: Memory, sink: ListSink, before: Any = None) -> Runner[Any]:
    store = MemoryStore(memory, before)
    await store.open((*COMMON, UNDELIVERED))
    return Runner(stage, store, sink, group=GROUP, now_us=lambda: 7, observer=Silent())


class Overtaken:
    """Lets another instance take the record, or another one, to its end just before the ``at``-th insert."""

    def __init__(self, at: int, other: Runner[Any], taken: Record | None = None) -> None:
        self._left, self._other, self._taken = at, other, taken or record(0, "a")

    async def __call__(self, operation: str) -> None:
        if operation == "insert":
            self._left -= 1
            if self._left == 0:
                await self._other.process(Batch((self._taken,)), lasting())


async def findings(memory: Memory) -> list[str]:
    tally, store = Tally("I2", "echo"), MemoryStore(memory)
    await store.open((*COMMON, UNDELIVERED))
    await verify_decisions(store, tally, {})
    finding = tally.finding("decisions")
    return [] if finding.holds else [finding.detail]


async def test_a_decision_is_published_although_the_instance_that_was_first_with_the_fate_saw_none() -> None:
    memory, sink = Memory(), ListSink()
    blind = await instance(Blind(), memory, ListSink())
    seeing = await instance(EchoStage(), memory, sink, Overtaken(2, blind))
    await seeing.process(Batch((record(0, "a"),)), lasting())
    (fate,) = memory.tables[FATES.name].by_key.values()
    assert fate.kind == Kind.LATE, "the other one was first"
    assert len(sink.events()) == 1
    assert await findings(memory) == []
    again = ListSink()
    await (await instance(EchoStage(), memory, again)).process(Batch((record(0, "a"),)), lasting())
    assert again.sent == sink.sent, "a replay by anybody says the same"


async def test_what_two_instances_decide_otherwise_on_one_record_is_never_mixed() -> None:
    memory, ours, theirs = Memory(), ListSink(), ListSink()
    plain = await instance(EchoStage(), memory, theirs)
    other = await instance(Otherwise(), memory, ours, Overtaken(2, plain))
    await other.process(Batch((record(0, "a"),)), lasting())
    rows = memory.tables[DECISIONS.name].by_key
    assert rows["a", 1, 1].state == "echoed", "the first writer's"
    assert [event.value for event in ours.events()] == [event.value for event in theirs.events()]


async def test_where_another_record_took_the_number_first_the_record_is_decided_again() -> None:
    memory, ours, theirs = Memory(), ListSink(), ListSink()
    same = record(7, "a", partition=1)
    other = await instance(EchoStage(), memory, theirs)
    overtaken = await instance(EchoStage(), memory, ours, Overtaken(1, other, same))
    await overtaken.process(Batch((record(0, "a"),)), lasting())
    (row,) = memory.tables[DECISIONS.name].by_key.values()
    assert row[3:6] == same.origin, "the first writer's"
    fate = memory.tables[FATES.name].by_key[record(0, "a").origin]
    assert fate.kind == Kind.RECOGNISED
    assert [event.value for event in ours.events()] == [event.value for event in theirs.events()]


async def test_what_is_published_is_the_row_that_is_stored_and_not_the_one_that_was_meant() -> None:
    """The other instance stores its decision and stops there; ours, of the same state, comes second with it."""
    memory, ours = Memory(), ListSink()

    async def stops(operation: str) -> None:
        if operation == "insert":
            writes.append(operation)
            if len(writes) == 2:
                raise StoreAway("rows", "no answer")

    writes: list[str] = []
    rewording = await instance(Rewording(), memory, ListSink(), stops)

    async def overtaken(operation: str) -> None:
        if operation == "insert" and not writes:
            with pytest.raises(StoreAway):
                await rewording.process(Batch((record(0, "a"),)), lasting())

    await (await instance(EchoStage(), memory, ours, overtaken)).process(Batch((record(0, "a"),)), lasting())
    (event,) = ours.events()
    assert event.value == b'{"said":"otherwise"}'
