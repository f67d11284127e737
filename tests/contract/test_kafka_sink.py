"""What every sink promises (shared/stage/ports.py), on the fake and on the adapter to a real Kafka."""

import pytest
from aiokafka.partitioner import DefaultPartitioner

from shared.stage.ports import SendRefused
from shared.stage.records import Record
from tests.contract.kafka_worlds import World, outgoing

pytestmark = pytest.mark.anyio


async def test_what_is_sent_again_after_a_lost_answer_stands_twice_in_the_same_bytes(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    sink = world.sink()
    await sink.start()
    batch = [outgoing(topic, b"%d" % n, headers=(("ce_id", b"%d" % n),)) for n in range(3)]
    await sink.send(batch)
    await sink.send(batch)
    await sink.stop()
    found = [item for item in await world.contents(topic) if isinstance(item, Record)]
    assert [(one.value, one.headers) for one in found] == [(one.value, one.headers) for one in (*batch, *batch)]


async def test_what_is_sent_arrives_in_order_on_the_partition_named_or_that_of_its_key(
    world: World, unique: str
) -> None:
    topic = await world.topic(unique, 3)
    sink = world.sink()
    await sink.start()
    keys = [f"key {n}".encode() for n in range(40)]
    headers = (("a", b"1"), ("b", b""))
    await sink.send([outgoing(topic, b"%d" % n, key, headers=headers) for n, key in enumerate(keys)])
    await sink.send([outgoing(topic, b"named %d" % n, partition=2) for n in range(5)])
    await sink.send([outgoing(topic, None, None)])
    await sink.send([])
    await sink.stop()
    await sink.stop()
    found = [item for item in await world.contents(topic) if isinstance(item, Record)]
    by_key = [record for record in found if record.key in keys]
    theirs = {key: DefaultPartitioner()(key, [0, 1, 2], [0, 1, 2]) for key in keys}
    assert {record.key: record.origin.partition for record in by_key} == theirs
    for partition in range(3):
        sent = [b"%d" % n for n, key in enumerate(keys) if theirs[key] == partition]
        assert [record.value for record in by_key if record.origin.partition == partition] == sent
    assert {record.headers for record in by_key} == {headers}
    named = [record for record in found if (record.value or b"").startswith(b"named")]
    assert [(record.origin.partition, record.value) for record in named] == [(2, b"named %d" % n) for n in range(5)]
    assert [record.value for record in found if record.key is None] == [None]


async def test_after_a_refusal_the_sink_goes_on_as_if_it_were_new(world: World, unique: str) -> None:
    topic = await world.topic(unique, 2)
    sink = world.sink()
    await sink.start()
    await sink.send([outgoing(topic, b"before", partition=0)])
    for _ in range(2):
        with pytest.raises(SendRefused) as refused:
            await sink.send([outgoing(topic, await world.unsendable(topic), partition=0)])
        assert topic in str(refused.value)
        await sink.send([outgoing(topic, b"after", partition=0), outgoing(topic, b"beside", partition=1)])
    await sink.stop()
    found = [record.value for record in await world.contents(topic) if isinstance(record, Record)]
    assert found == [b"before", b"after", b"after", b"beside", b"beside"]


async def test_a_record_above_every_limit_is_refused_before_it_is_sent(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    sink = world.sink()
    await sink.start()
    with pytest.raises(SendRefused):
        await sink.send([outgoing(topic, b"x" * 2_300_000)])
    await sink.stop()
    assert await world.contents(topic) == []
