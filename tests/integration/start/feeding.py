"""Intake on a Kafka that this folder's tests share: feeds of ten ministries, and proof that all is decided once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import anyio
from aiokafka import AIOKafkaProducer

from sandbox.kafka.broker import LocalKafka
from sandbox.ministries.feed import Feed, Submission
from sandbox.ministries.send import send
from sandbox.population.scenario import SCENARIOS
from services.intake.checks import check
from shared import topics
from shared.kafka.reading import committed_offsets, read_topics
from shared.policy.dates import policy_date
from shared.stage.records import Record
from shared.store.opening import open_store
from shared.store.tables import FATES
from tests.integration.start.place import Place, policy, progress, until

STAGE = "intake"
SUBMITTED = tuple(topics.submitted(source) for source in policy().sources)
STATUSES = tuple(topics.status(source) for source in policy().sources)
Where = tuple[str, int]


@dataclass
class Site:
    """One store of intake and one Kafka. Each test feeds it more; ``fed`` counts all records by topic."""

    place: Place
    kafka: LocalKafka
    fed: Counter[str] = field(default_factory=Counter)

    def feed(self, count: int) -> None:
        """Send so many more records, with all that goes wrong in a mature feed; returns when Kafka has them."""
        self.send(self.drawn(count))

    def drawn(self, count: int) -> list[Submission]:
        """Records to send: another population each time that some have been sent."""
        feed = Feed(1 + self.fed.total(), SCENARIOS["mature"], policy(), policy_date(datetime.now(UTC)), count)
        return list(islice(feed, count))

    def send(self, submissions: list[Submission]) -> None:
        """Send these; returns when Kafka has them."""
        anyio.run(send, submissions, self.place.deployment.bootstrap)
        self.fed.update(submission.topic for submission in submissions)

    def feed_rubbish(self, count: int, topic: str = SUBMITTED[0]) -> None:
        """Send so many records that nobody can read; returns when Kafka has them."""

        async def put() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self.place.deployment.bootstrap) as producer:
                for number in range(count):
                    await producer.send(topic, b"rubbish %d" % number, partition=0)

        anyio.run(put)
        self.fed[topic] += count

    @property
    def left(self) -> int:
        """How many records are not committed."""
        committed, there = anyio.run(progress, self.place.deployment.bootstrap, STAGE, SUBMITTED)
        return there - committed

    def until_done(self) -> None:
        """Wait until intake has committed all there is."""
        until(lambda: self.left == 0, "intake to have committed every record")

    def fates(self) -> Counter[Where]:
        """Stored fates of submitted records by topic and partition."""

        async def read() -> Counter[Where]:
            store = open_store(self.place.deployment.settings().store_url(STAGE))
            await store.open([FATES])
            try:
                rows = [row async for row in store.scan(FATES)]
            finally:
                await store.close()
            return Counter((row.topic, row.partition) for row in rows if row.topic in SUBMITTED)

        return anyio.run(read)

    def committed(self) -> Mapping[Where, int]:
        """Committed offsets of submitted topics that are not zero."""
        offsets = anyio.run(committed_offsets, self.place.deployment.bootstrap, topics.GROUPS[STAGE])
        return {where: offset for where, offset in offsets.items() if offset}

    def lines(self) -> list[Record]:
        """All that stands in the status topics."""

        async def read() -> list[Record]:
            items = read_topics(self.place.deployment.bootstrap, STATUSES)
            return [item async for item in items if isinstance(item, Record)]

        return anyio.run(read)

    def assert_each_once(self) -> None:
        """One fate for each record (I1), one decision and its event for each input (I2), no line in two wordings."""
        fates = self.fates()
        assert fates.total() == self.fed.total()
        assert fates == self.committed()
        findings = anyio.run(check, self.place.deployment.settings())
        assert {finding.id for finding in findings} >= {"I1", "I2", "I6"}
        assert [finding for finding in findings if not finding.holds] == []
        wordings: dict[bytes | None, set[bytes | None]] = {}
        for line in self.lines():
            wordings.setdefault(line.header("ce_id"), set()).add(line.value)
        assert all(len(worded) == 1 for worded in wordings.values())
