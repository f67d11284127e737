"""Makes stated weights hold, still without labels.

Fields are not as independent as the model adds them up. The identity field is the witness: pairs are weighed without
it, and in each stretch of weights the share of one-person pairs is the one under which their identities agree as often
as they do. Only pairs that share a key which does not rest on the identity take part, so that it did not select them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp2, log2
from operator import mul
from typing import Final, NamedTuple

from services.dedup.matching.comparers import NULL
from services.dedup.matching.model import Model
from services.dedup.matching.training.plan import Plan
from services.dedup.matching.training.sample import Sample
from services.dedup.matching.weights import Knots, odds

_STRETCH_PAIRS: Final = 200
"""Fewer pairs are joined with their neighbours: less would calibrate to chance."""

_STRETCHES: Final = 24
_SURE: Final = 0.98
"""Shares beyond this, on either side, are left to the model: identities are lent and mistyped, so that they cannot tell
them from 0 or 1."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pairs of similar raw weight: the mean, and the share of one-person pairs that their identities bear out."""

    weight: float
    share: float
    pairs: int


class _Witnessed(NamedTuple):
    """``pairs`` of one raw weight, and how likely their identities compare as they do for one person and not."""

    weight: float
    same: float
    other: float
    pairs: int


def stretches(sample: Sample, model: Model, plan: Plan) -> tuple[Stretch, ...]:
    """What the identities say, from the lightest pairs to the heaviest; shares never fall."""
    identity = [field.name for field in plan.fields].index(plan.identity)
    weighed: list[_Witnessed] = []
    for shown, count in sample.beside_identity.items():
        level = shown.levels[identity]
        if level != NULL:
            against = _without_identity(shown.levels, shown.rarity, identity, model, sample.records)
            weight = odds(*against)
            if -_REACH < weight < _REACH:
                said = model.fields[identity].levels[level]
                shares = [exp2(min(against) - each) for each in against]
                other = sum(map(mul, shares, (said.h, said.t, said.u))) / sum(shares)
                weighed.append(_Witnessed(weight, said.m, other, count))
    weighed.sort()
    size = max(_STRETCH_PAIRS, sum(each.pairs for each in weighed) // _STRETCHES)
    found: list[Stretch] = []
    gathered: list[_Witnessed] = []
    for each in weighed:
        gathered.append(each)
        if sum(one.pairs for one in gathered) >= size:
            found.append(_stretch(gathered))
            gathered = []
    return _rising(found)


def knots(found: Sequence[Stretch]) -> Knots:
    """The calibration that the stretches bear out; none where there is too little to go by."""
    usable = [each for each in found if 1 - _SURE < each.share < _SURE]
    points: list[tuple[float, float]] = []
    for each in usable:
        point = (round(each.weight, 3), round(log2(each.share / (1 - each.share)), 3))
        if not points or (point[0] > points[-1][0] and point[1] > points[-1][1]):
            points.append(point)
    if not points:
        return ()
    # Beyond what was seen the model's own weights come back within a few bits, never crossing.
    low, high = points[0], points[-1]
    below = (low[0] - _BACK, min(low[0] - _BACK, low[1] - 0.5))
    above = (high[0] + _BACK, max(high[0] + _BACK, high[1] + 0.5))
    return (below, *points, above)


_REACH: Final = 20.0
_BACK: Final = 3.0


def _without_identity(
    levels: tuple[int, ...], rarity: int, identity: int, model: Model, records: int
) -> tuple[float, float, float]:
    """Bits over a relative, a twin and a stranger."""
    relative, twin = log2(model.same_rate / model.relative_rate), log2(model.same_rate / model.twin_rate)
    stranger = log2(model.same_rate / records) - rarity
    for place, (level, field) in enumerate(zip(levels, model.fields, strict=True)):
        if place != identity and level != NULL:
            relative += field.levels[level].over_relative
            twin += field.levels[level].over_twin
            rare = level == 0 and field.frequencies is not None
            stranger += log2(field.levels[0].m) if rare else field.levels[level].over_stranger
    return relative, twin, stranger


def _stretch(gathered: Sequence[_Witnessed]) -> Stretch:
    pairs = sum(each.pairs for each in gathered)
    share = 0.5
    for _ in range(60):
        share = sum(
            each.pairs * share * each.same / (share * each.same + (1 - share) * each.other) for each in gathered
        ) / pairs  # fmt: skip
    return Stretch(sum(each.weight * each.pairs for each in gathered) / pairs, share, pairs)


def _rising(found: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Neighbours that fall are joined, until the shares rise (pool adjacent violators)."""
    joined: list[Stretch] = []
    for each in found:
        joined.append(each)
        while len(joined) > 1 and joined[-2].share >= joined[-1].share:
            b, a = joined.pop(), joined.pop()
            pairs = a.pairs + b.pairs
            joined.append(
                Stretch(
                    (a.weight * a.pairs + b.weight * b.pairs) / pairs,
                    (a.share * a.pairs + b.share * b.pairs) / pairs,
                    pairs,
                )
            )
    return tuple(joined)
