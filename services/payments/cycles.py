"""Cycles of a programme: one is open at a time, each is opened once. Computed from the programme's own log."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.payments.tables import CycleRow
from shared.policy.rates import MONTHS, Frequency

OPEN, CLOSED = "open", "closed"
RECENT = 3
"""How many of the last cycles a changed entitlement is looked up in: a replay can't be older than topics are kept."""


class Cycle(NamedTuple):
    """A cycle that was opened. ``starts_on`` is the Dhaka date that rates follow."""

    programme: str
    name: str
    starts_on: date
    is_open: bool


def cycles_of(rows: Sequence[CycleRow]) -> list[Cycle]:
    """A programme's cycles in the order of their opening; ``rows`` are its log."""
    closed = {row.cycle for row in rows if row.state == CLOSED}
    return [
        Cycle(row.programme, row.cycle, date.fromisoformat(row.starts_on), row.cycle not in closed)
        for row in rows
        if row.state == OPEN
    ]


def open_cycle(cycles: Sequence[Cycle]) -> Cycle | None:
    """The one that is open, if any."""
    return next((cycle for cycle in reversed(cycles) if cycle.is_open), None)


def first_day_after(starts_on: date, frequency: Frequency) -> date | None:
    """The day after a cycle's last one; None for a one-time grant, which has no end."""
    months = MONTHS[frequency]
    if not months:
        return None
    month = starts_on.month - 1 + months
    return date(starts_on.year + month // 12, month % 12 + 1, 1)


def overlaps(starts_on: date, frequency: Frequency, other: date, others: Frequency) -> bool:
    """Whether two cycles pay for the same days. One-time grants have none, and may be given in several rounds."""
    end, other_end = first_day_after(starts_on, frequency), first_day_after(other, others)
    return end is not None and other_end is not None and starts_on < other_end and other < end
