"""Effective-dated rates and payment frequencies (domain.md §4)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from shared.policy.base import Basis, Key, PolicyPart, Text
from shared.policy.dates import fiscal_year_start

Taka = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
Frequency = Literal["month", "quarter", "one_time"]

MONTHS: dict[Frequency, int] = {"month": 1, "quarter": 3, "one_time": 0}
"""How many months one cycle pays for; a one-time grant is not counted in months."""


class Rate(NamedTuple):
    """What one beneficiary gets: ``poisha`` a month, or once where ``per`` says so; ``basis`` tells how it is known."""

    poisha: int
    per: Literal["month", "one_time"]
    basis: Basis
    source: str


class RateRow(PolicyPart):
    """A line of the rate table, valid from ``starts`` to ``ends`` inclusive or until the class's next line."""

    rate_class: Key = "default"
    starts: date
    ends: date | None = None
    monthly_taka: Taka | None = None
    one_time_taka: Taka | None = None
    basis: Basis = "published"
    source: Text

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        amounts = (self.monthly_taka is not None) + (self.one_time_taka is not None)
        if amounts != (0 if self.basis == "not_public" else 1):
            raise ValueError("a rate has either monthly_taka or one_time_taka, and none where the basis is not_public")
        if self.ends is not None and self.ends < self.starts:
            raise ValueError("a rate ends before it starts")
        return self

    def rate(self, on: date) -> Rate | None:
        """The rate on a day of this line; past the fiscal year of ``starts`` a published one is carried over."""
        taka = self.monthly_taka if self.monthly_taka is not None else self.one_time_taka
        if taka is None:
            return None
        older = self.basis == "published" and fiscal_year_start(on) > fiscal_year_start(self.starts)
        return Rate(
            poisha=int(taka * 100),
            per="month" if self.monthly_taka is not None else "one_time",
            basis="carried_over" if older else self.basis,
            source=self.source,
        )


class FrequencyRow(PolicyPart):
    """How often a programme pays from ``starts`` on, until the next line."""

    starts: date
    every: Frequency
    basis: Basis = "published"
    source: Text


def row_on(rows: Sequence[RateRow], rate_class: str, on: date) -> RateRow | None:
    """The line that is valid on this day: the latest that has started and has not ended."""
    started = [row for row in rows if row.rate_class == rate_class and row.starts <= on]
    row = max(started, key=lambda r: r.starts, default=None)
    return row if row is not None and (row.ends is None or on <= row.ends) else None


def frequency_on(rows: Sequence[FrequencyRow], on: date) -> FrequencyRow | None:
    """The frequency that is valid on this day."""
    return max((row for row in rows if row.starts <= on), key=lambda r: r.starts, default=None)


def overlapping(rows: Sequence[RateRow]) -> list[tuple[int, int]]:
    """Pairs of positions whose lines of one class claim the same days."""
    by_class: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        by_class.setdefault(row.rate_class, []).append(position)
    pairs = []
    for positions in by_class.values():
        ordered = sorted(positions, key=lambda p: (rows[p].starts, p))
        for earlier, later in pairwise(ordered):
            ends = rows[earlier].ends
            if rows[earlier].starts == rows[later].starts or (ends is not None and ends >= rows[later].starts):
                pairs.append((earlier, later))
    return pairs
