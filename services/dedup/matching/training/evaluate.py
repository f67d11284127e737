"""A model beside labelled pairs: how many are found, how many are wrong, and whether stated probabilities hold."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.dedup.matching.evidence import Outcome
from services.dedup.matching.training.intervals import Interval, exact

BANDS: Final = 10
LEVEL: Final = 0.995
"""Of a band's interval: with ten bands, 95 of 100 models whose probabilities hold pass in all."""


class Judged(NamedTuple):
    """What a model says of a pair, and whether it is one person."""

    p_same: float
    outcome: Outcome
    same: bool


class Band(NamedTuple):
    """As many pairs as every other band, of neighbouring stated probability."""

    pairs: int
    stated: float
    same: int
    interval: Interval

    @property
    def holds(self) -> bool:
        """Whether the stated share lies within the interval of the one that was seen."""
        return self.stated in self.interval


class Measured(NamedTuple):
    """``found``: pairs of one person that are automatic or go to review. ``precision`` and ``recall`` are of automatic
    decisions, ``recall_with_review`` of all that is found; None where there is nothing to divide by."""

    pairs: int
    same: int
    automatic: int
    automatic_wrong: int
    reviewed: int
    found: int
    precision: float | None
    recall: float | None
    recall_with_review: float | None
    bands: tuple[Band, ...]


def measure(judged: Iterable[Judged]) -> Measured:
    """The figures of all pairs."""
    pairs = list(judged)
    same = sum(each.same for each in pairs)
    automatic = [each.same for each in pairs if each.outcome is Outcome.DUPLICATE]
    reviewed = [each.same for each in pairs if each.outcome is Outcome.REVIEW]
    found = sum(automatic) + sum(reviewed)
    return Measured(
        pairs=len(pairs),
        same=same,
        automatic=len(automatic),
        automatic_wrong=len(automatic) - sum(automatic),
        reviewed=len(reviewed),
        found=found,
        precision=sum(automatic) / len(automatic) if automatic else None,
        recall=sum(automatic) / same if same else None,
        recall_with_review=found / same if same else None,
        bands=bands([(each.p_same, each.same) for each in pairs]),
    )


def bands(stated: Sequence[tuple[float, bool]], count: int = BANDS) -> tuple[Band, ...]:
    """Bands of equal count, from the least probability to the greatest; fewer where there are fewer pairs."""
    ordered = sorted(stated)
    count = min(count, len(ordered))
    made = []
    for number in range(count):
        members = ordered[number * len(ordered) // count : (number + 1) * len(ordered) // count]
        same = sum(is_same for _, is_same in members)
        mean = sum(share for share, _ in members) / len(members)
        made.append(Band(len(members), mean, same, exact(same, len(members), LEVEL)))
    return tuple(made)
