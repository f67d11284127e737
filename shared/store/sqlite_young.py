"""Random keys in two trees: rows enter a small young one, and go over to the old one in the order of the keys.

A row whose key is random costs a page of the file, which is written to the log and copied back. In a tree of a few
thousand pages many rows of a batch share a page; and of the old tree's pages, those that come next in the order of the
keys take many of the rows that have gathered. At seven million rows that is a third of the pages. Who was first does
not matter where a row says nothing beside its key, so that nobody has to look into the old tree before.

The old tree is filled a slice at a time, in the transaction of the insert that made the young one too large: no
transaction moves more than twice what it inserts, and whoever else uses the file waits no longer than for that.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import apsw

from shared.store.port import Key, Table
from shared.store.sqlite_schema import ROWS_AT_ONCE, Aging, statements

YOUNG_ROWS_MAX = 160_000
"""Fewer would put fewer rows on a page of the old tree, more would spread a batch over more pages of the young one."""


class YoungTrees:
    """What one process knows of the young trees of a file: how many rows there are, and where to go on.

    Either may be wrong where another process uses the file too; then slices are less well chosen, and no row is lost.
    """

    def __init__(self) -> None:
        self._held: dict[str, int] = {}
        self._moved: dict[str, Key | None] = {}

    def insert(self, connection: apsw.Connection, table: Table[Any], aging: Aging, rows: Sequence[Any]) -> None:
        """Insert, and move as many as are too many then; within a transaction."""
        several = len(rows) - len(rows) % ROWS_AT_ONCE
        for start in range(0, several, ROWS_AT_ONCE):
            connection.execute(aging.several, tuple(chain.from_iterable(rows[start : start + ROWS_AT_ONCE])))
        connection.executemany(statements(table).insert, rows[several:])
        held = self._held.get(table.name)
        held = self._count(connection, aging) if held is None else held + len(rows)
        if held > YOUNG_ROWS_MAX:
            held -= self._move(connection, table, aging, min(held - YOUNG_ROWS_MAX, 2 * len(rows)))
            if self._moved[table.name] is None:
                held = self._count(connection, aging)
        self._held[table.name] = held

    def _move(self, connection: apsw.Connection, table: Table[Any], aging: Aging, rows: int) -> int:
        """Move about so many of the rows that come next in the order of the keys; after the last one begins anew."""
        after = self._moved.get(table.name)
        last: Key | None = None
        first = _one(connection, aging.lowest) if after is None else _one(connection, aging.further, (*after, 0))
        if first is not None:
            last = _one(connection, aging.further, (*first, rows - 1))
            bounds = (*first, *(last or _one(connection, aging.highest) or first))
            connection.execute(aging.move, bounds)
            connection.execute(aging.drop, bounds)
            rows = connection.changes()
        self._moved[table.name] = last
        return rows

    def _count(self, connection: apsw.Connection, aging: Aging) -> int:
        return int(connection.execute(aging.count).get)


def _one(connection: apsw.Connection, statement: str, values: Key = ()) -> Key | None:
    row: Key | None = connection.execute(statement, values).fetchone()
    return row
