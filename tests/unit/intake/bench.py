"""The intake stage on a store in memory, under the runtime."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from services.intake.decided import REFUSALS
from services.intake.stage import IntakeStage
from shared import topics
from shared.contracts.status import StatusLine
from shared.envelope import Envelope
from shared.policy.policy import Policy
from shared.privacy import Pseudonyms
from shared.stage.lease import Lease
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.records import Headers, Origin, Outgoing, Record
from shared.stage.runner import Runner
from shared.stage.tables import RUNTIME
from shared.store.memory import Memory, MemoryStore
from tests.unit.intake.forms import policy
from tests.unit.stage.echo import ListSink

PSEUDONYMS = Pseudonyms(b"a key of thirty-two bytes and more")
HEADERS = Envelope("1", "/lgd", "application.submitted.v1").to_headers()
RECEIVED_MS = 1_786_780_800_000
"""15 August 2026, 14:00 in Dhaka."""


class Bench:
    """One instance; give two the same memory to have two."""

    def __init__(self, memory: Memory | None = None, under: Policy | None = None) -> None:
        self.store, self.sink = MemoryStore(memory), ListSink()
        self.counted: list[tuple[str, Mapping[frozenset[str], int]]] = []
        self.now_us = RECEIVED_MS * 1000
        stage = IntakeStage(under or policy(), PSEUDONYMS, self.store, lambda *counted: self.counted.append(counted))
        self.runner = Runner(
            stage, self.store, self.sink, group=topics.GROUPS["intake"], now_us=self._tick, observer=Silent()
        )

    def _tick(self) -> int:
        self.now_us += 1
        return self.now_us

    async def process(self, *records: Record) -> list[Outgoing]:
        """Take the records as one batch; returns what was sent for them."""
        await self.store.open((*RUNTIME, REFUSALS))
        before = len(self.sink.sent)
        await self.runner.process(Batch(records), Lease(deadline=1.0, clock=lambda: 0.0))
        return self.sink.sent[before:]


def record(
    offset: int, form: Any, *, source: str = "lgd", at_ms: int = RECEIVED_MS, headers: Headers = HEADERS
) -> Record:
    """A submitted record; bytes are sent as they are."""
    value = form if isinstance(form, bytes) else orjson.dumps(form)
    return Record(Origin(topics.submitted(source), 0, offset), b"any", value, headers, at_ms + offset)


def replayed(letter: Outgoing, offset: int, at_ms: int) -> Record:
    """A dead letter as an operator sends it again: the same bytes, key and headers."""
    topic = dict(letter.headers)["dlq_topic"].decode()
    return Record(Origin(topic, 0, offset), letter.key, letter.value, letter.headers, at_ms)


def lines(sent: list[Outgoing]) -> list[StatusLine]:
    """The status lines and answers among what was sent."""
    return [StatusLine.read(out.value or b"") for out in sent if out.topic.endswith(".application.status.v1")]


def without_gaps(known: Policy, source: str) -> Policy:
    """The policy that tolerates no gap of this source, and says so by another hash."""
    strict = known.sources[source].model_copy(update={"gaps": {}})
    return replace(known, sources={**known.sources, source: strict}, hash="another")
