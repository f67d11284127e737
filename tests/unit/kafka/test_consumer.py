"""A fetch that fails: what aiokafka had moved past on other partitions comes again, and nothing is skipped.

In aiokafka's place stands a client that does to positions what it does (``Fetcher.fetched_records``): it takes records
from one partition after the other, and when a later one fails, those that it took are given to nobody.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaConnectionError
from aiokafka.structs import ConsumerRecord

from shared.kafka import consumer as module
from shared.kafka.consumer import SETTLING_MAX_S, KafkaSource
from shared.stage.ports import Batch, KafkaAway

pytestmark = pytest.mark.anyio

GOOD, BAD = TopicPartition("t", 0), TopicPartition("t", 1)


class Client:
    """Two partitions with a record each; the next fetches end with ``failures``, and the rest give what there is.

    Where it ``rebalances``, the partitions come (again) in the middle of a fetch that is to fail.
    """

    def __init__(self, failures: Iterator[Exception], rebalances: bool) -> None:
        self._failures, self._rebalances = failures, rebalances
        self._positions = {GOOD: 0, BAD: 0}
        self._client = SimpleNamespace(_sync_task=None)
        self.made = 0

    def __call__(self, **settings: Any) -> "Client":
        self.made += 1
        return self

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def subscribe(self, topics: Sequence[str], listener: Any) -> None:
        self._listener = listener

    async def join(self) -> None:
        await self._listener.on_partitions_assigned(self.assignment())

    def assignment(self) -> set[TopicPartition]:
        return set(self._positions)

    def paused(self) -> set[TopicPartition]:
        return set()

    async def committed(self, partition: TopicPartition) -> int:
        return 0

    async def position(self, partition: TopicPartition) -> int:
        return self._positions[partition]

    def highwater(self, partition: TopicPartition) -> int:
        return 1

    def last_stable_offset(self, partition: TopicPartition) -> int:
        return 1

    def last_poll_timestamp(self, partition: TopicPartition) -> int:
        return 1

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._positions[partition] = offset

    async def getmany(self, *of: TopicPartition, **how: Any) -> dict[TopicPartition, list[ConsumerRecord[Any, Any]]]:
        if of:
            return {}
        failure = next(self._failures, None)
        if failure is not None and self._rebalances:
            await self.join()
        taken = [GOOD] if failure is not None else [GOOD, BAD]
        found = {one: [_record(one)] for one in taken if self._positions[one] == 0}
        self._positions |= dict.fromkeys(found, 1)
        if failure is not None:
            raise failure
        return found


def _record(place: TopicPartition) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(place.topic, place.partition, 0, 1, 0, None, b"v", None, 0, 1, ())


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A member on such a client, whose first fetch ends with the error given; our own reader finds no Kafka."""

    async def nothing(*given: Any) -> None: ...

    async def unreachable(*given: Any) -> None:
        raise KafkaAway("no broker could be reached")

    async def join(failure: Exception, *, rebalances: bool = False) -> KafkaSource:
        client = Client(iter([failure]), rebalances)
        monkeypatch.setattr(module, "AIOKafkaConsumer", client)
        monkeypatch.setattr(module, "commit_start_offsets", nothing)
        monkeypatch.setattr(module, "read_tolerantly", unreachable)
        source = KafkaSource("nowhere", "g", ["t"], client_id="c")
        await source.start(Deaf())
        await client.join()
        return source

    return join


class Deaf:
    """A listener that need not hear."""

    async def revoked(self) -> None: ...

    async def assigned(self) -> None: ...


async def test_a_fetch_that_cannot_be_read_loses_nothing_of_the_other_partitions(
    joined: Callable[..., Any],
) -> None:
    source = await joined(CorruptRecordException())
    with pytest.raises(KafkaAway):
        await source.fetch(500, 10)
    batch = await source.fetch(500, 10)
    assert {record.origin.partition for record in batch.records} == {0, 1}


async def test_a_fetch_that_cannot_be_read_loses_nothing_of_partitions_that_came_in_the_middle_of_it(
    joined: Callable[..., Any],
) -> None:
    source = await joined(CorruptRecordException(), rebalances=True)
    with pytest.raises(KafkaAway):
        await source.fetch(500, 10)
    batch = await source.fetch(500, 10)
    assert {record.origin.partition for record in batch.records} == {0, 1}


async def test_a_fetch_that_kafka_does_not_answer_loses_nothing(joined: Callable[..., Any]) -> None:
    source = await joined(KafkaConnectionError())
    with pytest.raises(KafkaAway):
        await source.fetch(500, 10)
    batch = await source.fetch(500, 10)
    assert {record.origin.partition for record in batch.records} == {0, 1}


async def member(monkeypatch: pytest.MonkeyPatch, clock: Callable[[], float]) -> tuple[KafkaSource, Client]:
    """One that has joined a group, which has not settled yet."""

    async def nothing(*given: Any) -> None: ...

    client = Client(iter(()), rebalances=False)
    monkeypatch.setattr(module, "AIOKafkaConsumer", client)
    monkeypatch.setattr(module, "commit_start_offsets", nothing)
    source = KafkaSource("nowhere", "g", ["t"], client_id="c", clock=clock)
    await source.start(Deaf())
    return source, client


async def test_a_client_whose_own_task_has_ended_unseen_is_left_for_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    source, client = await member(monkeypatch, lambda: 0.0)
    await client.join()
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    client._client._sync_task = ended
    assert (await source.fetch(500, 10)).records
    ended.set_exception(RuntimeError("unable to perform operation on a closed transport"))
    with pytest.raises(KafkaAway, match="another one takes its place"):
        await source.fetch(500, 10)
    client._positions = {GOOD: 0, BAD: 0}
    assert await source.fetch(500, 10) == Batch(()), "it joins anew, and the group has to settle"
    await client.join()
    assert (client.made, len((await source.fetch(500, 10)).records)) == (2, 2)


async def test_a_group_that_never_settles_is_joined_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    source, client = await member(monkeypatch, lambda: now)
    now = SETTLING_MAX_S - 1
    assert await source.fetch(500, 0) == Batch(())
    now = SETTLING_MAX_S + 1
    with pytest.raises(KafkaAway):
        await source.fetch(500, 0)
    await source.fetch(500, 0)
    assert client.made == 2
