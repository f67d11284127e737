"""The rows of one limit's log, and who holds what after each of them. It only grows.

All the states of a log that are in use share one index, and each sees of it what was so after its own last row. So a
row costs what it says, and not a copy of all holders.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson

from shared.store.tables import LimitRow

Cause = tuple[str, int, int]
"""A topic, partition and offset."""


class Holding(NamedTuple):
    """What a holder holds from row ``n`` on, and what it held before; takers of one row share one where they can."""

    n: int
    amount: int
    before: "Holding | None"


class LimitIndex:
    """Rows 1…n of one log in their order."""

    __slots__ = ("_causes", "_held", "rows")

    def __init__(self) -> None:
        self.rows: list[LimitRow] = []
        self._causes: dict[Cause, tuple[LimitRow, ...]] = {}
        self._held: dict[str, Holding] = {}

    def __len__(self) -> int:
        """Rows and holders: what it takes of the memory."""
        return len(self.rows) + len(self._held)

    def add(self, row: LimitRow, holders: Mapping[str, int]) -> None:
        """The next row, by which ``holders`` take or give back."""
        self.rows.append(row)
        cause = (row.topic, row.partition, row.offset)
        self._causes[cause] = (*self._causes.get(cause, ()), row)
        sign = -1 if row.kind == "free" else 1
        alike: dict[int, Holding] = {}
        for holder, amount in holders.items():
            before = self._held.get(holder)
            if before is not None:
                held = Holding(row.n, before.amount + sign * amount, before)
            elif (known := alike.get(amount)) is not None:
                held = known
            else:
                held = alike[amount] = Holding(row.n, sign * amount, None)
            self._held[holder] = held

    def until(self, n: int) -> "LimitIndex":
        """Another one, of the first ``n`` rows."""
        index = LimitIndex()
        for row in self.rows[:n]:
            index.add(row, orjson.loads(row.holders))
        return index

    def caused_by(self, cause: Cause, n: int) -> tuple[LimitRow, ...]:
        """Which of the first ``n`` rows this record caused."""
        found = self._causes.get(cause, ())
        return found if not found or found[-1].n <= n else tuple(row for row in found if row.n <= n)

    def held(self, holder: str, n: int) -> int:
        """What it holds after row ``n``; 0 where it holds nothing."""
        return self.held_by((holder,), n).get(holder, 0)

    def held_by(self, holders: Iterable[str], n: int) -> dict[str, int]:
        """``held`` of many, without those who hold nothing."""
        found: dict[str, int] = {}
        for holder in holders:
            holding = self._held.get(holder)
            while holding is not None and holding.n > n:
                holding = holding.before
            if holding is not None and holding.amount:
                found[holder] = holding.amount
        return found

    def holders(self) -> Iterator[str]:
        """Whoever holds or has held."""
        return iter(list(self._held))


class Holders(Mapping[str, int]):
    """Who holds what after row ``n``. To look one up costs the same for any number of them; to count them does not."""

    __slots__ = ("_index", "_n")

    def __init__(self, index: LimitIndex, n: int) -> None:
        self._index, self._n = index, n

    def __getitem__(self, holder: str) -> int:
        """What it holds; raises ``KeyError`` where that is nothing."""
        held = self._index.held(holder, self._n)
        if not held:
            raise KeyError(holder)
        return held

    def __contains__(self, holder: object) -> bool:
        """Whether it holds anything."""
        return isinstance(holder, str) and self._index.held(holder, self._n) != 0

    def __iter__(self) -> Iterator[str]:
        """In the order in which they first came."""
        return (holder for holder in self._index.holders() if holder in self)

    def __len__(self) -> int:
        """How many hold anything."""
        return sum(1 for _ in self)
