"""Where a new group begins: at the log's start, and that is committed before anybody subscribes.

With ``auto_offset_reset=earliest`` instead, a group that lost its position would begin again at whatever is left of the
log, and nobody would notice the records deleted in between. With the offset committed, they are noticed.
"""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer

from shared.kafka.failures import CLIENT_FAILURES, MEMBERSHIP_LOST, away
from shared.kafka.metadata import partitions_of


async def commit_start_offsets(bootstrap: str, group: str, topics: Sequence[str], timeout_s: float) -> None:
    """Commit the log's start for every partition of ``topics`` where ``group`` has committed nothing.

    Two instances that start together commit the same, or the later is refused, as Kafka takes a commit from outside
    only while a group has no members: then the member that has the partition does it (``KafkaSource.fetch``). Raises
    ``KafkaAway``, also for a topic that does not exist.
    """
    partitions = await partitions_of(bootstrap, topics, timeout_s)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="none"
    )
    try:
        async with asyncio.timeout(timeout_s):
            await consumer.start()
            missing = [partition for partition in partitions if await consumer.committed(partition) is None]
            if missing:
                consumer.assign(missing)
                await consumer.commit(await consumer.beginning_offsets(missing))
    except MEMBERSHIP_LOST:
        return
    except CLIENT_FAILURES as error:
        raise away(error) from error
    finally:
        await consumer.stop()
