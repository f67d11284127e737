"""Tables as SQL: the statements of one table, and the check that a file holds what this version writes."""

import sqlite3
from dataclasses import dataclass
from functools import cache
from typing import Any

from shared.store.port import Table
from shared.store.rows import column_types

# How tables are laid out in a file, in PRAGMA user_version. A later layout gets the next number.
LAYOUT = 1

# Keys looked up by one statement; missing ones are given as NULL, which equals nothing. A statement for each key takes
# half as long again for keys that are there, and three times as long for keys that are not.
KEYS_AT_ONCE = 128

_SQL_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL", bytes: "BLOB"}


@dataclass(frozen=True, slots=True)
class Statements:
    """The SQL of one table. All are the same text for every batch size, so that SQLite prepares each once."""

    create: tuple[str, ...]
    insert: str
    get: str
    follow: str
    scan_from_start: str
    scan_beyond: str
    find: dict[str, str]


@cache
def statements(table: Table[Any]) -> Statements:
    """The SQL of ``table``; names are quoted, since ``group`` and ``offset`` are words of SQL."""
    name, columns, key = _quoted(table.name), _list(table.columns), _list(table.key)
    served = (table.key[0], *(index[0] for index in table.indexes))
    select = f"SELECT {columns} FROM {name}"  # noqa: S608 - names come from code, never from input
    same_prefix = "".join(f"{_quoted(column)} = ? AND " for column in table.key[:-1])
    return Statements(
        create=(
            *_created(table),
            *(
                f"CREATE INDEX IF NOT EXISTS {_quoted('_'.join((table.name, 'by', *index)))} ON {name} ({_list(index)})"
                for index in table.indexes
            ),
        ),
        insert=f"INSERT INTO {name} VALUES ({_marks(table.columns)}) ON CONFLICT DO NOTHING",  # noqa: S608
        get=_look_up(table, table.key),
        follow=f"{select} WHERE {same_prefix}{_quoted(table.key[-1])} > ? ORDER BY {key} LIMIT ?",
        scan_from_start=f"{select} ORDER BY {key} LIMIT ?",
        scan_beyond=f"{select} WHERE ({key}) > ({_marks(table.key)}) ORDER BY {key} LIMIT ?",
        find={column: _look_up(table, (column,)) for column in served},
    )


def _created(table: Table[Any]) -> tuple[str, ...]:
    """A table with its unique key.

    With a rowid and an index: rows are wide and keys random, where WITHOUT ROWID inserts three times slower. A row that
    is nothing but its key is kept once, in the key's own tree, at half the size.
    """
    name, key, definitions = _quoted(table.name), _list(table.key), ", ".join(_definitions(table))
    if is_only_key(table):
        return (f"CREATE TABLE IF NOT EXISTS {name} ({definitions}, PRIMARY KEY ({key})) WITHOUT ROWID, STRICT",)
    return (
        f"CREATE TABLE IF NOT EXISTS {name} ({definitions}) STRICT",
        f"CREATE UNIQUE INDEX IF NOT EXISTS {_quoted(f'{table.name}_key')} ON {name} ({key})",
    )


def is_only_key(table: Table[Any]) -> bool:
    """Whether a row has no column besides its key."""
    return table.key == table.columns


def _look_up(table: Table[Any], by: tuple[str, ...]) -> str:
    """The rows under any of ``KEYS_AT_ONCE`` values of ``by``, in no order; the join's direction is the index's use."""
    asked = ", ".join([f"({_marks(by)})"] * KEYS_AT_ONCE)
    columns = ", ".join(f"found.{_quoted(column)}" for column in table.columns)
    equal = " AND ".join(f"found.{_quoted(column)} = asked.{_quoted(column)}" for column in by)
    return (
        f"WITH asked ({_list(by)}) AS (VALUES {asked}) "  # noqa: S608
        f"SELECT {columns} FROM asked CROSS JOIN {_quoted(table.name)} AS found ON {equal}"
    )


def difference(connection: sqlite3.Connection, table: Table[Any]) -> str | None:
    """How the table of that name in the file differs from ``table``, as a clause; None where it doesn't."""
    found = connection.execute(f"PRAGMA table_info({_quoted(table.name)})").fetchall()
    if not found:
        return f"table {table.name} is missing"
    has = [_definition(column, sql_type, not not_null) for _, column, sql_type, not_null, _, _ in found]
    if has != _definitions(table):
        must = ", ".join(_definitions(table))
        return f"table {table.name} has the columns {', '.join(has)}, and must have {must}"
    if is_only_key(table):
        # Its place in the key, from 1; 0 for a column outside of it.
        by_place = sorted((place, column) for _, column, _, _, _, place in found if place)
        indexed = tuple(column for _, column in by_place)
    else:
        parts = connection.execute(f"PRAGMA index_info({_quoted(f'{table.name}_key')})").fetchall()
        indexed = tuple(column for _, _, column in parts)
    if indexed != table.key:
        return f"table {table.name} must be unique by {', '.join(table.key)}"
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


def _marks(columns: tuple[str, ...]) -> str:
    return ", ".join("?" * len(columns))
