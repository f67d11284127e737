"""The runtime's three ports with a gate at every call, so that awaits are found by running and not by a list."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from shared.kafka.fake import FakeSink, FakeSource
from shared.stage.ports import Batch, CommitRefused, RebalanceListener, SendRefused
from shared.stage.records import Outgoing
from shared.store.port import Insert, Key, R, Store, Table, Value
from tests.crash.calls import Call, Gate, Place, Row
from tests.crash.state import Lasting


class GatedStore:
    """Implements ``shared.store.port.Store`` over another one, and notes what is stored."""

    def __init__(self, inner: Store, gate: Gate, lasting: Lasting) -> None:
        self._inner, self._gate, self._lasting = inner, gate, lasting

    async def open(self, tables: Sequence[Table[Any]]) -> None:
        await self._gate.before(call := Call("store", "open"))
        await self._inner.open(tables)
        await self._gate.after(call)

    async def insert(self, table: Table[R], rows: Sequence[R]) -> list[R]:
        (stored,) = await self._insert("insert", [Insert(table, rows)])
        return stored

    async def insert_all(self, inserts: Sequence[Insert]) -> list[list[Any]]:
        return await self._insert("insert_all", inserts)

    async def _insert(self, operation: str, inserts: Sequence[Insert]) -> list[list[Any]]:
        rows: list[Row] = [(table.name, table.key_of(row), row) for table, given in inserts for row in given]
        call = Call("store", operation, tuple(insert.table.name for insert in inserts), rows)
        await self._gate.before(call)
        part = await self._gate.during(call)
        stored = await self._inner.insert_all(inserts if part is None else _first(inserts, part))
        self._lasting.note_rows(
            (table.name, table.key_of(row), row)
            for (table, _), rows_kept in zip(inserts, stored, strict=True)
            for row in rows_kept
        )
        await self._gate.after(call)
        return stored

    async def get(self, table: Table[R], keys: Sequence[Key]) -> dict[Key, R]:
        await self._gate.before(call := Call("store", "get", (table.name,)))
        found = await self._inner.get(table, keys)
        await self._gate.after(call)
        return found

    async def find(self, table: Table[R], column: str, values: Sequence[Value]) -> list[R]:
        await self._gate.before(call := Call("store", "find", (table.name,)))
        found = await self._inner.find(table, column, values)
        await self._gate.after(call)
        return found

    async def others(self, table: Table[R], keys: Sequence[Key]) -> list[R]:
        await self._gate.before(call := Call("store", "others", (table.name,)))
        found = await self._inner.others(table, keys)
        await self._gate.after(call)
        return found

    async def follow(self, table: Table[R], positions: Sequence[Key], limit: int | None = None) -> list[R]:
        await self._gate.before(call := Call("store", "follow", (table.name,)))
        found = await self._inner.follow(table, positions, limit)
        await self._gate.after(call)
        return found

    async def scan(self, table: Table[R], after: Key | None = None) -> AsyncIterator[R]:
        await self._gate.before(call := Call("store", "scan", (table.name,)))
        async for row in self._inner.scan(table, after):
            yield row
        await self._gate.after(call)

    async def ping(self) -> None:
        await self._gate.before(call := Call("store", "ping"))
        await self._inner.ping()
        await self._gate.after(call)

    async def close(self) -> None:
        await self._inner.close()


class GatedSink:
    """Implements ``shared.stage.ports.Sink`` over another one, and notes what was written.

    Of what the broker refuses in part, the call's writes are what it takes.
    """

    def __init__(self, inner: FakeSink, gate: Gate, lasting: Lasting) -> None:
        self._inner, self._gate, self._lasting = inner, gate, lasting

    async def start(self) -> None:
        await self._gate.before(call := Call("sink", "start"))
        await self._inner.start()
        await self._gate.after(call)

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        taken = self._inner.taken(outgoing)
        call = Call("sink", "send", sent=taken)
        await self._gate.before(call)
        part = await self._gate.during(call)
        if part is not None:
            taken = outgoing = taken[:part]
        refused: SendRefused | None = None
        try:
            await self._inner.send(outgoing)
        except SendRefused as refusal:
            refused = refusal
        self._lasting.note(taken)
        await self._gate.after(call)
        if refused is not None:
            raise refused

    async def stop(self) -> None:
        await self._inner.stop()


class GatedSource:
    """Implements ``shared.stage.ports.Source`` over another one. ``when_idle`` is called once nothing more comes."""

    def __init__(self, inner: FakeSource, gate: Gate) -> None:
        self.inner, self._gate = inner, gate
        self._paused = False
        self._idle: Callable[[], None] | None = None
        self._is_given_up = self._has_noticed = False

    def give_up(self) -> None:
        """The group has given this member up; it learns of it by a refused commit, at its next fetch."""
        self._is_given_up = True

    def when_idle(self, call: Callable[[], None]) -> None:
        """Whom to tell that a fetch was empty though the source was not paused."""
        self._idle = call

    async def start(self, listener: RebalanceListener) -> None:
        await self._gate.before(call := Call("source", "start"))
        await self.inner.start(listener)
        await self._gate.after(call)

    async def fetch(self, max_records: int, timeout_ms: int) -> Batch:
        await self._gate.before(call := Call("source", "fetch"))
        if self._has_noticed:
            await self.inner.let_go()
        batch = await self.inner.fetch(max_records, timeout_ms)
        await self._gate.after(call)
        if not batch and not self._paused and self._idle is not None:
            self._idle()
        return batch

    async def commit(self, offsets: Mapping[Place, int]) -> None:
        await self._gate.before(call := Call("source", "commit", offsets=offsets))
        try:
            await self.inner.commit(offsets)
        except CommitRefused:
            self._has_noticed = self._is_given_up
            raise
        await self._gate.after(call)

    def rewind(self, offsets: Mapping[Place, int]) -> None:
        self.inner.rewind(offsets)

    def pause(self) -> None:
        self._paused = True
        self.inner.pause()

    def resume(self) -> None:
        self._paused = False
        self.inner.resume()

    def lag(self) -> Mapping[Place, int]:
        return self.inner.lag()

    async def stop(self) -> None:
        await self.inner.stop()


def _first(inserts: Sequence[Insert], count: int) -> list[Insert]:
    """The first ``count`` rows of several inserts, each of which may be left without any."""
    part: list[Insert] = []
    for table, rows in inserts:
        part.append(Insert(table, rows[:count]))
        count -= min(count, len(rows))
    return part
