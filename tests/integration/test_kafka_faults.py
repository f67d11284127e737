"""The adapters when Kafka itself fails: killed, back again, with bytes gone bad on its disk."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from sandbox.kafka.broker import LocalKafka
from shared.kafka.admin import NoKafka, cluster_id, wait_for_kafka
from shared.kafka.consumer import KafkaSource
from shared.kafka.producer import KafkaSink
from shared.kafka.reading import read_topic
from shared.stage.ports import Batch, KafkaAway, Source, origins
from shared.stage.records import Record
from tests.contract.kafka_worlds import Real, outgoing

pytestmark = pytest.mark.anyio
PATIENCE_S = 60.0


class Nobody:
    """A listener that does nothing."""

    async def revoked(self) -> None: ...

    async def assigned(self) -> None: ...


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[LocalKafka]:
    with LocalKafka(tmp_path / "kafka") as kafka:
        yield kafka


async def until_back(call: Callable[[], Awaitable[Batch | None]]) -> Batch | None:
    """Repeat a call until it no longer says that Kafka is away."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await call()
            except KafkaAway:
                await asyncio.sleep(0)


async def fetched(source: Source, count: int) -> list[bytes | None]:
    """Fetch until ``count`` records have come, over whatever absence."""
    values: list[bytes | None] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(values) < count:
            try:
                values += [record.value for record in (await source.fetch(100, 200)).records]
            except KafkaAway:
                await asyncio.sleep(0)
    return values


