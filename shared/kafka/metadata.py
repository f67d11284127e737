"""What a cluster says of its topics."""

import asyncio
from collections.abc import Sequence

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient

from shared.kafka.failures import CLIENT_FAILURES, away
from shared.stage.ports import KafkaAway


async def partitions_of(bootstrap: str, topics: Sequence[str], timeout_s: float = 10.0) -> list[TopicPartition]:
    """Every partition of ``topics``; raises ``KafkaAway``, also for a topic that does not exist, naming it."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap, client_id="dsr-metadata")
    try:
        async with asyncio.timeout(timeout_s):
            await client.bootstrap()
            cluster = await client.fetch_all_metadata()
    except CLIENT_FAILURES as error:
        raise away(error) from error
    finally:
        await client.close()
    numbers = {topic: cluster.partitions_for_topic(topic) for topic in topics}
    absent = sorted(topic for topic, found in numbers.items() if not found)
    if absent:
        raise KafkaAway(f"there is no topic {', '.join(absent)}")
    return [TopicPartition(topic, number) for topic, found in numbers.items() for number in sorted(found)]
