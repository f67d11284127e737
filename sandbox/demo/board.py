"""What the outside can see of a run: every source's submitted, status and dead-letter topics, read as they grow."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared import topics
from shared.contracts.status import StatusLine
from shared.kafka.records import as_record
from shared.overall import Overall, overall
from shared.stage.records import Record, Unreadable

INTAKE_GROUP = topics.GROUPS["intake"]


class Board:
    """Counts and lines by application; ``follow`` keeps it current until it is cancelled."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._sources = tuple(sources)
        self._by_topic = {
            **{topics.submitted(source): ("submitted", source) for source in self._sources},
            **{topics.status(source): ("status", source) for source in self._sources},
            **{
                topics.dead_letters(topics.submitted(source), INTAKE_GROUP): ("dead", source)
                for source in self._sources
            },
        }
        self.submitted: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.lines: dict[str, list[StatusLine]] = defaultdict(list)
        self.reached: dict[str, set[str]] = defaultdict(set)
        self.answers: dict[str, StatusLine] = {}
        self.submitted_ms: dict[tuple[str, str], int] = {}
        self.instructed_ms: dict[str, int] = {}
        self.last_ms = 0
        self._dead: set[tuple[str, bytes]] = set()
        self._seen: set[tuple[str, str, str | None, int, int | None]] = set()
        self._overall: dict[str, Overall] = {}
        self._stale: set[str] = set()

    async def follow(self, bootstrap: str) -> None:
        """Read all topics from their start, for ever."""
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign(
                [TopicPartition(name, partition) for name in self._by_topic for partition in range(topics.PARTITIONS)]
            )
            while True:
                for batch in (await consumer.getmany(timeout_ms=100, max_records=2_000)).values():
                    for record in batch:
                        self.take(as_record(record))
                    await asyncio.sleep(0)
        finally:
            await consumer.stop()

    def overall(self) -> Mapping[str, Overall]:
        """The overall state of every application that is known, by application_id."""
        for application_id in self._stale:
            whole = overall(self.lines[application_id])
            if whole is not None:
                self._overall[application_id] = whole
        self._stale.clear()
        return self._overall

    @property
    def topics(self) -> tuple[str, ...]:
        """What it is made from: every record of these topics, in any order."""
        return tuple(self._by_topic)

    def take(self, record: Record | Unreadable) -> None:
        """Count one more record of ``topics``; one that cannot be read at all was submitted all the same."""
        topic = record.origin.topic
        kind, source = self._by_topic[topic]
        if isinstance(record, Unreadable):
            self.submitted[source] += kind == "submitted"
            return
        self.last_ms = max(self.last_ms, record.timestamp_ms)
        if kind == "submitted":
            self.submitted[source] += 1
            ref = _source_ref(record.value)
            if ref is not None:
                self.submitted_ms.setdefault((source, ref), record.timestamp_ms)
        elif kind == "dead":
            place = dict(record.headers)
            key = (topic, place["dlq_partition"] + b":" + place["dlq_offset"])
            if key not in self._dead:  # a replay sends the same letter again
                self._dead.add(key)
                self.unreadable[source] += 1
        else:
            self._line(StatusLine.read(record.value or b""), record.timestamp_ms)

    def _line(self, line: StatusLine, at_ms: int) -> None:
        if line.about == "submission":
            if line.submission is not None:
                self.answers[line.submission] = line
            return
        name = (line.application_id, line.stage, line.subject, line.revision, line.n)
        if name in self._seen:
            return
        self._seen.add(name)
        self.lines[line.application_id].append(line)
        self.reached[line.stage].add(line.application_id)
        self._stale.add(line.application_id)
        if line.state == "instructed":
            self.instructed_ms.setdefault(line.application_id, at_ms)


def _source_ref(value: bytes | None) -> str | None:
    try:
        ref = orjson.loads(value or b"").get("source_ref")
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return ref if isinstance(ref, str) else None
