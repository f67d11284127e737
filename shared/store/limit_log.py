"""One limit's log: what is offered, taken and free, computed from its rows and from nothing else (design.md §5).

Pure: a ``Log`` is a value, and ``allowed`` says which row may follow. ``limits.py`` brings it to the store.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import msgspec
import orjson

from shared.errors import DsrError
from shared.stage.records import Origin
from shared.store.limit_index import Holders, LimitIndex
from shared.store.tables import LimitRow

Reason = Literal[
    "not_next", "malformed", "caused_already", "frozen", "full", "below_taken", "holds_already", "not_held"
]

_HOLDERS = msgspec.json.Encoder(order="sorted")
"""Not orjson, whose results hold four kilobytes each, however short: the rows of a log stay in memory."""

_SENTENCES: Mapping[Reason, str] = {
    "not_next": "it is not the row after the last one",
    "malformed": "its amount and holders do not fit its kind",
    "caused_already": "the same record has already caused such a row here",
    "frozen": "the limit is frozen",
    "full": "not enough is free",
    "below_taken": "more than that is taken already",
    "holds_already": "one of its holders holds already",
    "not_held": "one of its holders does not hold as much",
}


class LimitRefused(DsrError):
    """A row that may not follow; ``reason`` says why. Look at the log before, or decide otherwise."""

    def __init__(self, log: str, kind: str, reason: Reason) -> None:
        self.log, self.kind, self.reason = log, kind, reason
        super().__init__(f"Limit {log} cannot take a row of kind {kind}: {_SENTENCES[reason]}.")


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """The state of a limit after row ``n``. Amounts are places or poisha.

    It stays as it is when the limit grows, although what is longer is built on the same ``index``.
    """

    name: str
    n: int = 0
    offered: int = 0
    taken: int = 0
    frozen: bool = False
    index: LimitIndex = field(default_factory=LimitIndex, repr=False)

    def __eq__(self, other: object) -> bool:
        """Two logs are the same where their rows are."""
        return isinstance(other, Log) and (self.name, self.rows) == (other.name, other.rows)

    __hash__ = None  # type: ignore[assignment]

    @property
    def rows(self) -> tuple[LimitRow, ...]:
        """All of them; a copy, so look at ``last`` and ``backwards`` where that is enough."""
        return tuple(self.index.rows[: self.n])

    @property
    def last(self) -> LimitRow:
        """Row ``n``; raises ``IndexError`` where there is none."""
        if not self.n:
            raise IndexError(self.name)
        return self.index.rows[self.n - 1]

    def backwards(self) -> Iterator[LimitRow]:
        """The rows from the last one back to the first."""
        return (self.index.rows[at] for at in range(self.n - 1, -1, -1))

    @property
    def holders(self) -> Holders:
        """What each holder holds."""
        return Holders(self.index, self.n)

    def held_by(self, holders: Iterable[str]) -> dict[str, int]:
        """Of these who hold anything, and how much; for many a fraction of what asking one by one costs."""
        return self.index.held_by(holders, self.n)

    @property
    def free(self) -> int:
        """What can still be taken: 0 once frozen."""
        return 0 if self.frozen else self.offered - self.taken

    def caused_by(self, origin: Origin) -> tuple[LimitRow, ...]:
        """The rows that this record has caused here: how a replay finds its own."""
        return self.index.caused_by(origin, self.n)

    def offer(self, amount: int, origin: Origin, at_us: int, detail: bytes = b"{}") -> LimitRow:
        """The next row, by which so much more can be taken, or less where ``amount`` is below zero."""
        return self._next("offer", amount, {}, origin, at_us, detail)

    def take(self, holders: Mapping[str, int], origin: Origin, at_us: int, detail: bytes = b"{}") -> LimitRow:
        """The next row, by which each of ``holders`` takes its amount; all or none.

        A record can cause one take here; where a row carries takers from several records, ``origin`` is the first's.
        """
        return self._next("take", sum(holders.values()), holders, origin, at_us, detail)

    def give_back(self, holders: Iterable[str], origin: Origin, at_us: int, detail: bytes = b"{}") -> LimitRow:
        """The next row (kind free), by which each of ``holders`` gives back all that it holds."""
        held = self.holders
        amounts = {holder: held.get(holder, 0) for holder in holders}
        return self.give_back_some(amounts, origin, at_us, detail)

    def give_back_some(self, amounts: Mapping[str, int], origin: Origin, at_us: int, detail: bytes = b"{}") -> LimitRow:
        """The next row (kind free), by which each holder gives back so much of what it holds, and keeps the rest."""
        return self._next("free", sum(amounts.values()), amounts, origin, at_us, detail)

    def freeze(self, origin: Origin, at_us: int, detail: bytes = b"{}") -> LimitRow:
        """The next row, after which nothing is offered or taken here; giving back stays possible."""
        return self._next("freeze", 0, {}, origin, at_us, detail)

    def _next(
        self, kind: str, amount: int, holders: Mapping[str, int], origin: Origin, at_us: int, detail: bytes
    ) -> LimitRow:
        packed = _HOLDERS.encode(dict(holders))
        row = LimitRow(self.name, self.n + 1, kind, amount, packed, *origin, detail, at_us)
        allowed(self, row)
        return row


def holders_of(row: LimitRow) -> Mapping[str, int]:
    """Who takes or gives back with this row, and how much each."""
    return _parsed(row.holders)


@lru_cache(maxsize=8)
def _parsed(holders: bytes) -> Mapping[str, int]:
    """A row is looked at several times while it is new: let in, stored, added, and drawn upon."""
    return MappingProxyType(orjson.loads(holders))


def allowed(log: Log, row: LimitRow) -> None:
    """Raise ``LimitRefused`` unless ``row`` may follow ``log``. One record causes at most one row of a kind."""
    if (row.log, row.n) != (log.name, log.n + 1):
        raise LimitRefused(row.log, row.kind, "not_next")
    if any(before.kind == row.kind for before in log.caused_by(Origin(row.topic, row.partition, row.offset))):
        raise LimitRefused(row.log, row.kind, "caused_already")
    holders = holders_of(row)
    if (fault := _fault(log, row, holders)) is not None:
        raise LimitRefused(row.log, row.kind, fault)


def _fault(log: Log, row: LimitRow, holders: Mapping[str, int]) -> Reason | None:
    if row.kind in ("take", "free"):
        if not holders or row.amount != sum(holders.values()):
            return "malformed"
        held = log.index.held
        if row.kind == "free":
            enough = all(0 < amount <= held(holder, log.n) for holder, amount in holders.items())
            return None if enough else "not_held"
        if min(holders.values()) <= 0:
            return "malformed"
        if log.frozen:
            return "frozen"
        if log.held_by(holders):
            return "holds_already"
        return "full" if row.amount > log.offered - log.taken else None
    if holders or row.kind not in ("offer", "freeze") or (row.kind == "offer") != (row.amount != 0):
        return "malformed"
    if log.frozen:
        return "frozen"
    return "below_taken" if log.offered + row.amount < log.taken else None


def extended(log: Log, rows: Iterable[LimitRow]) -> Log:
    """``log`` with its next rows as they are stored. Raises ``LimitRefused`` where a row is missing in between."""
    n, offered, taken, frozen, index = log.n, log.offered, log.taken, log.frozen, log.index
    for row in rows:
        if (row.log, row.n) != (log.name, n + 1):
            raise LimitRefused(row.log, row.kind, "not_next")
        if n < len(index.rows) and index.rows[n] != row:
            # Somebody tries out another future: the rows of a store are the same for everybody.
            index = index.until(n)
        if n == len(index.rows):
            index.add(row, holders_of(row))
        n += 1
        if row.kind == "offer":
            offered += row.amount
        elif row.kind == "take":
            taken += row.amount
        elif row.kind == "free":
            taken -= row.amount
        else:
            frozen = True
    return Log(log.name, n, offered, taken, frozen, index) if n > log.n else log


def first_fault(name: str, rows: Iterable[LimitRow]) -> LimitRefused | None:
    """The first row that should not have been let in, or None: the check behind "places taken ≤ offered" (I8)."""
    log = Log(name)
    for row in rows:
        try:
            allowed(log, row)
        except LimitRefused as fault:
            return fault
        log = extended(log, [row])
    return None
