"""The two Kafkas that the suite runs on, with what outsiders do to them."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from time import time
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.protocol.group import LeaveGroupRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c

from shared.kafka.consumer import KafkaSource
from shared.kafka.fake import FakeKafka, FakeSource
from shared.kafka.producer import KafkaSink
from shared.kafka.reading import committed_offsets, read_topic
from shared.stage.ports import Sink, Source
from shared.stage.records import Headers, Origin, Outgoing, Record, Unreadable

MARK = "XXXX"
"""Stands for a header name that is not UTF-8; no client writes one, so it is put into the finished bytes."""
REFUSED_BY_BROKER = b"refuse me "


class World(Protocol):
    """A Kafka, and what the world around a stage does with it."""

    async def topic(self, name: str, partitions: int = 1) -> str:
        """Make a topic."""

    def source(self, group: str, names: Sequence[str]) -> Source:
        """A member, not started."""

    def sink(self) -> Sink:
        """A producer, not started."""

    async def put(
        self, topic: str, partition: int, *values: bytes | None, key: bytes | None = b"k", headers: Any = ()
    ) -> None:
        """Write records one by one as any outsider may; ``headers`` may hold nulls."""

    async def put_bad(self, topic: str, partition: int, *values: bytes | None) -> None:
        """Write one batch of records, of which each None stands for one with a header name that is not UTF-8."""

    async def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """Delete what lies before an offset, as retention does."""

    async def contents(self, topic: str) -> list[Record | Unreadable]:
        """All that is retained."""

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """How far a group has come."""

    async def evict(self, source: Source) -> None:
        """Have the group give a member up without telling it, as when its session has ended."""

    async def unsendable(self, topic: str) -> bytes:
        """A value that the sink lets pass and the broker refuses for good on ``topic``."""


@dataclass
class InMemory:
    """The fake."""

    kafka: FakeKafka = field(
        default_factory=lambda: FakeKafka(
            {},
            now_ms=lambda: int(time() * 1000),
            refuses=lambda one: "too large" if (one.value or b"").startswith(REFUSED_BY_BROKER) else None,
        )
    )

    async def topic(self, name: str, partitions: int = 1) -> str:
        self.kafka.partitions[name] = partitions
        return name

    def source(self, group: str, names: Sequence[str]) -> Source:
        return self.kafka.source(group, names)

    def sink(self) -> Sink:
        return self.kafka.sink()

    async def put(
        self, topic: str, partition: int, *values: bytes | None, key: bytes | None = b"k", headers: Any = ()
    ) -> None:
        clean: Headers = tuple((name, content or b"") for name, content in headers)
        for value in values:
            self.kafka.append(topic, partition, key, value, clean)

    async def put_bad(self, topic: str, partition: int, *values: bytes | None) -> None:
        for value in values:
            if value is None:
                self.kafka.append_unreadable(topic, partition)
            else:
                self.kafka.append(topic, partition, b"k", value)

    async def delete_before(self, topic: str, partition: int, offset: int) -> None:
        self.kafka.delete_before(topic, partition, offset)

    async def contents(self, topic: str) -> list[Record | Unreadable]:
        return self.kafka.contents(topic)

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        return self.kafka.committed(group)

    async def evict(self, source: Source) -> None:
        assert isinstance(source, FakeSource)
        await self.kafka.evict(source)

    async def unsendable(self, topic: str) -> bytes:
        return REFUSED_BY_BROKER

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Real:
    """The adapters on a broker."""

    bootstrap: str
    producer: AIOKafkaProducer
    admin: AIOKafkaAdminClient

    @classmethod
    async def open(cls, bootstrap: str) -> "Real":
        """Connect as an outsider."""
        world = cls(
            bootstrap, AIOKafkaProducer(bootstrap_servers=bootstrap), AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        )
        await world.producer.start()
        await world.admin.start()
        return world

    async def topic(self, name: str, partitions: int = 1) -> str:
        config = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "1048576"}
        await self.admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config)])
        return name

    def source(self, group: str, names: Sequence[str]) -> Source:
        return KafkaSource(self.bootstrap, group, names, client_id="suite")

    def sink(self) -> Sink:
        return KafkaSink(self.bootstrap, "suite")

    async def put(
        self, topic: str, partition: int, *values: bytes | None, key: bytes | None = b"k", headers: Any = ()
    ) -> None:
        for value in values:
            await self.producer.send_and_wait(topic, value, key, partition, headers=list(headers))

    async def put_bad(self, topic: str, partition: int, *values: bytes | None) -> None:
        batch = self.producer.create_batch()
        for value in values:
            headers = [(MARK, b"1")] if value is None else []
            batch.append(timestamp=None, key=b"k", value=value or b"bad", headers=headers)
        data = bytes(batch._build()).replace(MARK.encode(), b"\xff\xfe\xfd\xfc")
        checksum = struct.pack(">I", calc_crc32c(data[21:]))
        request = ProduceRequest(
            transactional_id=None,
            required_acks=-1,
            timeout=10_000,
            topics=[(topic, [(partition, data[:17] + checksum + data[21:])])],
        )
        await self.producer.partitions_for(topic)
        leader = self.producer.client.cluster.leader_for_partition(TopicPartition(topic, partition))
        response = await self.producer.client.send(leader, request)
        assert response.topics[0][1][0][1] == 0, response

    async def delete_before(self, topic: str, partition: int, offset: int) -> None:
        await self.admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(before_offset=offset)})

    async def contents(self, topic: str) -> list[Record | Unreadable]:
        return [item async for item in read_topic(self.bootstrap, topic)]

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        return await committed_offsets(self.bootstrap, group)

    async def evict(self, source: Source) -> None:
        """In its name, and behind its back, the group is told that it leaves."""
        assert isinstance(source, KafkaSource)
        assert source._consumer is not None
        member = source._consumer._coordinator.member_id
        (node,) = (broker.nodeId for broker in self.producer.client.cluster.brokers())
        answer = await self.producer.client.send(node, LeaveGroupRequest(source._group, member))
        assert answer.error_code == 0, answer

    async def unsendable(self, topic: str) -> bytes:
        return Random(1).randbytes(1_200_000)  # above this topic's limit and below the sink's; does not compress

    async def close(self) -> None:
        """Disconnect."""
        await self.producer.stop()
        await self.admin.close()


def outgoing(topic: str, value: bytes | None, key: bytes | None = b"k", **more: Any) -> Outgoing:
    """A record to send, caused by the first record of an input topic."""
    return Outgoing(topic, key, value, more.pop("headers", ()), Origin("in", 0, 0), **more)
