"""The runtime on a store in memory: one fate a record, the same bytes on every replay, the first writer wins."""

import pytest

from shared.stage.fates import AnotherKafka
from shared.stage.lease import Lease, LeaseLost
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Outgoing, Record, Unreadable
from shared.stage.runner import BreakerTripped, Runner
from shared.stage.stage import Kind
from shared.store.memory import Memory, MemoryStore
from shared.store.tables import COMMON, DECISIONS, FATES, Fate
from tests.unit.stage.echo import GROUP, TOPIC, EchoStage, ListSink, record, rubbish

pytestmark = pytest.mark.anyio


class Crash(BaseException):
    """The process ends here."""


class CrashAt:
    """Lets ``count`` awaits pass and ends the process at the next; afterwards it counts only."""

    def __init__(self, count: int | None) -> None:
        self.count, self.seen = count, 0

    async def __call__(self, name: str) -> None:
        self.seen += 1
        if self.count is not None and self.seen > self.count:
            raise Crash(name)


class Bench:
    """One instance of the echo stage on a memory that outlives it."""

    def __init__(self, memory: Memory, sink: ListSink | None = None, crash: CrashAt | None = None) -> None:
        self.now_us = 5_000_000
        self.store = MemoryStore(memory, crash)
        self.sink = sink or ListSink(before=crash)
        self.too_many: str | None = None
        self.runner = Runner(
            EchoStage(),
            self.store,
            self.sink,
            group=GROUP,
            now_us=self.tick,
            observer=Silent(),
            too_many_dead=lambda records, dead: self.too_many,
        )

    def tick(self) -> int:
        self.now_us += 1
        return self.now_us

    async def process(
        self, *records: Record, unreadable: tuple[Unreadable, ...] = (), lease: Lease | None = None
    ) -> int:
        return await self.runner.process(Batch(tuple(records), unreadable), lease or lasting())

    async def fates(self) -> dict[Origin, Fate]:
        return {Origin(row.topic, row.partition, row.offset): row async for row in self.store.scan(FATES)}


def lasting() -> Lease:
    return Lease(deadline=1.0, clock=lambda: 0.0)


async def opened(memory: Memory) -> Memory:
    await MemoryStore(memory).open((*COMMON, UNDELIVERED))
    return memory


async def bench(sink: ListSink | None = None) -> Bench:
    made = Bench(await opened(Memory()), sink)
    await made.store.open((*COMMON, UNDELIVERED))
    return made


async def test_every_record_of_a_batch_gets_exactly_one_fate() -> None:
    b = await bench()
    await b.process(record(0, "a"), rubbish(1), record(2, "b"), record(3, "a"), record(4, "a", text="other"))
    fates = await b.fates()
    assert {origin.offset: fate.kind for origin, fate in fates.items()} == {
        0: Kind.DECISION,
        1: Kind.DEAD_LETTER,
        2: Kind.DECISION,
        3: Kind.RECOGNISED,
        4: Kind.CONFLICTING,
    }


async def test_a_fate_is_stored_before_anything_of_its_record_is_sent() -> None:
    stored: list[int] = []

    async def look(moment: str) -> None:
        if moment == "send":
            stored.append(len(await b.fates()))

    b = await bench(ListSink(before=look))
    await b.process(record(0, "a"), rubbish(1), record(2, "b"), record(3, "a", revision=2))
    assert stored == [4], "in one piece, after all fates"


async def test_a_lower_revision_after_a_higher_is_late() -> None:
    b = await bench()
    await b.process(record(0, "a", revision=2), record(1, "a", revision=1))
    assert (await b.fates())[Origin(TOPIC, 0, 1)].kind == Kind.LATE


async def test_a_replayed_batch_publishes_the_same_bytes_and_decides_nothing_new() -> None:
    b = await bench()
    batch = (record(0, "a"), rubbish(1), record(2, "b"), record(3, "a", text="other"))
    await b.process(*batch)
    first, b.sink.sent = list(b.sink.sent), []
    await b.process(*batch)
    assert b.sink.sent == first
    assert len([row async for row in b.store.scan(DECISIONS)]) == 2


async def test_a_crash_at_any_await_replays_to_the_bytes_of_a_run_without_one() -> None:
    batch = (record(0, "a"), rubbish(1), record(2, "b"), record(3, "a"), record(4, "b", revision=2))
    calm = Bench(await opened(Memory()))
    await calm.store.open((*COMMON, UNDELIVERED))
    await calm.process(*batch)
    expected = [(item.topic, item.key, item.value, item.headers[1]) for item in calm.sink.sent]
    points = 0
    for count in range(1, 200):
        memory = await opened(Memory())
        crash = CrashAt(None)
        first = Bench(memory, crash=crash)
        await first.store.open((*COMMON, UNDELIVERED))
        crash.count = crash.seen + count - 1
        try:
            await first.process(*batch)
        except Crash:
            points += 1
        else:
            break
        again = Bench(memory)
        again.now_us = 9_000_000
        await again.store.open((*COMMON, UNDELIVERED))
        await again.process(*batch)
        assert [(item.topic, item.key, item.value, item.headers[1]) for item in again.sink.sent] == expected
        for sent in first.sink.sent:
            assert sent in again.sink.sent
        assert len(await again.fates()) == len(batch)
    assert points > 8


