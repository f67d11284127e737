"""A Kafka in memory behind the same ports, deterministic and without waiting, for tests that say when what fails.

It promises what the real adapters promise and is held to it by the same suites (``tests/contract/test_kafka*.py``).
Time comes from the caller; nothing happens but by a call; every call is an await point, so that a scheduler can
interleave.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared import topics
from shared.kafka.partitioner import partition_of
from shared.kafka.record_batch import HEADER_NAME
from shared.stage.ports import (
    Batch,
    CommitRefused,
    KafkaAway,
    LogReplaced,
    RebalanceListener,
    RecordsLost,
    SendRefused,
    TopicRefused,
)
from shared.stage.records import Headers, Origin, Outgoing, Record, Unreadable

Place = tuple[str, int]


class Step(StrEnum):
    """Moments of a call at which a fault can strike. At SENT and COMMITTED it is done, only the answer is missing."""

    START = "start"
    FETCH = "fetch"
    SEND = "send"
    SENT = "sent"
    COMMIT = "commit"
    COMMITTED = "committed"


@dataclass
class _Log:
    """One partition: ``items`` from offset ``start`` on."""

    start: int = 0
    items: list[Record | Unreadable] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.start + len(self.items)


@dataclass
class _Group:
    """``generation`` grows with every rebalance; a commit of an older one is refused."""

    committed: dict[Place, int] = field(default_factory=dict)
    members: "list[FakeSource]" = field(default_factory=list)
    generation: int = 0
    settling: asyncio.Lock = field(default_factory=asyncio.Lock)


class FakeKafka:
    """The broker. ``at`` is awaited at every step of every call, and may raise, wait, or crash the caller.

    ``refuses`` says why the broker refuses a record for good, or None.
    """

    def __init__(
        self,
        partitions: Mapping[str, int],
        now_ms: Callable[[], int],
        *,
        at: Callable[[Step], Awaitable[None]] | None = None,
        refuses: Callable[[Outgoing], str | None] = lambda outgoing: None,
    ) -> None:
        self.partitions = dict(partitions)
        self.at, self.refuses = at, refuses
        self._now_ms = now_ms
        self._logs: dict[Place, _Log] = defaultdict(_Log)
        self._groups: dict[str, _Group] = defaultdict(_Group)
        self._faults: dict[Step, deque[Exception]] = defaultdict(deque)

    def fail(self, step: Step, *errors: Exception) -> None:
        """Raise ``errors``, one each, at the next times that ``step`` is reached."""
        self._faults[step].extend(errors)

    def source(self, group: str, names: Sequence[str]) -> "FakeSource":
        """A new member of ``group``; it joins when it is started."""
        return FakeSource(self, group, names)

    def sink(self) -> "FakeSink":
        """A new producer."""
        return FakeSink(self)

    def append(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Headers = ()
    ) -> Origin:
        """Write a record as any outsider may."""
        log = self._logs[topic, partition]
        log.items.append(Record(Origin(topic, partition, log.end), key, value, headers, self._now_ms()))
        return log.items[-1].origin

    def append_unreadable(self, topic: str, partition: int, reason: str = HEADER_NAME) -> Origin:
        """Write a record that nobody can fetch."""
        log = self._logs[topic, partition]
        log.items.append(Unreadable(Origin(topic, partition, log.end), reason))
        return log.items[-1].origin

    def contents(self, topic: str) -> list[Record | Unreadable]:
        """All retained records of ``topic``, partition by partition."""
        return [item for place in self._places([topic]) for item in self._logs[place].items]

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """Delete what lies before ``offset``, as retention does."""
        log = self._logs[topic, partition]
        log.items, log.start = log.items[offset - log.start :], offset

    def committed(self, group: str) -> dict[Place, int]:
        """How far a group has come."""
        return dict(self._groups[group].committed)

    async def rebalance(self, group: str) -> None:
        """Share the partitions out among the members anew: all let go, then each gets every n-th of what it reads."""
        state = self._groups[group]
        async with state.settling:
            members = tuple(state.members)
            for member in members:
                await member.let_go()
            state.generation += 1
            for place in self._places({name for member in members for name in member.names}):
                readers = [member for member in members if place[0] in member.names]
                readers[place[1] % len(readers)].receive(place, state.committed[place])
            for member in members:
                await member.begin(state.generation)

    async def evict(self, source: "FakeSource") -> None:
        """The group gives a member up without its knowledge, as when its session has ended: it goes on, a zombie."""
        self._groups[source.group].members.remove(source)
        await self.rebalance(source.group)

    async def join(self, source: "FakeSource") -> None:
        """A new group's start is committed before it has a member."""
        group = self._groups[source.group]
        for place in self._places(source.names):
            group.committed.setdefault(place, self._logs[place].start)
        group.members.append(source)
        await self.rebalance(source.group)

    async def leave(self, source: "FakeSource") -> None:
        """The others take over."""
        if source in self._groups[source.group].members:
            await self.evict(source)

    def commit(self, group: str, generation: int, offsets: Mapping[Place, int]) -> None:
        """Raises ``CommitRefused`` for a member that the group has left behind."""
        if generation != self._groups[group].generation:
            raise CommitRefused("the group has moved on")
        self._groups[group].committed.update(offsets)

    def read(self, place: Place, position: int, limit: int) -> Sequence[Record | Unreadable]:
        """At most ``limit`` records from ``position`` on; raises ``RecordsLost``."""
        log = self._logs[place]
        if position < log.start:
            raise RecordsLost(*place, position, log.start)
        if position > log.end:
            raise LogReplaced(*place, position, log.end)
        return log.items[position - log.start :][:limit]

    def end(self, place: Place) -> int:
        """The offset of the next record to come."""
        return self._logs[place].end

    async def reach(self, step: Step) -> None:
        """Let the scheduler, then the fault that is due, have their say."""
        await asyncio.sleep(0)
        if self.at is not None:
            await self.at(step)
        if self._faults[step]:
            raise self._faults[step].popleft()

    def _places(self, names: Iterable[str]) -> list[Place]:
        absent = sorted(set(names) - self.partitions.keys())
        if absent:
            raise KafkaAway(f"there is no topic {', '.join(absent)}")
        return [(name, partition) for name in sorted(set(names)) for partition in range(self.partitions[name])]


