"""The store in memory: a fake for tests and the crash-point harness that promises what the others promise."""

from bisect import bisect_right, insort
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from shared.store.port import Insert, Key, R, StoreClosed, StoreUnusable, Table, Value, check_column, taking
from shared.store.rows import check_ranges, check_types, column_types

Before = Callable[[str], Awaitable[None]]


class Memory:
    """What a database file would hold; several ``MemoryStore`` on it are several processes on one file."""

    def __init__(self) -> None:
        self.tables: dict[str, _Rows] = {}

    def copy(self) -> "Memory":
        """The same rows, to go on from as if it were this one."""
        copy = Memory()
        copy.tables = {name: rows.copy() for name, rows in self.tables.items()}
        return copy


@cache
def _groupings(table: Table[Any]) -> dict[tuple[str, ...], Callable[[Any], Key]]:
    """The columns that rows are looked up by, and what takes them from a row."""
    groups = {table.key[:-1], (), (table.key[0],), *((index[0],) for index in table.indexes)}
    return {columns: taking(table.columns, columns) for columns in groups}


class _Rows:
    """The rows of one table, with the keys that share a prefix or a column value in sorted lists."""

    def __init__(self, table: Table[Any]) -> None:
        self._table, self.columns = table, table.columns
        self.by_key: dict[Key, Any] = {}
        groupings = _groupings(table)
        self.sorted_keys: dict[tuple[str, ...], dict[Key, list[Key]]] = {columns: {} for columns in groupings}
        self._groups = tuple(zip(groupings.values(), self.sorted_keys.values(), strict=True))

    def copy(self) -> "_Rows":
        copy = _Rows(self._table)
        copy.by_key |= self.by_key
        for columns, groups in self.sorted_keys.items() if self.by_key else ():
            copy.sorted_keys[columns] |= {values: keys.copy() for values, keys in groups.items()}
        return copy

    def put(self, key: Key, row: Any) -> Any:
        if (stored := self.by_key.get(key)) is not None:
            return stored
        for take, groups in self._groups:
            group = take(row)
            if (keys := groups.get(group)) is None:
                groups[group] = [key]
            elif keys[-1] < key:
                keys.append(key)
            else:
                insort(keys, key)
        self.by_key[key] = row
        return row

    def group(self, columns: tuple[str, ...], values: Key) -> list[Key]:
        return self.sorted_keys[columns].get(values, [])


class MemoryStore:
    """See ``Store``. ``before`` is awaited with each operation's name, to interleave or to break it there.

    An operation itself never awaits, so that an interleaving is decided by ``before`` alone.
    """

    def __init__(self, memory: Memory | None = None, before: Before | None = None) -> None:
        self.memory = Memory() if memory is None else memory
        self._before = before
        self._is_open = False

    async def open(self, tables: Sequence[Table[Any]]) -> None:
        """See ``Store.open``."""
        if self._before is not None:
            await self._before("open")
        for table in tables:
            column_types(table)
            rows = self.memory.tables.get(table.name) or self.memory.tables.setdefault(table.name, _Rows(table))
            if rows.columns != table.columns:
                raise StoreUnusable(
                    "memory",
                    f"table {table.name} has {', '.join(rows.columns)}, not {', '.join(table.columns)}",
                )
        self._is_open = True

    async def insert(self, table: Table[R], rows: Sequence[R]) -> list[R]:
        """See ``Store.insert``."""
        await self._enter("insert")
        return self._insert([Insert(table, rows)])[0]

    async def insert_all(self, inserts: Sequence[Insert]) -> list[list[Any]]:
        """See ``Store.insert_all``."""
        await self._enter("insert_all")
        return self._insert(inserts)

    def _insert(self, inserts: Sequence[Insert]) -> list[list[Any]]:
        for table, rows in inserts:
            check_types(table, rows)
            check_ranges(table, rows)
        return [list(map(self.memory.tables[table.name].put, map(table.key_of, rows), rows)) for table, rows in inserts]

    async def get(self, table: Table[R], keys: Sequence[Key]) -> dict[Key, R]:
        """See ``Store.get``."""
        await self._enter("get")
        by_key = self.memory.tables[table.name].by_key
        return {key: by_key[key] for key in keys if key in by_key}

    async def find(self, table: Table[R], column: str, values: Sequence[Value]) -> list[R]:
        """See ``Store.find``."""
        check_column(table, column)
        await self._enter("find")
        rows = self.memory.tables[table.name]
        return [
            rows.by_key[key]
            for value in dict.fromkeys(values)
            if value is not None
            for key in rows.group((column,), (value,))
        ]

    async def others(self, table: Table[R], keys: Sequence[Key]) -> list[R]:
        """See ``Store.others``."""
        await self._enter("others")
        rows = self.memory.tables[table.name]
        found = {other for key in keys for other in rows.group(table.key[:1], key[:1]) if other != key}
        return [rows.by_key[key] for key in sorted(found)]

    async def follow(self, table: Table[R], positions: Sequence[Key], limit: int | None = None) -> list[R]:
        """See ``Store.follow``."""
        await self._enter("follow")
        rows = self.memory.tables[table.name]
        groups = rows.sorted_keys[table.key[:-1]]
        found: list[R] = []
        for position in positions:
            keys = groups.get(position[:-1])
            if keys is None:
                continue
            start = bisect_right(keys, position)
            found += [rows.by_key[key] for key in keys[start : None if limit is None else start + limit]]
        return found

    async def scan(self, table: Table[R], after: Key | None = None) -> AsyncIterator[R]:
        """See ``Store.scan``; rows inserted meanwhile are seen when they lie ahead."""
        await self._enter("scan")
        rows = self.memory.tables[table.name]
        keys = rows.group((), ())
        while (at := 0 if after is None else bisect_right(keys, after)) < len(keys):
            after = keys[at]
            yield rows.by_key[after]

    async def ping(self) -> None:
        """See ``Store.ping``."""
        await self._enter("ping")

    async def close(self) -> None:
        """See ``Store.close``; the rows stay in the ``Memory``."""
        self._is_open = False

    async def _enter(self, operation: str) -> None:
        if not self._is_open:
            raise StoreClosed("memory")
        if self._before is not None:
            await self._before(operation)
