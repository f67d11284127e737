"""Keys as text that sorts as the keys do: a document's ``_id``.

One text field, because it is the one index that each server of this protocol uses for equality and for
``$in``; sorted as the keys, because a range of it is then a log's tail, or all rows of one subject.
``("a-1", 2, 30)`` is ``a-1 a2 b30``.
"""

import re
from collections.abc import Mapping
from typing import Any

from shared.store.port import Key, Table, Value

# Below the separator's successor nothing may stand in a part, or it would sort among the separators.
_SEPARATOR, _BEYOND_SEPARATOR = " ", "!"
_LOW = re.compile(r"[\x00-!]")


def id_of(key: Key) -> str:
    """The ``_id`` of the row under ``key``."""
    return _SEPARATOR.join(map(_part, key))


def ids_below(prefix: Key) -> Mapping[str, Any]:
    """The condition on ``_id`` for longer keys that begin with ``prefix``."""
    start = id_of(prefix)
    return {"$gt": start + _SEPARATOR, "$lt": start + _BEYOND_SEPARATOR}


def ids_beyond(position: Key) -> Mapping[str, Any]:
    """The condition on ``_id`` for keys that agree with ``position`` in all columns but the last, and lie beyond it."""
    if len(position) == 1:
        return {"$gt": id_of(position)}
    return {"$gt": id_of(position), "$lt": id_of(position[:-1]) + _BEYOND_SEPARATOR}


def document(table: Table[Any], row: Any) -> dict[str, Any]:
    """The row as a document: the columns by name, and the key once more as ``_id``."""
    return {"_id": id_of(table.key_of(row)), **dict(zip(table.columns, row, strict=True))}


def _part(value: Value) -> str:
    if isinstance(value, str):
        return _LOW.sub(lambda found: f"!{chr(ord(found[0]) + 0x30)}", value)
    if isinstance(value, int):
        return _digits(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"a key is made of str, int and bytes, not {type(value).__name__}")


def _digits(value: int) -> str:
    """Decimal behind a letter for the count of digits; below zero, all of it turned round to sort the other way."""
    digits = str(abs(value))
    if value >= 0:
        return chr(ord("a") + len(digits) - 1) + digits
    return chr(ord("Z") - len(digits) + 1) + "".join(str(9 - int(digit)) for digit in digits)
