"""One limit's log: what is offered, taken and free, computed from its rows and from nothing else (design.md §5).

Pure: a ``Log`` is a value, and ``allowed`` says which row may follow. ``limits.py`` brings it to the store.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import orjson

from shared.errors import DsrError
from shared.stage.records import Origin
from shared.store.tables import LimitRow

Reason = Literal[
    "not_next", "malformed", "caused_already", "frozen", "full", "below_taken", "holds_already", "not_held"
]

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


Causes = Mapping[tuple[str, int, int], tuple[LimitRow, ...]]


@dataclass(frozen=True, slots=True)
class Log:
    """The state of a limit after row ``n``. Amounts are places or poisha; ``holders`` maps each to what it holds.

    It is copied whenever it grows, 10 ms a row at 100,000 holders: cut a larger limit up, by area or by day.
    """

    name: str
    n: int = 0
    offered: int = 0
    taken: int = 0
    frozen: bool = False
    holders: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    rows: tuple[LimitRow, ...] = ()
    causes: Causes = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)

    @property
    def free(self) -> int:
        """What can still be taken: 0 once frozen."""
        return 0 if self.frozen else self.offered - self.taken

    def caused_by(self, origin: Origin) -> tuple[LimitRow, ...]:
        """The rows that this record has caused here: how a replay finds its own."""
        return self.causes.get(origin, ())

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
        amounts = {holder: self.holders.get(holder, 0) for holder in holders}
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
        packed = orjson.dumps(dict(holders), option=orjson.OPT_SORT_KEYS)
        row = LimitRow(self.name, self.n + 1, kind, amount, packed, *origin, detail, at_us)
        allowed(self, row)
        return row


def holders_of(row: LimitRow) -> dict[str, int]:
    """Who takes or gives back with this row, and how much each."""
    holders: dict[str, int] = orjson.loads(row.holders)
    return holders


def allowed(log: "Log | _Growing", row: LimitRow) -> None:
    """Raise ``LimitRefused`` unless ``row`` may follow ``log``. One record causes at most one row of a kind."""
    if (row.log, row.n) != (log.name, log.n + 1):
        raise LimitRefused(row.log, row.kind, "not_next")
    if any(before.kind == row.kind for before in log.causes.get((row.topic, row.partition, row.offset), ())):
        raise LimitRefused(row.log, row.kind, "caused_already")
    holders = holders_of(row)
    if (fault := _fault(log, row, holders)) is not None:
        raise LimitRefused(row.log, row.kind, fault)


def _fault(log: "Log | _Growing", row: LimitRow, holders: Mapping[str, int]) -> Reason | None:
    if row.kind in ("take", "free"):
        if not holders or row.amount != sum(holders.values()):
            return "malformed"
        if row.kind == "free":
            held = all(0 < amount <= log.holders.get(holder, 0) for holder, amount in holders.items())
            return None if held else "not_held"
        if min(holders.values()) <= 0:
            return "malformed"
        if log.frozen:
            return "frozen"
        if any(holder in log.holders for holder in holders):
            return "holds_already"
        return "full" if row.amount > log.offered - log.taken else None
    if holders or row.kind not in ("offer", "freeze") or (row.kind == "offer") != (row.amount != 0):
        return "malformed"
    if log.frozen:
        return "frozen"
    return "below_taken" if log.offered + row.amount < log.taken else None


def extended(log: Log, rows: Iterable[LimitRow]) -> Log:
    """``log`` with its next rows as they are stored. Raises ``LimitRefused`` where a row is missing in between."""
    growing = _Growing(log)
    for row in rows:
        growing.add(row)
    return growing.log() if growing.rows else log


def first_fault(name: str, rows: Iterable[LimitRow]) -> LimitRefused | None:
    """The first row that should not have been let in, or None: the check behind "places taken ≤ offered" (I8)."""
    growing = _Growing(Log(name))
    for row in rows:
        try:
            allowed(growing, row)
        except LimitRefused as fault:
            return fault
        growing.add(row)
    return None


class _Growing:
    """A log to which rows are added in place; nobody else sees it, and what they see is copied once."""

    def __init__(self, log: Log) -> None:
        self.name, self.n, self.offered, self.taken, self.frozen = log.name, log.n, log.offered, log.taken, log.frozen
        self.holders, self.causes = dict(log.holders), dict(log.causes)
        self.rows: list[LimitRow] = []
        self._before = log.rows

    def add(self, row: LimitRow) -> None:
        if (row.log, row.n) != (self.name, self.n + 1):
            raise LimitRefused(row.log, row.kind, "not_next")
        self.n += 1
        self.rows.append(row)
        origin = (row.topic, row.partition, row.offset)
        self.causes[origin] = (*self.causes.get(origin, ()), row)
        if row.kind == "offer":
            self.offered += row.amount
        elif row.kind == "take":
            self.taken += row.amount
            self.holders.update(holders_of(row))
        elif row.kind == "free":
            self.taken -= row.amount
            for holder, amount in holders_of(row).items():
                kept = self.holders.pop(holder) - amount
                if kept:
                    self.holders[holder] = kept
        else:
            self.frozen = True

    def log(self) -> Log:
        return Log(
            self.name,
            self.n,
            self.offered,
            self.taken,
            self.frozen,
            MappingProxyType(self.holders),
            (*self._before, *self.rows),
            MappingProxyType(self.causes),
        )
