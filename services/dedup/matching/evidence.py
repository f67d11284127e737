"""What the engine says about pairs."""

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What a pair, or all candidates of a record together, say."""

    UNIQUE = "unique"
    REVIEW = "review"
    DUPLICATE = "duplicate"


class Compared(NamedTuple):
    """One field's part in a comparison. ``level`` is "" where there was nothing to compare.

    Bits weigh for (positive) or against the same person: over a relative, twins included, and over a stranger.
    """

    field: str
    level: str
    over_relative: float
    over_stranger: float


class Comparison(NamedTuple):
    """A pair with its whole evidence.

    ``weight`` is log2 of the odds that both are one person, calibrated from ``prior`` plus all ``bits``, which are what
    each field moves when the fields are added in their order. The three probabilities sum to 1; a twin is a relative.
    ``gate``: whether an automatic decision is allowed; ``hold``: whether a person must look whatever the weight.
    """

    weight: float
    p_same: float
    p_relative: float
    p_stranger: float
    fields: tuple[Compared, ...]
    gate: bool
    hold: bool
    outcome: Outcome
    prior: float
    bits: tuple[float, ...]


class Scored(NamedTuple):
    """A candidate that reaches review: its place among those given, its weight, and what the pair says."""

    place: int
    weight: float
    outcome: Outcome
