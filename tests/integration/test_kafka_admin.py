"""Topics are made once, as ``shared.topics`` has them, and what differs is said."""

import asyncio
from dataclasses import replace

import pytest

from shared.kafka.admin import Difference, PartitionsDiffer, TopicNotMade, create_topics
from shared.kafka.reading import LogBounds, committed_offsets, log_bounds, read_topic
from shared.stage.ports import KafkaAway
from shared.stage.records import Record, Unreadable
from shared.topics import Topic, all_topics
from tests.contract.kafka_worlds import Real

pytestmark = pytest.mark.anyio


def topic(name: str, *, outside: bool = False) -> Topic:
    return Topic(name, "key", ("message.v1",), ("intake",), ("scoring",), outside)


async def test_two_services_that_make_topics_at_once_make_each_once(kafka: str, unique: str) -> None:
    wanted = [topic(f"{unique}.{n}", outside=bool(n % 2)) for n in range(6)]
    reports = await asyncio.gather(*(create_topics(kafka, wanted) for _ in range(3)))
    assert sorted(name for report in reports for name in report.created) == sorted(one.name for one in wanted)
    assert await create_topics(kafka, wanted) == ((), ())
    assert set(await log_bounds(kafka, [one.name for one in wanted])) == {
        (one.name, partition) for one in wanted for partition in range(one.partitions)
    }


async def test_every_topic_of_the_project_is_taken_by_a_real_kafka(kafka: str, unique: str) -> None:
    names = [replace(one, name=f"{unique}.{one.name}") for one in all_topics(["moa"], ["bkash"])]
    report = await create_topics(kafka, names)
    assert len(report.created) == len(names)
    assert (await create_topics(kafka, names)).differences == ()


async def test_a_setting_that_differs_is_reported_and_left_alone(kafka: str, unique: str) -> None:
    made = topic(unique)
    await create_topics(kafka, [made])
    other = replace(made, retention_hours=1)
    for _ in range(2):
        report = await create_topics(kafka, [other])
        assert report.differences == (Difference(unique, "retention.ms", "3600000", "604800000"),)


async def test_another_number_of_partitions_is_an_error_that_names_both(kafka: str, unique: str) -> None:
    await create_topics(kafka, [topic(unique)])
    with pytest.raises(PartitionsDiffer, match=f"{unique} has 4 and needs 8"):
        await create_topics(kafka, [replace(topic(unique), partitions=8), topic(f"{unique}.more")])


async def test_a_name_that_kafka_refuses_is_said(kafka: str) -> None:
    with pytest.raises(TopicNotMade, match="no topic name!"):
        await create_topics(kafka, [topic("no topic name!")])


async def test_a_topic_is_read_to_its_end_as_of_the_call_and_a_bad_record_does_not_hide_the_rest(
    kafka: str, unique: str
) -> None:
    world = await Real.open(kafka)
    await world.topic(unique, 3)
    await world.put(unique, 0, *[b"%d" % n for n in range(30)])
    await world.put_bad(unique, 0, b"a", None, b"b")
    await world.put(unique, 2, b"x")
    await world.delete_before(unique, 0, 10)
    assert await log_bounds(kafka, [unique]) == {
        (unique, 0): LogBounds(10, 33),
        (unique, 1): LogBounds(0, 0),
        (unique, 2): LogBounds(0, 1),
    }
    items: list[Record | Unreadable] = []
    async for item in read_topic(kafka, unique):
        if not items:
            await world.put(unique, 2, b"after the call")
        items.append(item)
    assert [item.origin[1:] for item in items] == [*((0, n) for n in range(10, 33)), (2, 0)]
    assert [item.origin.offset for item in items if not isinstance(item, Record)] == [31]
    await world.close()


async def test_what_nobody_knows_is_empty_or_named(kafka: str, unique: str) -> None:
    assert await committed_offsets(kafka, unique) == {}
    with pytest.raises(KafkaAway, match=unique):
        await log_bounds(kafka, [unique])
