"""What outlives a process: the store's rows, the topics, the committed offsets. Taken at a moment, and put back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from shared.kafka.fake import FakeKafka
from shared.stage.records import Headers, Outgoing, Record
from shared.store.memory import Memory, MemoryStore
from shared.store.port import Table
from tests.crash.calls import Place, Row


class Written(NamedTuple):
    """A published record as its readers see it; the offset apart, all that a replay must repeat."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True)
class State:
    """A moment. Equal states are equal futures: a process that starts from one knows nothing else.

    ``inputs`` are the topics that the scene's consumers read; ``published`` is all that was ever published, each record
    once, in the order of its first appearance.
    """

    phase: int
    rows: frozenset[Row]
    inputs: tuple[tuple[str, tuple[Record, ...]], ...]
    published: tuple[Written, ...]
    committed: frozenset[tuple[str, Place, int]]

    @cached_property
    def _hash(self) -> int:
        return hash((self.phase, self.rows, len(self.published), self.committed))

    def __hash__(self) -> int:
        """Of what is cheap to hash, once: states are counted and compared by the hundred thousand."""
        return self._hash


@dataclass
class Lasting:
    """The live thing: a memory and a Kafka that processes come and go upon."""

    memory: Memory
    kafka: FakeKafka
    tables: Mapping[str, Table[Any]]
    read: tuple[str, ...]
    groups: tuple[str, ...]
    phase: int = 0
    rows: frozenset[Row] = frozenset()
    published: dict[Written, None] = field(default_factory=dict)
    _inputs: dict[str, tuple[int, tuple[Record, ...]]] = field(default_factory=dict)

    def note(self, outgoing: Sequence[Outgoing]) -> None:
        """These were written to Kafka."""
        self.published.update((_written(one), None) for one in outgoing)

    def note_rows(self, rows: Iterable[Row]) -> None:
        """These are stored."""
        self.rows = self.rows.union(rows)

    def state(self) -> State:
        """The present moment."""
        return State(
            self.phase,
            self.rows,
            tuple((topic, self._records(topic)) for topic in self.read),
            tuple(self.published),
            frozenset(
                (group, place, offset)
                for group in self.groups
                for place, offset in self.kafka.committed(group).items()
                if offset
            ),
        )

    def _records(self, topic: str) -> tuple[Record, ...]:
        """They only grow in number, so that their number tells whether they are the same."""
        count = sum(self.kafka.end((topic, partition)) for partition in range(self.kafka.partitions[topic]))
        known = self._inputs.get(topic)
        if known is None or known[0] != count:
            found = tuple(item for item in self.kafka.contents(topic) if isinstance(item, Record))
            known = self._inputs[topic] = count, found
        return known[1]


def torn(state: State, rows: Sequence[Row], sent: Sequence[Outgoing]) -> Iterable[State]:
    """Moments within a write of many: the first, half or all but the last of it is there; or all of the earlier tables
    and only the last row of one, as a store keeps the order of tables and not that of rows; or all of one topic, as
    topics know nothing of each other."""
    kept = {(table, key) for table, key, _ in state.rows}
    new = [row for row in dict.fromkeys(rows) if row[:2] not in kept]
    for count in _parts(len(new)):
        yield _with_rows(state, new[:count])
    done: list[Row] = []
    for _, group in groupby(new, key=lambda row: row[0]):
        of_table = list(group)
        if len(of_table) > 1:
            yield _with_rows(state, [*done, of_table[-1]])
        done += of_table
    written = [_written(one) for one in sent]
    for count in _parts(len(written)):
        yield _with_published(state, written[:count])
    for topic in {one.topic for one in written}:
        yield _with_published(state, [one for one in written if one.topic == topic])


def _parts(count: int) -> list[int]:
    return sorted({1, count // 2, count - 1} & set(range(1, count)))


def _with_rows(state: State, rows: Sequence[Row]) -> State:
    return State(state.phase, state.rows.union(rows), state.inputs, state.published, state.committed)


def _with_published(state: State, written: Sequence[Written]) -> State:
    published = tuple(dict.fromkeys((*state.published, *written)))
    return State(state.phase, state.rows, state.inputs, published, state.committed)


def _written(one: Outgoing) -> Written:
    return Written(one.topic, one.partition, one.key, one.value, one.headers)


async def restored(
    state: State,
    tables: Mapping[str, Table[Any]],
    kafka: FakeKafka,
    groups: tuple[str, ...],
    set_now_ms: Callable[[int], None],
) -> Lasting:
    """A memory and a Kafka as they were at that moment; ``kafka`` is a new one."""
    memory = Memory()
    store = MemoryStore(memory)
    await store.open(list(tables.values()))
    by_table: dict[str, list[Any]] = {}
    for name, _, row in state.rows:
        by_table.setdefault(name, []).append(row)
    for name, rows in by_table.items():
        await store.insert(tables[name], rows)
    for topic, records in state.inputs:
        for record in records:
            set_now_ms(record.timestamp_ms)
            kafka.append(topic, record.origin.partition, record.key, record.value, record.headers)
    for group in groups:
        kafka.commit(group, 0, {place: offset for of, place, offset in state.committed if of == group})
    read = tuple(topic for topic, _ in state.inputs)
    return Lasting(memory, kafka, tables, read, groups, state.phase, state.rows, dict.fromkeys(state.published))
