"""What the runtime needs of Kafka: a source of batches and a sink, so that the same runtime runs on a fake.

Adapters are in ``shared/kafka``. The behaviour suite under ``tests/contract`` runs on the adapters and on the fakes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from shared.errors import DsrError
from shared.stage.records import Origin, Outgoing, Record, Unreadable

_ORIGIN: Callable[[Record | Unreadable], Origin] = attrgetter("origin")


class KafkaAway(DsrError):
    """Kafka cannot be reached or answers with a retriable error: wait and try again."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(f"Kafka is away ({cause}); waiting for it.")


class SendRefused(DsrError):
    """The broker refused a record for good (size, ACL, timestamp); ``index`` is its place where that is known."""

    def __init__(self, topic: str, cause: str) -> None:
        self.topic, self.cause = topic, cause
        super().__init__(f"Kafka refused a record for {topic}: {cause}.")


class TopicRefused(DsrError):
    """The topic is missing or is not ours to write: no record is the culprit, nothing may become a dead letter."""

    def __init__(self, topic: str, cause: str) -> None:
        self.topic, self.cause = topic, cause
        super().__init__(f"Kafka takes nothing for {topic}: {cause}. Create the topic, or allow us to write to it.")


class RecordsLost(DsrError):
    """A committed offset lies below the log's start: records were deleted before they were read."""

    exit_code = 4

    def __init__(self, topic: str, partition: int, committed: int, log_start: int) -> None:
        self.topic, self.partition, self.committed, self.log_start = topic, partition, committed, log_start
        super().__init__(
            f"records_lost: {topic}[{partition}] was read up to offset {committed}, but the log now starts at "
            f"{log_start}; {log_start - committed} records were deleted unread. Find them at the source, then move "
            "the group's offset on."
        )


class LogReplaced(RecordsLost):
    """A committed offset lies beyond the log's end: the topic was made anew, or records were lost with a broker."""

    def __init__(self, topic: str, partition: int, committed: int, log_end: int) -> None:
        super().__init__(topic, partition, committed, log_end)
        self.log_end = log_end
        DsrError.__init__(
            self,
            f"records_lost: {topic}[{partition}] was read up to offset {committed}, but the log ends at {log_end}: "
            "this is not the log that was read. Find out what became of it, then move the group's offset.",
        )


class CommitRefused(DsrError):
    """The group no longer lets us commit: another member has the partition, and will do the batch again."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(f"The offsets were not committed ({cause}); the batch will come again.")


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one fetch, in order within a partition, and the offsets that could not be fetched."""

    records: tuple[Record, ...]
    unreadable: tuple[Unreadable, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.unreadable)

    def next_offsets(self) -> dict[tuple[str, int], int]:
        """What to commit when the whole batch is done: by (topic, partition) the offset after the last."""
        after = {origin[:2]: origin.offset + 1 for origin in map(_ORIGIN, self.records)}
        for topic, partition, offset in map(_ORIGIN, self.unreadable):
            after[topic, partition] = max(after.get((topic, partition), 0), offset + 1)
        return after

    def first_offsets(self) -> dict[tuple[str, int], int]:
        """Where to seek back to, if the batch was not done."""
        first = {origin[:2]: origin.offset for origin in map(_ORIGIN, reversed(self.records))}
        for topic, partition, offset in map(_ORIGIN, self.unreadable):
            first[topic, partition] = min(first.get((topic, partition), offset), offset)
        return first


class RebalanceListener(Protocol):
    """Told by the source when the group takes partitions away or gives them."""

    async def revoked(self) -> None:
        """Partitions are about to go; the source waits for this to return, within the rebalance timeout."""

    async def assigned(self) -> None:
        """Partitions have come."""


class Source(Protocol):
    """A member of a consumer group over fixed topics, committing by hand."""

    async def start(self, listener: RebalanceListener) -> None:
        """Join. A new group's start offsets are committed before it subscribes. Raises ``KafkaAway``."""

    async def fetch(self, max_records: int, timeout_ms: int) -> Batch:
        """The next records, perhaps none. Raises ``KafkaAway`` and ``RecordsLost``."""

    async def commit(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Raises ``CommitRefused`` when the group has moved on, ``KafkaAway`` when Kafka is not there."""

    def rewind(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Go back to these offsets, for partitions that are still assigned; others are ignored."""

    def pause(self) -> None:
        """Fetch nothing from any assigned partition (fetches then return empty, heartbeats go on)."""

    def resume(self) -> None:
        """Fetch again."""

    def lag(self) -> Mapping[tuple[str, int], int]:
        """Records not yet fetched, by assigned (topic, partition), as far as known."""

    async def stop(self) -> None:
        """Leave the group cleanly; twice is harmless."""


class Sink(Protocol):
    """An idempotent producer with acks=all."""

    async def start(self) -> None:
        """Connect. Raises ``KafkaAway``."""

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        """Send all, in order within a (topic, partition), and return when all are acknowledged.

        Raises ``SendRefused`` when the broker refuses for good, after replacing its producer, since an idempotent
        producer stays jammed on that partition for ever, and ``TopicRefused`` when a topic is missing or not ours to
        write; some of the records may then have been written. Raises ``KafkaAway`` when it does not answer in time.
        """

    async def stop(self) -> None:
        """Flush and close; twice is harmless."""


def origins(batch: Batch) -> tuple[Origin, ...]:
    """All origins of a batch, readable or not."""
    return (*(record.origin for record in batch.records), *(item.origin for item in batch.unreadable))
