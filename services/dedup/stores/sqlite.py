"""Bulk building on SQLite: keys are laid aside in shares, each sorted in memory, and inserted in order.

In random order a row of the index costs a page of the file, in order it costs a hundredth of one.
"""

import contextlib
import shutil
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final

import apsw

from services.dedup.index import BLOCK_MAX
from services.dedup.loading.prepare import SHARES, Prepared
from services.dedup.matching.engine import Engine
from services.dedup.matching.traits import TRAIT_BITS
from services.dedup.stores.bulk import Advance
from services.dedup.tables import INDEX, LOADED, REVISIONS
from shared.store.port import StoreUnusable, Table
from shared.store.sqlite_connection import connect
from shared.store.sqlite_schema import trees

_CACHE_KIB: Final = 98_304
_LOG_PAGES: Final = 8_000
_BUSY_S: Final = 60.0
_SLICE: Final = 50_000
_ASK_FROM: Final = BLOCK_MAX // 4
"""A block that gets so many rows at once is first asked what it has; smaller ones may go over by this many."""

_BLOCK: Final = " UNION ".join(f'SELECT entry FROM "{tree}" WHERE key = ?1' for tree in trees(INDEX))  # noqa: S608
_SIZE: Final = f"SELECT count(*) FROM ({_BLOCK})"  # noqa: S608

Pair = tuple[int, int]
Over = tuple[int, int, int | None]


class SqliteBulk:
    """See ``Bulk``. The file has its tables already; what is laid aside stands in a folder beside it."""

    def __init__(self, path: Path, engine: Engine) -> None:
        """Raises ``StoreUnusable``."""
        self._engine, self._aside = engine, path.with_name(path.name + ".loading")
        shutil.rmtree(self._aside, ignore_errors=True)
        try:
            self._aside.mkdir()
            self._shares: list[BinaryIO] = [(self._aside / f"{n:03}").open("w+b") for n in range(SHARES)]
            self._connection = connect(path, _BUSY_S)
            self._connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            # Safe with a log: after a power cut the load is run again.
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
            self._connection.execute("ATTACH ? AS aside", (str(self._aside / "over.db"),))
            self._connection.execute("PRAGMA aside.journal_mode=OFF")
            self._connection.execute("PRAGMA aside.synchronous=OFF")
            for name in ("by_year", "by_place"):
                self._connection.execute(f"CREATE TABLE aside.{name} (key INTEGER, entry INTEGER, next INTEGER)")
            self._connection.execute("CREATE TABLE aside.over (entry INTEGER, key INTEGER, next INTEGER)")
        except (apsw.Error, OSError) as error:
            raise StoreUnusable(str(path), str(error)) from error

    def add(self, prepared: Prepared) -> int:
        """See ``Bulk.add``."""
        with self._transaction():
            added = self._insert(REVISIONS, prepared.revisions)
        for file, keys in zip(self._shares, prepared.keys, strict=True):
            file.write(keys)
        return added

    def finish(self, advance: Advance) -> int:
        """See ``Bulk.finish``."""
        rows = 0
        for file in self._shares:
            rows += self._fill_share(_sorted(file), advance)
        self._extend("by_year")
        rows += self._fill(self._laid_aside("by_year"), advance)
        with self._transaction():
            self._connection.execute("INSERT INTO aside.by_place SELECT next, entry, NULL FROM aside.over")
            self._connection.execute("DELETE FROM aside.over")
        # Whoever finds no room here is not found by this key; who looks is told that the block is full.
        return rows + self._fill(self._laid_aside("by_place"), advance)

    def close(self) -> None:
        """See ``Bulk.close``."""
        self._connection.close()
        for file in self._shares:
            file.close()
        shutil.rmtree(self._aside, ignore_errors=True)

    def _fill_share(self, pairs: list[Pair], advance: Advance) -> int:
        """Insert a share of the keys, which are sorted."""
        if not pairs:
            return 0
        crowded = {one[0] for one, other in zip(pairs, pairs[_ASK_FROM - 1 :], strict=False) if one[0] == other[0]}
        rest = pairs
        if crowded:
            rest = [pair for pair in pairs if pair[0] not in crowded]
        with self._transaction():
            rows = self._insert(INDEX, rest)
        advance(len(rest))
        if crowded:
            rows += self._fill(((*pair, None) for pair in pairs if pair[0] in crowded), advance)
        return rows

    def _laid_aside(self, name: str) -> Iterable[Over]:
        return self._connection.execute(f"SELECT key, entry, next FROM aside.{name} ORDER BY key, entry")  # noqa: S608

    def _fill(self, asked: Iterable[Over], advance: Advance) -> int:
        """Insert rows, which come in order, into their blocks; what finds no room goes over."""
        rows = 0
        for kept, over in self._slices(asked):
            with self._transaction():
                rows += self._insert(INDEX, kept)
                self._connection.executemany("INSERT INTO aside.over VALUES (?, ?, ?)", over)
            advance(len(kept))
        return rows

    def _slices(self, asked: Iterable[Over]) -> Iterator[tuple[list[Pair], list[Over]]]:
        kept: list[Pair] = []
        over: list[Over] = []
        for key, block in groupby(asked, itemgetter(0)):
            members = list(block)
            room = len(members) if len(members) < _ASK_FROM else BLOCK_MAX - self._size(key)
            kept += (member[:2] for member in members[: max(room, 0)])
            over += ((entry, key, following) for _, entry, following in members[max(room, 0) :])
            if len(kept) >= _SLICE or len(over) >= _SLICE:
                yield kept, over
                kept, over = [], []
        yield kept, over

    def _size(self, key: int) -> int:
        return int(self._connection.execute(_SIZE, (key,)).get)

    def _extend(self, name: str) -> None:
        """Lay those who went over aside under their extended keys."""
        sql = (
            f'SELECT over.entry, over.key, found.packed FROM aside.over CROSS JOIN "{REVISIONS.name}" AS found '  # noqa: S608
            f"ON found.ref = over.entry >> {TRAIT_BITS} AND found.revision = ?"
        )
        asked = self._connection.execute(sql, (LOADED,))
        extended: list[tuple[int, int, int]] = []
        while rows := list(islice(asked, _SLICE)):
            for entry, key, packed in rows:
                by_year, by_place = self._engine.extended(key, self._engine.unpack(packed))
                extended.append((by_year, entry, by_place))
            with self._transaction():
                self._connection.executemany(f"INSERT INTO aside.{name} VALUES (?, ?, ?)", extended)  # noqa: S608
            extended.clear()
        self._connection.execute("DELETE FROM aside.over")

    def _insert(self, table: Table[Any], rows: Sequence[Any]) -> int:
        marks = ", ".join("?" * len(table.columns))
        sql = f'INSERT INTO "{table.name}" VALUES ({marks}) ON CONFLICT DO NOTHING'  # noqa: S608
        before = self._connection.total_changes()
        self._connection.executemany(sql, rows)
        return self._connection.total_changes() - before

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _sorted(share: BinaryIO) -> list[Pair]:
    share.seek(0)
    numbers = array("q", share.read())
    return sorted(zip(numbers[::2], numbers[1::2], strict=True))
