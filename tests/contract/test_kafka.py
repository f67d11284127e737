"""What every source promises (shared/stage/ports.py), on the fake and on the adapter to a real Kafka."""

import asyncio

import pytest

from shared.stage.ports import (
    Batch,
    CommitRefused,
    KafkaAway,
    LogReplaced,
    RecordsLost,
    Source,
    TopicRefused,
)
from shared.stage.records import Record, Unreadable
from tests.contract.kafka_worlds import World, outgoing

pytestmark = pytest.mark.anyio
PATIENCE_S = 30.0


class Watcher:
    """A listener that writes down what it is told, and what its source had in hand then."""

    def __init__(self, before_revoked: asyncio.Event | None = None) -> None:
        self.told: list[str] = []
        self._before_revoked = before_revoked
        self.was_assigned = asyncio.Event()

    async def revoked(self) -> None:
        if self._before_revoked is not None:
            await self._before_revoked.wait()
        self.told.append("revoked")
        self.was_assigned.clear()

    async def assigned(self) -> None:
        self.told.append("assigned")
        self.was_assigned.set()


async def take(source: Source, count: int, *, at_most: int = 500) -> Batch:
    """Fetch until ``count`` records or unreadable ones have come."""
    records: list[Record] = []
    unreadable: list[Unreadable] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(records) + len(unreadable) < count:
            batch = await source.fetch(at_most, 200)
            assert len(batch.records) + len(batch.unreadable) <= at_most
            records += batch.records
            unreadable += batch.unreadable
    return Batch(tuple(records), tuple(unreadable))


async def nothing_comes(source: Source) -> bool:
    """Whether several fetches come back empty."""
    return not any([await source.fetch(500, 200) for _ in range(4)])


def values(batch: Batch) -> list[bytes | None]:
    return [record.value for record in batch.records]


async def joined(world: World, group: str, *topics: str) -> Source:
    source = world.source(group, topics)
    watcher = Watcher()
    await source.start(watcher)
    await asyncio.wait_for(watcher.was_assigned.wait(), PATIENCE_S)
    return source


async def test_a_new_group_starts_at_the_logs_start_and_keeps_the_order(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, *[b"%d" % n for n in range(20)])
    await world.delete_before(topic, 0, 5)
    source = await joined(world, unique, topic)
    assert (await world.committed(unique))[topic, 0] == 5
    batch = await take(source, 15, at_most=7)
    assert values(batch) == [b"%d" % n for n in range(5, 20)]
    assert [record.origin for record in batch.records] == [(topic, 0, n) for n in range(5, 20)]
    await source.stop()


async def test_keys_values_and_headers_come_as_they_were_written_and_nulls_are_told_from_empty(
    world: World, unique: str
) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, b"v", key=None, headers=[("a", b"\xff\x00"), ("b", None), ("ক", b""), ("a", b"2")])
    await world.put(topic, 0, None, key=b"")
    source = await joined(world, unique, topic)
    first, second = (await take(source, 2)).records
    assert (first.key, first.value) == (None, b"v")
    assert first.headers == (("a", b"\xff\x00"), ("b", b""), ("ক", b""), ("a", b"2"))
    assert (second.key, second.value, second.headers) == (b"", None, ())
    assert abs(first.timestamp_ms - second.timestamp_ms) < 60_000
    assert first.timestamp_ms > 1_600_000_000_000
    await source.stop()


async def test_what_was_committed_is_not_read_again_and_the_rest_is(world: World, unique: str) -> None:
    topic = await world.topic(unique, 2)
    for partition in range(2):
        await world.put(topic, partition, b"a", b"b", b"c")
    source = await joined(world, unique, topic)
    await take(source, 6)
    await source.commit({(topic, 0): 2, (topic, 1): 1})
    await source.stop()
    source = await joined(world, unique, topic)
    again = await take(source, 3)
    assert sorted((record.origin.partition, record.value) for record in again.records) == [
        (0, b"c"),
        (1, b"b"),
        (1, b"c"),
    ]
    await source.commit(again.next_offsets())
    assert await nothing_comes(source)
    assert await world.committed(unique) == {(topic, 0): 3, (topic, 1): 3}
    await source.stop()


async def test_rewinding_brings_the_same_records_again_and_ignores_what_is_not_assigned(
    world: World, unique: str
) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, *[b"%d" % n for n in range(6)])
    source = await joined(world, unique, topic)
    batch = await take(source, 6)
    source.rewind({(topic, 0): 3, (topic, 7): 1, ("nowhere", 0): 1})
    assert values(await take(source, 3)) == [b"3", b"4", b"5"]
    source.rewind(batch.first_offsets())
    assert (await take(source, 6)).records == batch.records
    await source.stop()


