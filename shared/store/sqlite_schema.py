"""Tables as SQL: the statements of one table, and the check that a file holds what this version writes."""

from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import apsw

from shared.store.port import Table
from shared.store.rows import column_types

# How tables are laid out in a file, in PRAGMA user_version. A later layout gets the next number.
LAYOUT = 2

# Keys looked up by one statement; missing ones are given as NULL, which equals nothing. A statement for each key takes
# half as long again for keys that are there, and three times as long for keys that are not.
KEYS_AT_ONCE = 128

# Rows that one statement inserts into a young tree, which takes a third less than a statement for each.
ROWS_AT_ONCE = 64

_SQL_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL", bytes: "BLOB"}


@dataclass(frozen=True, slots=True)
class Statements:
    """The SQL of one table. All are the same text for every batch size, so that SQLite prepares each once."""

    create: tuple[str, ...]
    insert: str
    get: str
    others: str
    follow: str
    scan_from_start: str
    scan_beyond: str
    find: dict[str, str]
    aging: "Aging | None" = None


@dataclass(frozen=True, slots=True)
class Aging:
    """How rows of a table that has two trees go into the young one and on to the old one (``sqlite_young.py``).

    ``several`` inserts ``ROWS_AT_ONCE`` rows at once. Bounds are whole rows, both included.
    """

    several: str
    count: str
    lowest: str
    highest: str
    further: str
    move: str
    drop: str


@cache
def statements(table: Table[Any]) -> Statements:
    """The SQL of ``table``; names are quoted, since ``group`` and ``offset`` are words of SQL."""
    key = _list(table.key)
    served = (table.key[0], *(index[0] for index in table.indexes))
    same_prefix = "".join(f"{_quoted(column)} = ?{place} AND " for place, column in enumerate(table.key[:-1], 1))
    last, limit = len(table.key), len(table.key) + 1
    in_order = f"ORDER BY {key} LIMIT"
    return Statements(
        create=tuple(chain.from_iterable(_created(table, tree) for tree in trees(table))),
        insert=_insert(table, trees(table)[0], f"VALUES ({_marks(table.columns)})"),
        get=_look_up(table, table.key),
        others=_look_up(table, table.key[:1], unlike=table.key[1:] or table.key),
        follow=f"{_select(table, f'WHERE {same_prefix}{_quoted(table.key[-1])} > ?{last}')} {in_order} ?{limit}",
        scan_from_start=f"{_select(table)} {in_order} ?1",
        scan_beyond=f"{_select(table, f'WHERE ({key}) > ({_numbered(table.key)})')} {in_order} ?{limit}",
        find={column: _look_up(table, (column,)) for column in served},
        aging=_aging(table) if len(trees(table)) > 1 else None,
    )


def trees(table: Table[Any]) -> tuple[str, ...]:
    """The trees that hold a table's rows, the one that is inserted into first.

    A row that is nothing but its key may stand in several, since all of them say the same.
    """
    return (f"{table.name}_young", table.name) if is_only_key(table) else (table.name,)


def _insert(table: Table[Any], tree: str, rows: str) -> str:
    into = f"INTO {_quoted(tree)} ({_list(table.columns)}) {rows}"
    # OR IGNORE passes over what else is wrong with a row, but types are checked before. As it cannot break off among
    # several rows, SQLite keeps no copy of each page for that case.
    return f"INSERT OR IGNORE {into}" if is_only_key(table) else f"INSERT {into} ON CONFLICT DO NOTHING"


def _select(table: Table[Any], where: str = "") -> str:
    """The rows of all trees, each once; those of one statement are of one moment."""
    columns = _list(table.columns)
    return " UNION ".join(f"SELECT {columns} FROM {_quoted(tree)} {where}" for tree in trees(table))  # noqa: S608


def _aging(table: Table[Any]) -> Aging:
    young, old = trees(table)
    name, key, lower = _quoted(young), _list(table.key), _numbered(table.key)
    between = f"WHERE ({key}) >= ({lower}) AND ({key}) <= ({_numbered(table.key, len(table.key) + 1)})"
    descending = ", ".join(f"{_quoted(column)} DESC" for column in table.key)
    rows = f"SELECT {key} FROM {name}"  # noqa: S608 - names come from code, never from input
    values = f"({_marks(table.columns)})"
    return Aging(
        several=_insert(table, young, f"VALUES {', '.join([values] * ROWS_AT_ONCE)}"),
        count=f"SELECT count(*) FROM {name}",  # noqa: S608
        lowest=f"{rows} ORDER BY {key} LIMIT 1",
        highest=f"{rows} ORDER BY {descending} LIMIT 1",
        further=f"{rows} WHERE ({key}) >= ({lower}) ORDER BY {key} LIMIT 1 OFFSET ?{len(table.key) + 1}",
        move=_insert(table, old, f"{rows} {between} ORDER BY {key}"),
        drop=f"DELETE FROM {name} {between}",  # noqa: S608
    )