class FakeSource:
    """Implements ``shared.stage.ports.Source``."""

    def __init__(self, kafka: FakeKafka, group: str, names: Sequence[str]) -> None:
        self.group, self.names = group, tuple(names)
        self._kafka = kafka
        self._listener: RebalanceListener | None = None
        self._generation = 0
        self._next: dict[Place, int] = {}
        self._paused = False

    async def start(self, listener: RebalanceListener) -> None:
        await self._kafka.reach(Step.START)
        self._listener = listener
        await self._kafka.join(self)

    async def let_go(self) -> None:
        """The group takes all partitions away."""
        if self._next and self._listener is not None:
            await self._listener.revoked()
        self._next.clear()
        self._paused = False

    def receive(self, place: Place, committed: int) -> None:
        """The group gives a partition."""
        self._next[place] = committed

    async def begin(self, generation: int) -> None:
        """The group has settled."""
        self._generation = generation
        if self._listener is not None:
            await self._listener.assigned()

    async def fetch(self, max_records: int, timeout_ms: int) -> Batch:
        await self._kafka.reach(Step.FETCH)
        found: list[Record | Unreadable] = []
        for place, position in sorted(self._next.items()) if not self._paused else ():
            items = self._kafka.read(place, position, max_records - len(found))
            self._next[place] = position + len(items)
            found += items
        return Batch(
            tuple(item for item in found if isinstance(item, Record)),
            tuple(item for item in found if isinstance(item, Unreadable)),
        )

    async def commit(self, offsets: Mapping[Place, int]) -> None:
        await self._kafka.reach(Step.COMMIT)
        if not offsets.keys() <= self._next.keys():
            raise CommitRefused("a partition is not assigned")
        self._kafka.commit(self.group, self._generation, offsets)
        await self._kafka.reach(Step.COMMITTED)

    def rewind(self, offsets: Mapping[Place, int]) -> None:
        self._next |= {place: offset for place, offset in offsets.items() if place in self._next}

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def lag(self) -> Mapping[Place, int]:
        return {place: max(0, self._kafka.end(place) - position) for place, position in self._next.items()}

    async def stop(self) -> None:
        self._next.clear()
        await self._kafka.leave(self)


class FakeSink:
    """Implements ``shared.stage.ports.Sink``."""

    def __init__(self, kafka: FakeKafka) -> None:
        self._kafka = kafka

    async def start(self) -> None:
        await self._kafka.reach(Step.START)

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        """A record that is refused takes those after it with it on its partition, as with the real producer."""
        await self._kafka.reach(Step.SEND)
        taken, refused = self._judged(outgoing)
        for one in taken:
            self._kafka.append(*self._place(one), one.key, one.value, one.headers)
        await self._kafka.reach(Step.SENT)
        for refusal in refused:
            raise refusal

    def taken(self, outgoing: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """What a ``send`` would write of these."""
        return self._judged(outgoing)[0]

    def _judged(self, outgoing: Sequence[Outgoing]) -> tuple[list[Outgoing], list[SendRefused]]:
        taken: list[Outgoing] = []
        refused: dict[Place, SendRefused] = {}
        for place, one in [(self._place(one), one) for one in outgoing]:
            why = self._kafka.refuses(one)
            if why is not None:
                refused.setdefault(place, SendRefused(one.topic, why))
            if place not in refused:
                taken.append(one)
        return taken, list(refused.values())

    async def stop(self) -> None:
        """Nothing is held back, so nothing is flushed."""

    def _place(self, one: Outgoing) -> Place:
        count = self._kafka.partitions.get(one.topic)
        if count is None:
            raise TopicRefused(one.topic, "there is no such topic")
        if len(one.value or b"") > topics.INNER_MAX_BYTES:
            raise SendRefused(one.topic, "a record is too large")
        if one.partition is not None:
            return one.topic, one.partition
        return one.topic, one.origin.partition % count if one.key is None else partition_of(one.key, count)