async def test_a_paused_source_gives_nothing_and_a_resumed_one_loses_nothing(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, b"a")
    source = await joined(world, unique, topic)
    await take(source, 1)
    await world.put(topic, 0, b"b")
    source.pause()
    assert await nothing_comes(source)
    source.resume()
    assert values(await take(source, 1)) == [b"b"]
    await source.stop()


async def test_lag_counts_what_has_not_been_fetched(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, *[b"x"] * 10)
    source = await joined(world, unique, topic)
    await take(source, 4, at_most=4)
    assert source.lag() == {(topic, 0): 6}
    await take(source, 6)
    assert source.lag() == {(topic, 0): 0}
    await source.stop()


async def test_when_a_second_member_comes_the_first_is_told_before_it_loses_a_partition(
    world: World, unique: str
) -> None:
    topic = await world.topic(unique, 2)
    for partition in range(2):
        await world.put(topic, partition, b"a", b"b")
    in_hand = asyncio.Event()
    watcher, other = Watcher(in_hand), Watcher()
    first, second = world.source(unique, [topic]), world.source(unique, [topic])
    await first.start(watcher)
    batch = await take(first, 4)
    starting = asyncio.create_task(second.start(other))
    await first.commit(batch.next_offsets())  # allowed, as the first has not let go
    in_hand.set()
    async with asyncio.timeout(PATIENCE_S):
        await starting
        await other.was_assigned.wait()
        while watcher.told != ["assigned", "revoked", "assigned"]:
            await first.fetch(1, 50)
    assert other.told == ["assigned"]
    for partition in range(2):
        await world.put(topic, partition, b"c")
    shares = [await take(first, 1), await take(second, 1)]
    assert sorted(record.origin.partition for share in shares for record in share.records) == [0, 1]
    assert [values(share) for share in shares] == [[b"c"], [b"c"]]
    theirs = shares[1].next_offsets()
    with pytest.raises(CommitRefused):
        await first.commit(theirs)
    await second.commit(theirs)
    await first.stop()
    await second.stop()


async def test_what_was_not_committed_comes_again_in_its_order_after_a_rebalance(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, *[b"%d" % n for n in range(5)])
    first, second = world.source(unique, [topic]), world.source(unique, [topic])
    watcher, other = Watcher(), Watcher()
    await first.start(watcher)
    batch = await take(first, 5)
    await first.commit({(topic, 0): 2})
    starting = asyncio.create_task(second.start(other))
    again: list[Record] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(again) < 3:
            again += (await first.fetch(1, 50)).records
            if starting.done():
                again += (await second.fetch(1, 50)).records
    await starting
    assert [record.origin for record in again] == [(topic, 0, n) for n in (2, 3, 4)]
    assert again == list(batch.records[2:])
    await first.stop()
    await second.stop()


async def test_a_member_that_was_given_up_still_believes_in_its_partitions_and_may_not_commit(
    world: World, unique: str
) -> None:
    """So neither what a client thinks that it is assigned, nor that nobody has told it otherwise, protects anything."""
    topic = await world.topic(unique)
    await world.put(topic, 0, b"a", b"b")
    zombie = await joined(world, unique, topic)
    batch = await take(zombie, 2)
    await world.evict(zombie)
    assert (topic, 0) in zombie.lag(), "it has noticed nothing"
    with pytest.raises(CommitRefused):
        await zombie.commit(batch.next_offsets())
    assert (await world.committed(unique))[topic, 0] == 0
    await zombie.stop()
    other = await joined(world, unique, topic)
    assert (await take(other, 2)).records == batch.records
    await other.stop()


async def test_another_member_takes_up_where_the_one_that_left_had_committed(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, *[b"%d" % n for n in range(5)])
    first = await joined(world, unique, topic)
    batch = await take(first, 5)
    await first.commit({(topic, 0): 3})
    await first.stop()
    with pytest.raises(CommitRefused):
        await first.commit(batch.next_offsets())
    second = await joined(world, unique, topic)
    again = await take(second, 2)
    assert again.records == batch.records[3:]
    await second.commit(again.next_offsets())
    await second.commit(again.next_offsets())  # as after an answer that was lost
    assert await world.committed(unique) == {(topic, 0): 5}
    await second.stop()


