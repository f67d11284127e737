"""Which records became dead letters is told with the trace that they named, so that a log line leads to the sender."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from shared.stage.observer import PutAside, Silent
from shared.stage.ports import Batch
from shared.stage.records import Record
from shared.stage.runner import Runner
from shared.stage.tables import RUNTIME
from shared.store.memory import MemoryStore
from tests.unit.stage.echo import GROUP, OUT, EchoStage, ListSink, record, rubbish
from tests.unit.stage.test_runner import lasting

pytestmark = pytest.mark.anyio
TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass
class Listening(Silent):
    told: list[PutAside] = field(default_factory=list)

    def put_aside(self, stage: str, letters: Sequence[PutAside]) -> None:
        self.told += letters


async def test_each_dead_letter_is_told_once_with_its_place_and_a_trace_that_is_one() -> None:
    store, observer = MemoryStore(), Listening()
    await store.open(RUNTIME)
    sink = ListSink(refuse=lambda sent: sent.topic == OUT)
    runner = Runner(EchoStage(), store, sink, group=GROUP, now_us=lambda: 1, observer=observer)
    batch = Batch(
        (
            with_trace(rubbish(0), TRACE),
            with_trace(rubbish(1), b"Rahima Begum"),
            rubbish(2),
            with_trace(record(3, "a"), TRACE),
        )
    )
    await runner.process(batch, lasting())
    await runner.process(batch, lasting())
    assert [(told.reason, told.origin.offset, told.traceparent) for told in observer.told] == [
        ("not_json", 0, TRACE.decode()),
        ("not_json", 1, None),
        ("not_json", 2, None),
        ("output_refused", 3, TRACE.decode()),
    ]


def with_trace(record: Record, traceparent: bytes) -> Record:
    return replace(record, headers=(*record.headers, ("traceparent", traceparent)))
