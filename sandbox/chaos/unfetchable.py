"""Poison that no client writes: a record whose header *name* is not UTF-8, on which a whole fetch fails."""

import asyncio
import struct
from random import Random
from time import monotonic
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c

from shared.kafka.failures import CLIENT_FAILURES
from shared.topics import PARTITIONS, submitted

UNFETCHABLE: Final = "header name that is not UTF-8"
EVERY_S: Final = 15.0
_MARK: Final = "dsr-header-name"
_CHECKSUM_AT, _CHECKED_FROM = 17, 21
"""Of a record batch, format version 2."""


async def send_unfetchable(bootstrap: str, sources: tuple[str, ...], rng: Random, until: float) -> int:
    """Send one now and then until a time of the monotonic clock; how many Kafka has taken."""
    taken = 0
    while monotonic() + EVERY_S < until:
        await asyncio.sleep(EVERY_S)
        place = TopicPartition(submitted(rng.choice(sources)), rng.randrange(PARTITIONS))
        taken += await _sent(bootstrap, place)
    return taken


async def _sent(bootstrap: str, place: TopicPartition) -> bool:
    """Whether Kafka took it; one that is away is not waited for."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    try:
        async with asyncio.timeout(EVERY_S):
            await producer.start()
            await producer.partitions_for(place.topic)
            leader = producer.client.cluster.leader_for_partition(place)
            answer = await producer.client.send(leader, _request(producer, place))
            return bool(answer.topics[0][1][0][1] == 0)
    except CLIENT_FAILURES:
        return False
    finally:
        await producer.stop()


def _request(producer: AIOKafkaProducer, place: TopicPartition) -> ProduceRequest:
    batch = producer.create_batch()
    batch.append(timestamp=None, key=b"unfetchable", value=b"{}", headers=[(_MARK, b"1")])
    content = bytes(batch._build()).replace(_MARK.encode(), b"\xff" * len(_MARK))
    checksum = struct.pack(">I", calc_crc32c(content[_CHECKED_FROM:]))
    return ProduceRequest(
        transactional_id=None,
        required_acks=-1,
        timeout=10_000,
        topics=[
            (place.topic, [(place.partition, content[:_CHECKSUM_AT] + checksum + content[_CHECKED_FROM:])]),
        ],
    )