async def test_two_instances_that_start_together_miss_nothing_and_start_at_the_logs_start(
    world: World, unique: str
) -> None:
    topic = await world.topic(unique, 4)
    for partition in range(4):
        await world.put(topic, partition, b"a", b"b")
        await world.delete_before(topic, partition, 1)
    sources = [world.source(unique, [topic]) for _ in range(2)]
    watchers = [Watcher(), Watcher()]
    await asyncio.gather(*(source.start(watcher) for source, watcher in zip(sources, watchers, strict=True)))
    seen: set[tuple[int, bytes | None]] = set()
    async with asyncio.timeout(PATIENCE_S):
        while len(seen) < 4:
            for source in sources:
                seen |= {(record.origin.partition, record.value) for record in (await source.fetch(10, 50)).records}
    assert seen == {(partition, b"b") for partition in range(4)}
    for source in sources:
        await source.stop()


async def test_a_topic_that_a_running_group_takes_up_is_read_from_its_start(world: World, unique: str) -> None:
    old, new = await world.topic(f"{unique}.old"), await world.topic(f"{unique}.new")
    await world.put(new, 0, b"first")
    first = await joined(world, unique, old)
    second = world.source(unique, [old, new])
    await second.start(Watcher())
    assert values(await take(second, 1)) == [b"first"]
    assert (await world.committed(unique))[new, 0] == 0
    await first.stop()
    await second.stop()


async def test_records_deleted_before_they_were_read_are_noticed(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    source = await joined(world, unique, topic)
    await source.stop()
    await world.put(topic, 0, *[b"x"] * 9)
    await world.delete_before(topic, 0, 4)
    source = await joined(world, unique, topic)
    with pytest.raises(RecordsLost) as lost:
        await take(source, 1)
    assert (lost.value.partition, lost.value.committed, lost.value.log_start) == (0, 0, 4)
    with pytest.raises(RecordsLost):
        await take(source, 1)
    await source.stop()


async def test_an_offset_beyond_the_logs_end_is_no_reason_to_begin_anew(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    await world.put(topic, 0, b"a")
    source = await joined(world, unique, topic)
    await take(source, 1)
    await source.commit({(topic, 0): 50})
    await source.stop()
    source = await joined(world, unique, topic)
    with pytest.raises(LogReplaced, match="not the log that was read"):
        await take(source, 1)
    await source.stop()


async def test_a_header_name_that_is_not_utf8_costs_only_its_own_record(world: World, unique: str) -> None:
    topic = await world.topic(unique, 6)
    await world.put(topic, 0, b"0", b"1")
    await world.put_bad(topic, 0, b"2", None, b"4", None)
    await world.put(topic, 0, b"6")
    for partition in range(1, 6):
        await world.put(topic, partition, b"x", b"y")
    source = await joined(world, unique, topic)
    batch = await take(source, 17)
    mine = [record for record in batch.records if record.origin.partition == 0]
    assert [(record.origin.offset, record.value) for record in mine] == [(n, b"%d" % n) for n in (0, 1, 2, 4, 6)]
    assert {item.origin for item in batch.unreadable} == {(topic, 0, 3), (topic, 0, 5)}
    assert {item.reason for item in batch.unreadable} == {"header_name_not_utf8"}
    for partition in range(1, 6):
        others = [record.value for record in batch.records if record.origin.partition == partition]
        assert others == [b"x", b"y"]
    assert batch.next_offsets() == {(topic, 0): 7, **{(topic, partition): 2 for partition in range(1, 6)}}
    await source.commit(batch.next_offsets())
    assert await nothing_comes(source)
    await world.put(topic, 0, b"7")
    assert values(await take(source, 1)) == [b"7"]
    await source.stop()


async def test_a_bad_record_can_be_met_in_small_bites_and_rewound_over(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    await world.put_bad(topic, 0, b"0", None, b"2", b"3", None, b"5")
    source = await joined(world, unique, topic)
    batch = await take(source, 6, at_most=1)
    assert values(batch) == [b"0", b"2", b"3", b"5"]
    source.rewind({(topic, 0): 1})
    again = await take(source, 5, at_most=2)
    assert values(again) == [b"2", b"3", b"5"]
    assert [item.origin.offset for item in again.unreadable] == [1, 4]
    await source.stop()


async def test_a_missing_topic_is_named_by_sink_and_source(world: World, unique: str) -> None:
    sink, source = world.sink(), world.source(unique, [unique])
    await sink.start()
    with pytest.raises(TopicRefused, match=unique):
        await sink.send([outgoing(unique, b"x")])
    with pytest.raises(KafkaAway, match=unique):
        await source.start(Watcher())
    await source.stop()
    await sink.stop()


async def test_stopping_twice_is_harmless_and_a_member_that_left_cannot_commit(world: World, unique: str) -> None:
    topic = await world.topic(unique)
    source = await joined(world, unique, topic)
    await source.stop()
    await source.stop()
    with pytest.raises(CommitRefused):
        await source.commit({(topic, 0): 0})