async def test_what_another_instance_decided_first_is_what_is_published() -> None:
    memory = await opened(Memory())
    one, two = Bench(memory), Bench(memory)
    two.now_us = 8_000_000
    for instance in (one, two):
        await instance.store.open((*COMMON, UNDELIVERED))
    await one.process(record(0, "a"))
    await two.process(record(7, "a", partition=1), record(0, "a"))
    assert one.sink.sent[0] in two.sink.sent
    assert (await two.fates())[Origin(TOPIC, 1, 7)].kind == Kind.RECOGNISED


async def test_other_bytes_at_a_known_offset_stop_the_consumer() -> None:
    b = await bench()
    await b.process(record(0, "a"))
    with pytest.raises(AnotherKafka, match="another Kafka"):
        await b.process(record(0, "a", text="something else"))


async def test_offsets_that_could_not_be_fetched_are_dead_letters_without_bytes() -> None:
    b = await bench()
    await b.process(record(0, "a"), unreadable=(Unreadable(Origin(TOPIC, 0, 1), "header_name_not_utf8"),))
    (letter,) = b.sink.letters()
    assert letter.value is None
    assert ("dlq_reason", b"header_name_not_utf8") in letter.headers


async def test_a_dead_letter_keeps_key_value_headers_and_says_where_it_stood() -> None:
    b = await bench()
    bad = rubbish(5)
    await b.process(bad)
    (letter,) = b.sink.letters()
    assert (letter.key, letter.value) == (bad.key, bad.value)
    assert dict(letter.headers) == {
        "h": b"v",
        "dlq_reason": b"not_json",
        "dlq_topic": TOPIC.encode(),
        "dlq_partition": b"0",
        "dlq_offset": b"5",
        "dlq_timestamp": b"1000005",
        "dlq_group": GROUP.encode(),
    }


async def test_output_that_is_too_large_for_its_topic_makes_its_input_a_dead_letter_and_spares_the_others() -> None:
    b = await bench()
    await b.process(record(0, "a"), record(1, "big", text="x" * 3_000_000), record(2, "c"))
    assert [item.key for item in b.sink.events()] == [b"a", b"c"]
    assert (await b.fates())[Origin(TOPIC, 0, 1)].kind == Kind.DEAD_LETTER


async def test_what_the_broker_refuses_is_found_by_halving_and_dead_lettered_now_and_on_replay() -> None:
    sink = ListSink(refuse=lambda item: item.key == b"c" and item.topic == "echo.out.v1")
    b = await bench(sink)
    batch = tuple(record(offset, subject) for offset, subject in enumerate("abcde"))
    await b.process(*batch)
    assert {item.key for item in sink.events()} == {b"a", b"b", b"d", b"e"}
    assert [item.key for item in sink.letters()] == [b"c"]
    sink.sent = []
    await b.process(*batch)
    assert [item.key for item in sink.sent] == [b"a", b"b", b"c", b"d", b"e"]
    assert len(sink.letters()) == 1


async def test_a_revoked_lease_stops_before_anything_is_stored() -> None:
    b = await bench()
    lease = lasting()
    lease.revoke()
    with pytest.raises(LeaseLost):
        await b.process(record(0, "a"), lease=lease)
    assert not await b.fates()
    assert not [row async for row in b.store.scan(DECISIONS)]
    assert not b.sink.sent


@pytest.mark.parametrize(("revoked_at", "fates"), [(1, 0), (2, 1)])
async def test_a_lease_that_is_revoked_between_two_steps_stops_before_the_next(revoked_at: int, fates: int) -> None:
    b, lease, inserts = await bench(), lasting(), 0

    async def revoke(operation: str) -> None:
        nonlocal inserts
        inserts += operation == "insert"
        if inserts == revoked_at:
            lease.revoke()

    b.store._before = revoke
    with pytest.raises(LeaseLost):
        await b.process(record(0, "a"), lease=lease)
    assert len(await b.fates()) == fates
    assert not b.sink.sent


async def test_a_batch_that_took_longer_than_its_deadline_writes_nothing() -> None:
    b = await bench()
    with pytest.raises(LeaseLost, match="longer than the group waits"):
        await b.process(record(0, "a"), lease=Lease(deadline=1.0, clock=lambda: 2.0))
    assert not b.sink.sent


async def test_the_breaker_looks_before_a_single_letter_is_written() -> None:
    b = await bench()
    b.too_many = "9 of 10"
    with pytest.raises(BreakerTripped):
        await b.process(rubbish(0), rubbish(1))
    assert not b.sink.sent
    assert not await b.fates()


async def test_a_refused_dead_letter_is_not_lost_in_silence() -> None:
    def everything(item: Outgoing) -> bool:
        return True

    b = await bench(ListSink(refuse=everything))
    with pytest.raises(Exception, match="refused"):
        await b.process(record(0, "a"))
