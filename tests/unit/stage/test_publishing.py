"""What is sent comes from what is stored, and belongs to the trace of what came in."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from shared.envelope import Envelope
from shared.stage.messages import submission_id
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Record
from shared.stage.runner import Runner
from shared.stage.stage import History, Input, Kind, Message, Settle, Settled, Verdict
from shared.store.memory import Memory, MemoryStore
from shared.store.tables import COMMON
from tests.unit.stage.echo import GROUP, OUT, EchoStage, ListSink, record
from tests.unit.stage.test_runner import lasting

pytestmark = pytest.mark.anyio
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Answering(EchoStage):
    """Also answers a revision that came late, with the time of its fate; and reads who is traced."""

    def read(self, record: Record) -> Input[dict[str, object]]:
        traced = Envelope("0", "/test", "echo.v1", traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
        return replace(super().read(record), envelope=traced)

    async def emit(self, settled: Sequence[Settled[dict[str, object]]]) -> Sequence[Sequence[Message]]:
        said = await super().emit(settled)
        return [
            _late(item) if item.kind is Kind.LATE else messages for item, messages in zip(settled, said, strict=True)
        ]


def _late(settled: Settled[Any]) -> list[Message]:
    name = submission_id(settled.record.origin)
    return [Message(OUT, "late", "echo.v1", "late", name, settled.at_us, b"%d" % settled.at_us, same_key=True)]


class Wordless(Answering):
    """Recognises each record, and has nothing to say of it."""

    async def decide(self, inputs: Sequence[Input[dict[str, object]]], history: History) -> Sequence[Verdict]:
        return [Settle(Kind.RECOGNISED) for _ in inputs]


async def instance(
    memory: Memory, sink: ListSink, now_us: int, before: Any = None, stage: type[Answering] = Answering
) -> Runner[Any]:
    store = MemoryStore(memory, before)
    await store.open((*COMMON, UNDELIVERED))
    return Runner(stage(), store, sink, group=GROUP, now_us=lambda: now_us, observer=Silent())


async def process(runner: Runner[Any], *records: Record) -> None:
    await runner.process(Batch(records), lasting())


async def test_every_event_goes_on_in_the_trace_of_its_cause_as_a_span_of_its_own() -> None:
    sink = ListSink()
    await process(await instance(Memory(), sink, 1), record(0, "a"), record(1, "b"))
    parents = [Envelope.from_headers(event.headers).traceparent or "" for event in sink.events()]
    assert {parent.split("-")[1] for parent in parents} == {TRACE}
    assert len({parent.split("-")[2] for parent in parents}) == 2


async def test_a_fate_that_another_instance_wrote_first_is_what_is_answered() -> None:
    memory, late = Memory(), record(1, "a", revision=1)
    await process(await instance(memory, ListSink(), 1), record(0, "a", revision=2))
    theirs, ours = ListSink(), ListSink()
    turn = 0

    async def overtaken(operation: str) -> None:
        nonlocal turn
        if operation == "insert" and not turn:
            turn = 1
            await process(await instance(memory, theirs, 20), late)

    await process(await instance(memory, ours, 30, overtaken), late)
    assert turn == 1
    assert [event.value for event in theirs.events()] == [b"20"]
    assert [(event.value, event.headers) for event in ours.events()] == [
        (event.value, event.headers) for event in theirs.events()
    ]


async def test_nothing_is_answered_where_the_fate_that_another_instance_wrote_first_answers_nothing() -> None:
    memory, late, ours = Memory(), record(1, "a", revision=1), ListSink()
    await process(await instance(memory, ListSink(), 1), record(0, "a", revision=2))
    turn = 0

    async def overtaken(operation: str) -> None:
        nonlocal turn
        if operation == "insert" and not turn:
            turn = 1
            await process(await instance(memory, ListSink(), 20, stage=Wordless), late)

    await process(await instance(memory, ours, 30, overtaken), late)
    assert turn == 1
    assert ours.events() == []
