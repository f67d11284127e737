"""The scoring stage under the real runtime, on a store in memory and a sink that keeps what it is given."""

from services.scoring.stage import ScoringStage
from shared import topics
from shared.contracts.chain import Scored, Validated
from shared.contracts.status import StatusLine
from shared.envelope import Envelope, event_id
from shared.policy.policy import Policy
from shared.stage.lease import Lease
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.runner import Runner
from shared.store.memory import Memory, MemoryStore
from shared.store.tables import COMMON, DECISIONS, Decision
from tests.unit.scoring.people import POLICY
from tests.unit.stage.echo import ListSink

GROUP = topics.GROUPS["scoring"]


def record(offset: int, event: Validated, partition: int = 0) -> Record:
    """The event as intake publishes it."""
    id_ = event_id("intake", "application.validated.v1", event.application_id, event.revision, event.n)
    headers = Envelope(id_, "/dsr/intake", "application.validated.v1", event.application_id).to_headers()
    origin = Origin(topics.VALIDATED, partition, offset)
    return Record(origin, event.application_id.encode(), event.write(), headers, 1_795_000_000_000 + offset)


def rubbish(offset: int) -> Record:
    """A record that nobody can read."""
    return Record(Origin(topics.VALIDATED, 0, offset), None, b"\xff{", (), 1_795_000_000_000 + offset)


class Bench:
    """One instance; several on one memory are several processes, or one after a restart."""

    def __init__(self, memory: Memory | None = None, policy: Policy = POLICY) -> None:
        self.memory = Memory() if memory is None else memory
        self.store, self.sink = MemoryStore(self.memory), ListSink()
        self.now_us = 1_795_310_400_000_000
        self._runner = Runner(
            ScoringStage(policy), self.store, self.sink, group=GROUP, now_us=self._tick, observer=Silent()
        )

    async def process(self, *records: Record) -> "Bench":
        """One batch."""
        await self.store.open((*COMMON, UNDELIVERED))
        await self._runner.process(Batch(records), Lease(1.0, lambda: 0.0))
        return self

    async def decisions(self, subject: str = "a-1") -> list[Decision]:
        """All decisions on an application."""
        return await self.store.find(DECISIONS, "subject", [subject])

    def lines(self) -> list[StatusLine]:
        """The status lines that were sent."""
        return [StatusLine.read(item.value or b"") for item in self.sink.sent if item.topic == topics.status("lgd")]

    def scored(self) -> list[Scored]:
        """What dedup was sent."""
        return [Scored.read(item.value or b"") for item in self.sink.sent if item.topic == topics.SCORED]

    def published(self) -> list[Record]:
        """What was sent, as it then stands in its topics."""
        ends: dict[tuple[str, int], int] = {}
        return [as_record(item, ends) for item in self.sink.sent]

    def _tick(self) -> int:
        self.now_us += 1
        return self.now_us


def as_record(item: Outgoing, ends: dict[tuple[str, int], int]) -> Record:
    """A sent record at the end of its partition."""
    partition = item.partition or 0
    offset = ends.get((item.topic, partition), 0)
    ends[item.topic, partition] = offset + 1
    return Record(Origin(item.topic, partition, offset), item.key, item.value, item.headers, 1_795_310_400_000 + offset)
