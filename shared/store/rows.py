"""Which rows a store can hold: the one check that every adapter makes, so that they refuse the same."""

import math
import types
from collections.abc import Sequence
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from shared.store.port import RowRefused, Table

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


@cache
def column_types(table: Table[Any]) -> tuple[tuple[type, bool], ...]:
    """For each column its type (str, int, float or bytes) and whether it may be None.

    Raises ``TypeError`` where a row type has a column that no store can hold.
    """
    hints = get_type_hints(table.row)
    return tuple(_column_type(table, column, hints[column]) for column in table.columns)


def _column_type(table: Table[Any], column: str, hint: Any) -> tuple[type, bool]:
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    held = [option for option in options if option is not types.NoneType]
    if len(held) != 1 or held[0] not in (str, int, float, bytes):
        raise TypeError(f"column {table.name}.{column} is {hint}; a store holds str, int, float, bytes, perhaps None")
    if column in table.key and (len(options) > 1 or held[0] is float):
        raise TypeError(f"column {table.name}.{column} is {hint}; a key is made of str, int and bytes")
    return held[0], len(options) > 1


@cache
def _plain_types(table: Table[Any]) -> tuple[type, ...]:
    return tuple(held for held, _ in column_types(table))


def check_types(table: Table[Any], rows: Sequence[Any]) -> None:
    """Raise ``RowRefused`` unless every value has its column's type, NaN having none."""
    plain = _plain_types(table)
    if not rows or (len(rows) == 1 and tuple(map(type, rows[0])) == plain and float not in plain):
        return
    # A column at a time: many rows one by one cost as much as inserting them.
    if float in plain or any(
        set(map(type, values)) != {held} for values, held in zip(zip(*rows, strict=True), plain, strict=True)
    ):
        for row in rows:
            _check_each(table, row)


def _check_each(table: Table[Any], row: Any) -> None:
    for column, value, (held, nullable) in zip(table.columns, row, column_types(table), strict=True):
        accepted = isinstance(value, held) or (held is float and isinstance(value, int))
        if isinstance(value, bool) or not (accepted or (value is None and nullable)):
            raise RowRefused(table.name, f"column {column} holds {held.__name__}, not {type(value).__name__}")
        if isinstance(value, float) and math.isnan(value):
            raise RowRefused(table.name, f"column {column} is not a number")


def check_ranges(table: Table[Any], rows: Sequence[Any]) -> None:
    """Raise ``RowRefused`` for integers beyond 64 bits and lone surrogates, which SQLite refuses by itself."""
    for row in rows:
        for place, value in enumerate(row):
            if isinstance(value, int):
                if not INT_MIN <= value <= INT_MAX:
                    raise RowRefused(table.name, f"the number in column {table.columns[place]} does not fit 64 bits")
            elif isinstance(value, str) and not (value.isascii() or _is_unicode(value)):
                raise RowRefused(table.name, f"the text in column {table.columns[place]} is not Unicode")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
