"""The store in one SQLite file: nothing to install, ACID, for several processes on one machine."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import apsw

from shared.store.port import (
    Insert,
    Key,
    R,
    RowRefused,
    StoreClosed,
    StoreUnusable,
    Table,
    Value,
    check_column,
)
from shared.store.rows import check_types
from shared.store.sqlite_connection import connect
from shared.store.sqlite_errors import REFUSALS, check_path, meaning
from shared.store.sqlite_schema import KEYS_AT_ONCE, LAYOUT, difference, is_only_key, statements
from shared.store.sqlite_young import YoungTrees

T = TypeVar("T")

BUSY_TIMEOUT_S = 2.0
SCAN_PAGE_ROWS = 1_000
# Of a new file; one that is there keeps what it was made with. The log takes two writes for each page, so that as many
# bytes in pages of 4 KiB cost twice the calls; in pages of 16 KiB a row under a random key costs too many bytes.
PAGE_BYTES = 8_192
# Pages in the log before it is copied back. With random keys each batch writes most pages: copied once in 64 MB,
# dedup's store of 100,000 people writes half as much as at 16 MB. The log takes that room on the disk.
CHECKPOINT_PAGES = 8_000
# Pages in memory, MiB, unless a deployment sets another size (DSR_STORE_CACHE_MB).
CACHE_MB = 16


class SqliteStore:
    """See ``Store``. One connection on one thread of its own; a transaction never spans an await.

    Another process that holds the write lock is waited for two seconds, then the store counts as away.
    """

    def __init__(self, path: Path | str, cache_mb: int = CACHE_MB) -> None:
        """``cache_mb``: MiB of the file that are kept in memory, taken as they are needed."""
        self.path = Path(path)
        self._cache_kib = cache_mb * 1_024
        self._thread: ThreadPoolExecutor | None = None
        self._connection: apsw.Connection | None = None
        self._young = YoungTrees()

    async def open(self, tables: Sequence[Table[Any]]) -> None:
        """See ``Store.open``. The folder must exist."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"store-{self.path.stem}")
        try:
            await self._run(lambda: self._open(tables))
        except BaseException:
            await self.close()
            raise

    def _open(self, tables: Sequence[Table[Any]]) -> None:
        check_path(self.path)
        if self._connection is None:
            self._connection = connect(self.path, BUSY_TIMEOUT_S)
        connection = self._connection
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        _switch_to_wal(connection)
        for pragma in (
            # NORMAL would let a power cut take back rows whose events are already in Kafka.
            "synchronous=FULL",
            f"cache_size=-{self._cache_kib}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        self._in_transaction(lambda: self._make(tables))

    def _make(self, tables: Sequence[Table[Any]]) -> None:
        connection = self._opened()
        layout = connection.execute("PRAGMA user_version").get
        if layout not in (0, LAYOUT):
            raise StoreUnusable(str(self.path), f"its layout is version {layout}, not {LAYOUT}")
        for table in tables:
            for statement in statements(table).create:
                connection.execute(statement)
            if (wrong := difference(connection, table)) is not None:
                raise StoreUnusable(str(self.path), wrong)
        self._write_layout()

    async def insert(self, table: Table[R], rows: Sequence[R]) -> list[R]:
        """See ``Store.insert``."""
        stored = await self.insert_all([Insert(table, rows)])
        return stored[0]

    async def insert_all(self, inserts: Sequence[Insert]) -> list[list[Any]]:
        """See ``Store.insert_all``; here it is one transaction."""
        for table, rows in inserts:
            check_types(table, rows)
        if not any(rows for _, rows in inserts):
            return [[] for _ in inserts]
        return await self._run(
            lambda: self._in_transaction(lambda: [self._insert(table, rows) for table, rows in inserts])
        )

    def _insert(self, table: Table[R], rows: Sequence[R]) -> list[R]:
        if not rows:
            return []
        sql, connection = statements(table), self._opened()
        try:
            if sql.aging is not None:
                self._young.insert(connection, table, sql.aging, rows)
                return list(rows)
            before = connection.total_changes()
            connection.executemany(sql.insert, rows)
            inserted = connection.total_changes() - before
        except (*REFUSALS, OverflowError, UnicodeError) as refusal:
            raise RowRefused(table.name, _cause(refusal)) from None
        if inserted == len(rows):
            return list(rows)
        stored = self._get(table, [table.key_of(row) for row in rows])
        return [stored[table.key_of(row)] for row in rows]

    async def get(self, table: Table[R], keys: Sequence[Key]) -> dict[Key, R]:
        """See ``Store.get``."""
        return await self._run(lambda: self._get(table, keys))

    def _get(self, table: Table[R], keys: Sequence[Key]) -> dict[Key, R]:
        return {table.key_of(row): row for row in self._look_up(table, statements(table).get, keys)}

    async def find(self, table: Table[R], column: str, values: Sequence[Value]) -> list[R]:
        """See ``Store.find``."""
        check_column(table, column)
        sql = statements(table).find[column]
        asked: list[Any] = list(dict.fromkeys(values))
        found = await self._run(lambda: self._look_up(table, sql, list(zip(asked, strict=True))))
        if is_only_key(table):
            found = sorted(set(found))  # one may stand in two trees
        else:
            found.sort(key=table.key_of)
        if column != table.key[0] or asked != sorted(asked):
            at, place = table.columns.index(column), {value: index for index, value in enumerate(asked)}
            found.sort(key=lambda row: place[row[at]])
        return found

    async def others(self, table: Table[R], keys: Sequence[Key]) -> list[R]:
        """See ``Store.others``."""
        rows = await self._run(lambda: self._look_up(table, statements(table).others, keys))
        # One may be another's of several keys, or stand in two trees.
        if is_only_key(table):
            return sorted(set(rows))
        found = {table.key_of(row): row for row in rows}
        return [found[key] for key in sorted(found)]

    async def follow(self, table: Table[R], positions: Sequence[Key], limit: int | None = None) -> list[R]:
        """See ``Store.follow``."""
        bounded = [(*position, -1 if limit is None else limit) for position in positions]
        return await self._run(lambda: self._select(table, statements(table).follow, bounded))

    async def scan(self, table: Table[R], after: Key | None = None) -> AsyncIterator[R]:
        """See ``Store.scan``; a page at a time, so that the file is not held while rows are used."""
        sql = statements(table)
        while True:
            statement = sql.scan_from_start if after is None else sql.scan_beyond
            page = await self._page(table, statement, (*(after or ()), SCAN_PAGE_ROWS))
            for row in page:
                yield row
            if len(page) < SCAN_PAGE_ROWS:
                return
            after = table.key_of(page[-1])

    async def _page(self, table: Table[R], statement: str, values: Key) -> list[R]:
        return await self._run(lambda: self._select(table, statement, [values]))

    def _select(self, table: Table[R], statement: str, each: Sequence[Key]) -> list[R]:
        """The rows of ``statement`` for each of these values."""
        connection = self._opened()
        found = chain.from_iterable(connection.execute(statement, values) for values in each)
        # As ``_make`` does, but for counting the columns of each.
        return list(map(partial(tuple.__new__, table.row), found))

    def _look_up(self, table: Table[R], statement: str, keys: Sequence[Key]) -> list[R]:
        """The rows of ``statement``, which takes ``KEYS_AT_ONCE`` keys, for all of these."""
        groups = []
        for start in range(0, len(keys), KEYS_AT_ONCE):
            part = keys[start : start + KEYS_AT_ONCE]
            missing = (None,) * (len(keys[0]) * (KEYS_AT_ONCE - len(part)))
            groups.append((*chain.from_iterable(part), *missing))
        return self._select(table, statement, groups)

    async def ping(self) -> None:
        """See ``Store.ping``; it writes the layout's number again, since a full disk still answers reads."""
        await self._run(lambda: self._in_transaction(self._write_layout))

    def _write_layout(self) -> None:
        self._opened().execute(f"PRAGMA user_version={LAYOUT}")

    async def close(self) -> None:
        """See ``Store.close``."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def _run(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            raise StoreClosed(str(self.path))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except apsw.Error as error:
            meant = meaning(self.path, error)
            if meant is None:
                raise
            raise meant from error

    def _opened(self) -> apsw.Connection:
        if self._connection is None:
            raise StoreClosed(str(self.path))
        return self._connection

    def _in_transaction(self, work: Callable[[], T]) -> T:
        """Run ``work`` with the write lock from the start: who reads first is refused the lock later."""
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors, a full disk among them.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result


def _switch_to_wal(connection: apsw.Connection) -> None:
    """Wait for others that open the same new file: here, alone, SQLite gives up without its busy timeout."""
    deadline_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except apsw.BusyError:
            if time.monotonic() > deadline_s:
                raise
        time.sleep(0.01)


def _cause(refusal: Exception) -> str:
    """Without the value, which may be personal data."""
    if isinstance(refusal, OverflowError):
        return "a number does not fit 64 bits"
    if isinstance(refusal, UnicodeError):
        return "a text is not Unicode"
    return str(refusal)
