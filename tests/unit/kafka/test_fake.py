"""What the fake does beyond the ports: faults where a test says, zombies, and time from the caller."""

import pytest

from shared.kafka.fake import FakeKafka, Step
from shared.stage.ports import CommitRefused, KafkaAway
from shared.stage.records import Origin, Outgoing, Record

pytestmark = pytest.mark.anyio


class Nobody:
    """A listener that does nothing."""

    async def revoked(self) -> None: ...

    async def assigned(self) -> None: ...


class Crash(BaseException):
    """The process ends here."""


def send(value: bytes) -> list[Outgoing]:
    return [Outgoing("t", b"k", value, (), Origin("in", 0, 0), 0)]


def stored(kafka: FakeKafka) -> list[bytes | None]:
    return [item.value for item in kafka.contents("t") if isinstance(item, Record)]


async def test_a_send_that_fails_before_writes_nothing_and_one_whose_answer_is_lost_has_written() -> None:
    kafka = FakeKafka({"t": 1}, now_ms=lambda: 0)
    sink = kafka.sink()
    kafka.fail(Step.SEND, KafkaAway("gone"))
    with pytest.raises(KafkaAway):
        await sink.send(send(b"never"))
    kafka.fail(Step.SENT, KafkaAway("no answer"))
    with pytest.raises(KafkaAway):
        await sink.send(send(b"twice"))
    await sink.send(send(b"twice"))
    assert stored(kafka) == [b"twice", b"twice"]


async def test_a_commit_whose_answer_is_lost_has_been_made() -> None:
    kafka = FakeKafka({"t": 1}, now_ms=lambda: 0)
    kafka.append("t", 0, b"k", b"a")
    source = kafka.source("g", ["t"])
    await source.start(Nobody())
    batch = await source.fetch(10, 0)
    kafka.fail(Step.COMMIT, CommitRefused("a rebalance"))
    with pytest.raises(CommitRefused):
        await source.commit(batch.next_offsets())
    assert kafka.committed("g") == {("t", 0): 0}
    kafka.fail(Step.COMMITTED, KafkaAway("no answer"))
    with pytest.raises(KafkaAway):
        await source.commit(batch.next_offsets())
    assert kafka.committed("g") == {("t", 0): 1}


async def test_a_zombie_reads_on_and_may_not_commit() -> None:
    kafka = FakeKafka({"t": 1}, now_ms=lambda: 0)
    kafka.append("t", 0, b"k", b"a")
    zombie, heir = kafka.source("g", ["t"]), kafka.source("g", ["t"])
    await zombie.start(Nobody())
    batch = await zombie.fetch(10, 0)
    await kafka.evict(zombie)
    await heir.start(Nobody())
    assert await heir.fetch(10, 0) == batch
    kafka.append("t", 0, b"k", b"b")
    assert [record.value for record in (await zombie.fetch(10, 0)).records] == [b"b"]
    with pytest.raises(CommitRefused):
        await zombie.commit(batch.next_offsets())
    await heir.commit(batch.next_offsets())


async def test_every_step_of_every_call_is_a_point_to_crash_at() -> None:
    seen: list[Step] = []

    async def at(step: Step) -> None:
        seen.append(step)

    kafka = FakeKafka({"t": 1}, now_ms=lambda: 0, at=at)
    source, sink = kafka.source("g", ["t"]), kafka.sink()
    await source.start(Nobody())
    await sink.start()
    await sink.send(send(b"a"))
    await source.commit((await source.fetch(10, 0)).next_offsets())
    assert seen == [Step.START, Step.START, Step.SEND, Step.SENT, Step.FETCH, Step.COMMIT, Step.COMMITTED]

    async def crash(step: Step) -> None:
        raise Crash

    kafka.at = crash
    with pytest.raises(Crash):
        await sink.send(send(b"b"))
    assert stored(kafka) == [b"a"]


async def test_the_time_of_a_record_is_the_callers() -> None:
    now = [1_000]
    kafka = FakeKafka({"t": 1}, now_ms=lambda: now[0])
    kafka.append("t", 0, None, None)
    now[0] = 2_000
    await kafka.sink().send(send(b"a"))
    assert [item.timestamp_ms for item in kafka.contents("t") if isinstance(item, Record)] == [1_000, 2_000]