def _created(table: Table[Any], tree: str) -> tuple[str, ...]:
    """One tree of a table, with its unique key and its indexes.

    With a rowid and an index: rows are wide and keys random, where WITHOUT ROWID inserts three times slower. A row that
    is nothing but its key is kept once, in the key's own tree, at half the size.
    """
    name, key, definitions = _quoted(tree), _list(table.key), ", ".join(_definitions(table))
    if is_only_key(table):
        return (f"CREATE TABLE IF NOT EXISTS {name} ({definitions}, PRIMARY KEY ({key})) WITHOUT ROWID, STRICT",)
    return (
        f"CREATE TABLE IF NOT EXISTS {name} ({definitions}) STRICT",
        f"CREATE UNIQUE INDEX IF NOT EXISTS {_quoted(f'{tree}_key')} ON {name} ({key})",
        *(
            f"CREATE INDEX IF NOT EXISTS {_quoted('_'.join((tree, 'by', *index)))} ON {name} ({_list(index)})"
            for index in table.indexes
        ),
    )


def is_only_key(table: Table[Any]) -> bool:
    """Whether a row has no column besides its key, and is looked for by nothing else."""
    return table.key == table.columns and not table.indexes


def _look_up(table: Table[Any], by: tuple[str, ...], unlike: tuple[str, ...] = ()) -> str:
    """The rows under any of ``KEYS_AT_ONCE`` values of ``by``, in no order; the join's direction is the index's use.

    Those whose further columns ``unlike`` are all as asked are left out. A row that stands in two trees comes twice.
    """
    given = tuple(dict.fromkeys((*by, *unlike)))
    asked = ", ".join([f"({_marks(given)})"] * KEYS_AT_ONCE)
    columns = _of("found", table.columns)
    matches = f"({_of('found', by)}) = ({_of('asked', by)})"
    if unlike:
        matches += f" AND ({_of('found', unlike)}) <> ({_of('asked', unlike)})"
    found = " UNION ALL ".join(
        f"SELECT {columns} FROM asked CROSS JOIN {_quoted(tree)} AS found ON {matches}"  # noqa: S608
        for tree in trees(table)
    )
    return f"WITH asked ({_list(given)}) AS (VALUES {asked}) {found}"


def difference(connection: apsw.Connection, table: Table[Any]) -> str | None:
    """How the table of that name in the file differs from ``table``, as a clause; None where it doesn't."""
    return next((wrong for tree in trees(table) if (wrong := _difference(connection, table, tree))), None)


def _difference(connection: apsw.Connection, table: Table[Any], tree: str) -> str | None:
    found: list[Any] = connection.execute(f"PRAGMA table_info({_quoted(tree)})").fetchall()
    if not found:
        return f"table {tree} is missing"
    has = [_definition(column, sql_type, not not_null) for _, column, sql_type, not_null, _, _ in found]
    if has != _definitions(table):
        must = ", ".join(_definitions(table))
        return f"table {tree} has the columns {', '.join(has)}, and must have {must}"
    if is_only_key(table):
        # Its place in the key, from 1; 0 for a column outside of it.
        by_place = sorted((place, column) for _, column, _, _, _, place in found if place)
        indexed = tuple(column for _, column in by_place)
    else:
        parts = connection.execute(f"PRAGMA index_info({_quoted(f'{tree}_key')})").fetchall()
        indexed = tuple(column for _, _, column in parts)
    if indexed != table.key:
        return f"table {tree} must be unique by {', '.join(table.key)}"
    return None


def _definitions(table: Table[Any]) -> list[str]:
    return [
        _definition(column, _SQL_TYPES[held], nullable)
        for column, (held, nullable) in zip(table.columns, column_types(table), strict=True)
    ]


def _definition(column: str, sql_type: str, nullable: bool) -> str:
    return f"{_quoted(column)} {sql_type}{'' if nullable else ' NOT NULL'}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, columns))


def _of(source: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{source}.{_quoted(column)}" for column in columns)


def _marks(columns: tuple[str, ...]) -> str:
    return ", ".join("?" * len(columns))


def _numbered(columns: tuple[str, ...], first: int = 1) -> str:
    return ", ".join(f"?{number}" for number, _ in enumerate(columns, first))
