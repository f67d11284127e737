"""Read what a topic holds, apart from any group: for ``dsr check`` and dead-letter listings."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from shared.kafka.failures import CLIENT_FAILURES, UNPARSABLE, away
from shared.kafka.metadata import partitions_of
from shared.kafka.poison import read_tolerantly
from shared.kafka.records import as_record
from shared.stage.ports import KafkaAway
from shared.stage.records import Record, Unreadable

PAGE = 500
CALL_TIMEOUT_S = 10.0
_NO_TOPIC = "dsr.no.such.topic"
FETCH_WAIT_MS = 5
"""What is read ends before the log does, so there is nothing to wait for: a fetch that aiokafka sends ahead at the end
of a partition would hold up the next one for as long as this."""


class LogBounds(NamedTuple):
    """The offsets of the oldest retained record and of the next one to come (committed records only)."""

    start: int
    end: int


async def log_bounds(bootstrap: str, topics: Sequence[str]) -> dict[tuple[str, int], LogBounds]:
    """Where each partition of ``topics`` starts and ends now; raises ``KafkaAway``, also for a missing topic."""
    partitions = await partitions_of(bootstrap, topics)
    async with _consumer(bootstrap) as consumer:
        found = await _bounds(consumer, partitions)
    return {(partition.topic, partition.partition): bounds for partition, bounds in found.items()}


async def committed_offsets(bootstrap: str, group: str) -> dict[tuple[str, int], int]:
    """How far ``group`` has come, by (topic, partition); empty for a group that nobody knows. Raises ``KafkaAway``."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="dsr-reader")
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            await admin.start()
            found = await _group_offsets(admin, group)
    except CLIENT_FAILURES as error:
        raise away(error) from error
    finally:
        await admin.close()
    return {(where.topic, where.partition): at.offset for where, at in found.items() if at.offset >= 0}


async def _group_offsets(admin: AIOKafkaAdminClient, group: str) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """All that the group has committed, once its coordinator is there and has loaded it.

    While it loads, and where it moves, it answers with an error code that aiokafka's client drops, which looks like a
    group without offsets. But a partition that is asked for by name is missing from such an answer only.
    """
    probe = [TopicPartition(_NO_TOPIC, 0)]
    while True:
        with contextlib.suppress(GroupCoordinatorNotAvailableError):
            if await admin.list_consumer_group_offsets(group, partitions=probe):
                found: Mapping[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
                return found
        await asyncio.sleep(0.1)


async def read_topic(bootstrap: str, topic: str) -> AsyncIterator[Record | Unreadable]:
    """See ``read_topics``."""
    async for item in read_topics(bootstrap, [topic]):
        yield item


async def read_topics(bootstrap: str, topics: Sequence[str]) -> AsyncIterator[Record | Unreadable]:
    """Every retained record of ``topics`` up to their ends as of the call, partition by partition, in order.

    Raises ``KafkaAway``. What retention deletes meanwhile is left out.
    """
    if not topics:
        return
    partitions = await partitions_of(bootstrap, topics)
    async with _consumer(bootstrap) as consumer:
        ends = await _bounds(consumer, partitions)
        consumer.pause(*partitions)
        for partition, bounds in ends.items():
            if bounds.start < bounds.end:
                consumer.seek(partition, bounds.start)
                consumer.resume(partition)
                async for item in _read(bootstrap, consumer, partition, bounds):
                    yield item
                consumer.pause(partition)


async def _read(
    bootstrap: str, consumer: AIOKafkaConsumer, partition: TopicPartition, bounds: LogBounds
) -> AsyncIterator[Record | Unreadable]:
    at = bounds.start
    while at < bounds.end:
        for item in await _page(bootstrap, consumer, partition, at):
            if item.origin.offset < bounds.end:
                yield item
        at = await consumer.position(partition)  # also past control records, which nobody is given


async def _page(
    bootstrap: str, consumer: AIOKafkaConsumer, partition: TopicPartition, at: int
) -> Sequence[Record | Unreadable]:
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            fetched = await consumer.getmany(timeout_ms=1_000, max_records=PAGE)
            return [as_record(one) for one in fetched.get(partition, ())]
    except UNPARSABLE as error:
        cause: Exception = error
    except CLIENT_FAILURES as error:
        raise away(error) from error
    except Exception as error:  # whatever a parser or decompressor makes of bytes that it cannot read
        cause = error
    found = (await read_tolerantly(bootstrap, {partition: at}, PAGE)).get(partition)
    if found is None:
        raise KafkaAway(f"a fetch could not be read: {type(cause).__name__}")
    consumer.seek(partition, found.next_offset)
    return found.items


async def _bounds(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, LogBounds]:
    # Assigned all at once, their leaders are asked for once, and not topic by topic with a wait each.
    consumer.assign(partitions)
    starts = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    return {partition: LogBounds(starts[partition], ends[partition]) for partition in partitions}


@contextlib.asynccontextmanager
async def _consumer(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id="dsr-reader",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        request_timeout_ms=int(CALL_TIMEOUT_S * 1000),
    )
    try:
        await consumer.start()
        yield consumer
    except CLIENT_FAILURES as error:
        raise away(error) from error
    finally:
        await consumer.stop()
