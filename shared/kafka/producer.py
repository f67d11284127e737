"""An idempotent producer that is replaced when it jams, and that sends whole batches of its own making.

Batches are built here, one for each topic and partition, rather than record by record through aiokafka's ``send``,
which costs up to twice the CPU (docs/decisions/0001-own-consume-loop.md has the figures).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import OutOfOrderSequenceNumber

from shared import topics
from shared.kafka.failures import CLIENT_FAILURES, OF_THE_TOPIC, away, describe, passes
from shared.kafka.partitioner import partition_of
from shared.stage.ports import KafkaAway, SendRefused, TopicRefused
from shared.stage.records import Outgoing

BATCH_BYTES = 1_048_576
"""Of one batch before compression; what outside topics, which are stored uncompressed, still take."""
RECORD_MAX_BYTES = topics.INNER_MAX_BYTES + 65_536 - 100
"""Of one record before compression, as ``Topic.config`` sets it for inner topics, less the header of a batch."""
CLOSE_TIMEOUT_S = 2.0

Place = tuple[str, int]
log = logging.getLogger(__name__)


class KafkaSink:
    """Implements ``shared.stage.ports.Sink`` on a real Kafka."""

    def __init__(
        self,
        bootstrap: str,
        client_id: str,
        *,
        delivery_timeout_s: float = 15.0,
        on_replaced: Callable[[], None] = lambda: None,
    ) -> None:
        """Records not acknowledged within ``delivery_timeout_s`` count as not sent: Kafka is away.

        ``on_replaced`` hears of each producer that was given up.
        """
        self._bootstrap, self._client_id = bootstrap, client_id
        self._delivery_timeout_s, self._on_replaced = delivery_timeout_s, on_replaced
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """See ``Sink.start``."""
        await self._opened()

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        """See ``Sink.send``. Also raises ``TopicRefused``, when a topic is missing or not ours to write."""
        if not outgoing:
            return
        producer = await self._opened()
        try:
            async with asyncio.timeout(self._delivery_timeout_s):
                for topic in {one.topic for one in outgoing} - self._partitions.keys():
                    await self._learn_partitions(producer, topic)
                failures = await self._deliver(producer, self._batches(producer, outgoing))
        except CLIENT_FAILURES as error:
            await self._abandon(producer)
            raise away(error) from error
        if failures:
            await self._abandon(producer)
            raise _worst(failures)

    def _batches(self, producer: AIOKafkaProducer, outgoing: Sequence[Outgoing]) -> dict[Place, list[Any]]:
        """Builders for each topic and partition, filled in order."""
        batches: dict[Place, list[Any]] = {}
        for one in outgoing:
            place = one.topic, self._partition(one)
            if place not in batches:
                batches[place] = []
            elif _append(batches[place][-1], one) is not None:
                continue
            batches[place].append(producer.create_batch())
            # The first record of a batch is taken whatever its size; only such a one can be too large.
            if (size := _append(batches[place][-1], one).size) > RECORD_MAX_BYTES:
                raise SendRefused(one.topic, f"a record of {size} bytes, where {RECORD_MAX_BYTES} are allowed")
        return batches

    def _partition(self, one: Outgoing) -> int:
        count = self._partitions[one.topic]
        if one.partition is None:
            # Without a key any partition will do, but the same one when the input is replayed.
            return one.origin.partition % count if one.key is None else partition_of(one.key, count)
        if one.partition >= count:
            raise TopicRefused(one.topic, f"it has {count} partitions and none with number {one.partition}")
        return one.partition

    async def _deliver(
        self, producer: AIOKafkaProducer, batches: dict[Place, list[Any]]
    ) -> list[tuple[str, BaseException]]:
        """Send all places side by side, each one's batches in order; what failed, by topic."""
        results = await asyncio.gather(
            *(_send_in_order(producer, place, builders) for place, builders in batches.items()), return_exceptions=True
        )
        return [
            (topic, result)
            for (topic, _), result in zip(batches, results, strict=True)
            if isinstance(result, BaseException)
        ]

    async def _learn_partitions(self, producer: AIOKafkaProducer, topic: str) -> None:
        """Raises ``TopicRefused`` when Kafka answers and does not know the topic."""
        cluster = await producer.client.fetch_all_metadata()
        if not (found := cluster.partitions_for_topic(topic)):
            raise TopicRefused(topic, "there is no such topic, or it is not ours to see")
        self._partitions[topic] = len(found)

    async def _opened(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    compression_type="zstd",
                    max_batch_size=BATCH_BYTES,
                    linger_ms=0,
                    request_timeout_ms=int(self._delivery_timeout_s * 1000),
                )
                try:
                    async with asyncio.timeout(self._delivery_timeout_s):
                        await producer.start()
                except CLIENT_FAILURES as error:
                    await self._close(producer)
                    raise away(error) from error
                self._producer = producer
            return self._producer

    async def _abandon(self, producer: AIOKafkaProducer) -> None:
        """Drop a producer with all that it holds, so that nothing of it is written later; the next send opens another.

        An idempotent producer whose batch was refused fails with OutOfOrderSequenceNumber on that partition for ever,
        and one that Kafka did not answer goes on trying for ever.
        """
        if self._producer is not producer:
            return  # another call has done it
        self._producer = None
        self._partitions.clear()
        self._on_replaced()
        await self._close(producer, abandon=True)

    async def _close(self, producer: AIOKafkaProducer, *, abandon: bool = False) -> None:
        """Close within ``CLOSE_TIMEOUT_S``, or else in the background."""
        closing = asyncio.create_task(_stop(producer, abandon))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        await asyncio.wait({closing}, timeout=CLOSE_TIMEOUT_S)

    async def stop(self) -> None:
        """See ``Sink.stop``."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await self._close(producer)
        for closing in tuple(self._closing):
            closing.cancel()


async def _send_in_order(producer: AIOKafkaProducer, place: Place, builders: Sequence[Any]) -> None:
    topic, partition = place
    sent = []
    for builder in builders:
        builder.close()  # so that it is sent at once and nobody adds to it
        sent.append(await producer.send_batch(builder, topic, partition=partition))
    results = await asyncio.gather(*sent, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _stop(producer: AIOKafkaProducer, abandon: bool) -> None:
    try:
        if abandon:
            # There is no public way to make aiokafka forget what it has not sent; ``stop`` alone would go on trying.
            # First end the sender, which waits for the request that is on its way, then drop what is left.
            await producer._sender.close()
            producer._message_accumulator._batches.clear()
        await producer.stop()
    except Exception:  # one that failed may fail again here, and is being forgotten
        log.debug("A producer failed while it was closed", exc_info=True)
    finally:
        await producer.client.close()


def _worst(failures: Sequence[tuple[str, BaseException]]) -> Exception:
    """What to tell the caller: a refusal for good before a passing failure, a cause before its consequence."""
    for topic, error in sorted(failures, key=lambda one: isinstance(one[1], OutOfOrderSequenceNumber)):
        if isinstance(error, OF_THE_TOPIC):
            return TopicRefused(topic, describe(error))
        if isinstance(error, CLIENT_FAILURES) and not passes(error):
            return SendRefused(topic, describe(error))
        if not isinstance(error, CLIENT_FAILURES):
            raise error
    return KafkaAway(describe(failures[0][1]))


def _append(builder: Any, one: Outgoing) -> Any:
    """What aiokafka says of the appended record, or None when the batch is full."""
    return builder.append(timestamp=None, key=one.key, value=one.value, headers=list(one.headers))
