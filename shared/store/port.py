"""The store as stages see it: unique inserts, and reads.

There is no update and no delete. What changes is the next numbered row, so that an insert under a unique
key, which is atomic on every store, is the only thing that correctness rests on; and what is read is an
audit trail.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from shared.errors import DsrError

Value = str | int | float | bytes | None
Key = tuple[Value, ...]
R = TypeVar("R", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True, eq=False)
class Table(Generic[R]):
    """A named set of rows of one ``NamedTuple`` type. Two are the same where they are one object.

    ``key`` is unique, and made of str, int and bytes. ``indexes`` lists further columns, or groups of them,
    that ``find`` may be asked for. A column is a str, int, float or bytes, or one of these or None;
    structured content is JSON in bytes.
    """

    name: str
    row: type[R]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    key_of: Callable[[R], Key] = field(init=False, repr=False)
    """A row's unique key; made once, since it is asked of every row that is read."""

    def __post_init__(self) -> None:
        """Find the key's places in a row."""
        object.__setattr__(self, "key_of", taking(self.columns, self.key))

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in row order."""
        fields: tuple[str, ...] = self.row._fields  # type: ignore[attr-defined]
        return fields


def taking(columns: Sequence[str], wanted: Sequence[str]) -> Callable[[Any], Key]:
    """Takes the ``wanted`` columns from a row of ``columns``, as a tuple, be they none, one or several."""
    places = [columns.index(column) for column in wanted]
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


class Insert(NamedTuple):
    """Rows for one table, to be inserted together with others."""

    table: Table[Any]
    rows: Sequence[Any]


class StoreAway(DsrError):
    """The store cannot be reached, is locked or has no room: wait and try again. Never a dead letter."""

    def __init__(self, store: str, cause: str) -> None:
        self.store, self.cause = store, cause
        super().__init__(f"The store {store} is away ({cause}); waiting for it.")


class StoreUnusable(DsrError):
    """The store will not become right by waiting: a wrong path, another schema, no permission."""

    def __init__(self, store: str, cause: str) -> None:
        self.store, self.cause = store, cause
        super().__init__(f"The store {store} cannot be used: {cause}.")


class StoreClosed(DsrError):
    """Used before ``open`` or after ``close``: a fault of ours."""

    def __init__(self, store: str) -> None:
        self.store = store
        super().__init__(f"The store {store} is not open.")


class RowRefused(DsrError):
    """No store holds such a row: a wrong type, a number beyond 64 bits, text not Unicode. A fault of ours."""

    def __init__(self, table: str, cause: str) -> None:
        self.table, self.cause = table, cause
        super().__init__(f"A row for table {table} cannot be stored: {cause}.")


class Store(Protocol):
    """Unique inserts and reads.

    Every method but ``close`` may raise ``StoreAway``, and ``StoreClosed`` when the store is not open. A method
    that raised ``StoreAway`` may have done its work all the same: do it again, it is harmless.
    """

    async def open(self, tables: Sequence[Table[Any]]) -> None:
        """Make the tables and their unique indexes where they are missing; raises ``StoreUnusable``."""

    async def insert(self, table: Table[R], rows: Sequence[R]) -> list[R]:
        """Insert; the first writer wins. Durable on return.

        Returns for each row given, in order, the row that is now stored under its key: the same one, or the
        row of whoever came first (which may be an earlier one of ``rows``). Where it is the very object that was given,
        made for this call, the row went in now (not so in a table whose rows are nothing but their key); another object
        may be equal to it and tells nothing of when. Raises ``RowRefused``.
        """

    async def insert_all(self, inserts: Sequence[Insert]) -> list[list[Any]]:
        """``insert`` into several tables, in this order, in one round trip where possible. No transaction."""

    async def get(self, table: Table[R], keys: Sequence[Key]) -> dict[Key, R]:
        """The rows under these unique keys; keys without a row are absent."""

    async def find(self, table: Table[R], column: str, values: Sequence[Value]) -> list[R]:
        """The rows whose ``column`` is one of ``values``: in the values' order, by key order within a value.

        ``column`` is the first column of the key or of an index; anything else raises ``ValueError``. None as a value
        finds nothing, as in SQL.
        """

    async def others(self, table: Table[R], keys: Sequence[Key]) -> list[R]:
        """For these full keys the rows that agree with one of them in the first column and have another key than that.

        It is how whoever has inserted rows asks who else is there, without reading his own again; mostly nobody is.
        Each once, in key order.
        """

    async def follow(self, table: Table[R], positions: Sequence[Key], limit: int | None = None) -> list[R]:
        """For each position (a full key) the rows that agree in all key columns but the last, and lie beyond.

        It is how a reader that knows rows 1…n of a log asks for the rest. In the order of the positions, by
        key order within one, at most ``limit`` rows of each; a row that is beyond several positions comes for
        each of them.
        """

    def scan(self, table: Table[R], after: Key | None = None) -> AsyncIterator[R]:
        """All rows in key order, beyond ``after`` if that is given: for checks, rebuilds and reports."""

    async def ping(self) -> None:
        """Raise ``StoreAway`` unless the store answers and takes writes."""

    async def close(self) -> None:
        """Let go of the store; calling it twice is harmless."""


def check_column(table: Table[Any], column: str) -> None:
    """Raise ``ValueError`` unless ``find`` can answer for ``column`` without reading the whole table."""
    served = {table.key[0], *(index[0] for index in table.indexes)}
    if column not in served:
        raise ValueError(f"table {table.name} has no index on {column}; it has {sorted(served)}")