async def fetches_forever(source: Source) -> None:
    """Fetch what never comes."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            assert not await source.fetch(100, 200)


async def test_a_killed_kafka_is_noticed_and_work_goes_on_when_it_is_back(own_kafka: LocalKafka) -> None:
    world = await Real.open(own_kafka.bootstrap)
    topic = await world.topic("fault", 2)
    await world.close()
    replaced: list[str] = []
    sink = KafkaSink(
        own_kafka.bootstrap, "fault", delivery_timeout_s=2.0, on_replaced=lambda: replaced.append("replaced")
    )
    source = KafkaSource(own_kafka.bootstrap, "fault", [topic], client_id="fault", call_timeout_s=2.0, silence_s=2.0)
    await sink.start()
    await source.start(Nobody())
    await sink.send([outgoing(topic, b"before", partition=0)])
    assert await fetched(source, 1) == [b"before"]

    own_kafka.kill()
    with pytest.raises(KafkaAway, match="no fetch was answered"):
        await fetches_forever(source)
    with pytest.raises(KafkaAway):
        await source.commit({(topic, 0): 1})
    with pytest.raises(KafkaAway):
        await sink.send([outgoing(topic, b"given up", partition=0)])
    assert replaced == ["replaced"]
    with pytest.raises(KafkaAway):
        await sink.send([outgoing(topic, b"given up", partition=1)])

    own_kafka.start()
    await until_back(lambda: sink.send([outgoing(topic, b"after", partition=n) for n in range(2)]))
    assert await fetched(source, 2) == [b"after", b"after"]
    await until_back(lambda: source.commit({(topic, 0): 2, (topic, 1): 1}))
    await source.stop()
    await sink.stop()
    kept = [item.value async for item in read_topic(own_kafka.bootstrap, topic) if isinstance(item, Record)]
    assert kept == [b"before", b"after", b"after"], "what was given up is not written later"


async def test_bytes_that_went_bad_on_the_brokers_disk_cost_their_batch_alone(
    own_kafka: LocalKafka, tmp_path: Path
) -> None:
    world = await Real.open(own_kafka.bootstrap)
    topic = await world.topic("disk")
    await world.put(topic, 0, b"first", b"corrupted", b"last")
    await world.close()
    log = next((tmp_path / "kafka").rglob(f"{topic}-0/*.log"))
    data = log.read_bytes()
    with log.open("r+b") as file:
        file.seek(data.index(b"corrupted"))
        file.write(b"C")
    source = KafkaSource(own_kafka.bootstrap, "disk", [topic], client_id="disk")
    await source.start(Nobody())
    batches: list[Batch] = []
    async with asyncio.timeout(PATIENCE_S):
        while sum(len(batch.records) + len(batch.unreadable) for batch in batches) < 3:
            batches.append(await source.fetch(100, 200))
    assert [record.value for batch in batches for record in batch.records] == [b"first", b"last"]
    assert [(item.origin.offset, item.reason) for batch in batches for item in batch.unreadable] == [
        (1, "batch_crc_mismatch")
    ]
    await source.stop()
    read = [item async for item in read_topic(own_kafka.bootstrap, topic)]
    assert [item.origin.offset for item in read] == [0, 1, 2]
    assert [item.value for item in read if isinstance(item, Record)] == [b"first", b"last"]


async def test_aiokafka_alone_never_gets_past_a_header_name_that_is_not_utf8(kafka: str, unique: str) -> None:
    """The trap that ``shared.kafka.poison`` is for; if this fails, aiokafka has mended it."""
    world = await Real.open(kafka)
    topic = await world.topic(unique)
    await world.put(topic, 0, b"good")
    await world.put_bad(topic, 0, None)
    await world.close()
    partition = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([partition])
    for _ in range(3):
        with pytest.raises(UnicodeDecodeError):
            await consumer.getmany(timeout_ms=int(PATIENCE_S * 1000))
        assert await consumer.position(partition) == 0
    await consumer.stop()


async def test_a_fetch_that_fails_in_the_middle_of_a_rebalance_loses_no_record_of_the_partitions_that_came(
    kafka: str, unique: str
) -> None:
    """aiokafka takes the readable ones, moves past them, and raises at the other; nobody knew of them before."""
    world = await Real.open(kafka)
    topic = await world.topic(unique, 8)
    stays, goes = (KafkaSource(kafka, unique, [topic], client_id=name) for name in ("stays", "goes"))
    await goes.start(Nobody())
    await stays.start(Nobody())
    async with asyncio.timeout(PATIENCE_S):
        while len(goes.lag()) != 4 or len(stays.lag()) != 4:
            assert not any([await goes.fetch(100, 100), await stays.fetch(100, 100)])
    fetching = asyncio.create_task(stays.fetch(100, 40_000))
    *readable, last = sorted(partition for _, partition in goes.lag())
    for partition in readable:
        await world.put(topic, partition, b"readable")
    await world.put_bad(topic, last, None)
    await world.close()
    await goes.stop()

    found: list[Batch] = []
    async with asyncio.timeout(PATIENCE_S):
        while sum(len(batch.records) + len(batch.unreadable) for batch in found) < 4:
            try:
                found.append(await fetching)
            except KafkaAway:
                stays.pause()  # as the loop waits
                assert not await stays.fetch(1, 0)
                stays.resume()
            fetching = asyncio.create_task(stays.fetch(100, 200))
    fetching.cancel()
    assert sorted(origin.partition for batch in found for origin in origins(batch)) == [*readable, last]
    await stays.stop()


async def test_neither_markers_nor_an_open_transaction_of_an_outsider_look_like_records_that_wait(
    kafka: str, unique: str
) -> None:
    world = await Real.open(kafka)
    topic = await world.topic(unique)
    await world.close()
    source = KafkaSource(kafka, unique, [topic], client_id=unique)
    await source.start(Nobody())
    async with AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=unique) as outsider:
        async with outsider.transaction():
            await outsider.send_and_wait(topic, b"committed")
        await outsider.begin_transaction()
        await outsider.send_and_wait(topic, b"aborted")
        await outsider.abort_transaction()
        await outsider.begin_transaction()
        await outsider.send_and_wait(topic, b"open")
        assert await fetched(source, 1) == [b"committed"]
        async with asyncio.timeout(PATIENCE_S):
            while source.lag() != {(topic, 0): 0}:
                assert not await source.fetch(100, 200)
        await outsider.commit_transaction()
    assert await fetched(source, 1) == [b"open"]
    await source.stop()


async def test_no_kafka_at_all_is_said_with_its_address_after_the_time_allowed() -> None:
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(NoKafka, match=r"No Kafka answered at 127\.0\.0\.1:1 within 30 s") as none:
        await wait_for_kafka("127.0.0.1:1", 30, random=Random(1), clock=lambda: now[0], sleep=sleep)
    assert none.value.exit_code != 0
    assert now[0] == pytest.approx(30)
    with pytest.raises(KafkaAway):
        await KafkaSource("127.0.0.1:1", "g", ["t"], client_id="c").start(Nobody())
    with pytest.raises(KafkaAway):
        await KafkaSink("127.0.0.1:1", "c").start()


async def test_a_cluster_that_answers_is_known_by_its_id(kafka: str) -> None:
    found = await wait_for_kafka(kafka, 10, random=Random(1))
    assert found == await cluster_id(kafka)
    assert len(found) >= 22
