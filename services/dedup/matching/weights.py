"""From probabilities to the tables that the engine adds up, and the calibration of what comes out."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import exp2, log2
from typing import Final, NamedTuple

from services.dedup.matching.comparers import Comparer
from services.dedup.matching.model import Model, Pattern

_SURE: Final = 60.0
"""Bits beyond which a probability cannot be told from 0 or 1."""

_FAR: Final = 200.0
_BY_COST: Final = ("identifier", "date", "number", "category", "place", "text", "name", "names")
"""Kinds of field in the order of what a comparison costs: integers first."""

Knots = tuple[tuple[float, float], ...]


class Step(NamedTuple):
    """One field of the fast way.

    ``place`` is that in the model; tables end with the weight of NULL, which is read at -1. ``held``: levels that keep
    a pair from being given up. ``slot`` is that of the value whose frequency counts, or -1. ``left_…`` is the most that
    later steps can add.
    """

    place: int
    compare: Comparer
    over_relative: tuple[float, ...]
    over_twin: tuple[float, ...]
    over_stranger: tuple[float, ...]
    held: tuple[bool, ...]
    slot: int
    exact: dict[bytes, float]
    exact_other: float
    left_relative: float
    left_twin: float
    left_stranger: float


def steps(model: Model, comparers: Sequence[Comparer], slot_place: Callable[[str], int]) -> tuple[Step, ...]:
    """The fields of a model, the cheapest first."""
    made: list[Step] = []
    left_relative = left_twin = left_stranger = 0.0
    for place in sorted(range(len(model.fields)), key=lambda n: _BY_COST.index(model.fields[n].kind))[::-1]:
        field = model.fields[place]
        relative = tuple(level.over_relative for level in field.levels)
        twin = tuple(level.over_twin for level in field.levels)
        stranger = tuple(level.over_stranger for level in field.levels)
        slot, exact, other = -1, {}, 0.0
        if field.frequencies is not None:
            m = field.levels[0].m
            slot = slot_place(field.frequencies.slot)
            exact = {value: log2(m / share) for value, share in field.frequencies.values.items()}
            other = log2(m / field.frequencies.other)
        holds = [hold[field.name] for hold in model.holds if _first_of(hold, model) == place]
        held = tuple(any(level.name in names for names in holds) for level in field.levels)
        made.append(
            Step(place, comparers[place], (*relative, 0.0), (*twin, 0.0), (*stranger, 0.0), (*held, False),
                 slot, exact, other, left_relative, left_twin, left_stranger)
        )  # fmt: skip
        left_relative += max(0.0, *relative)
        left_twin += max(0.0, *twin)
        left_stranger += max(0.0, other, *stranger, *exact.values())
    return tuple(reversed(made))


def _first_of(hold: Pattern, model: Model) -> int:
    """The field of a hold that is compared first: a pair that shows its level is not given up before all are seen."""
    places = [place for place, field in enumerate(model.fields) if field.name in hold]
    return min(places, key=lambda place: _BY_COST.index(model.fields[place].kind))


def either(one: float, other: float) -> float:
    """log2 of the odds against two things together: −log2(2^−a + 2^−b), without overflow."""
    least = min(one, other)
    return least - log2(1.0 + exp2(max(least - max(one, other), -_FAR)))


def odds(over_relative: float, over_twin: float, over_stranger: float) -> float:
    """log2 of the odds against all three together: −log2(2^−a + 2^−b + 2^−c), without overflow."""
    least = min(over_relative, over_twin, over_stranger)
    rest = exp2(max(least - over_relative, -_FAR)) + exp2(max(least - over_twin, -_FAR))
    return least - log2(rest + exp2(max(least - over_stranger, -_FAR)))


def share(weight: float) -> float:
    """The probability that a weight in bits states."""
    return 1.0 / (1.0 + exp2(-max(-_SURE, min(_SURE, weight))))


def between(knots: Knots, x: float) -> float:
    """A rising line through the knots, bit for bit beyond them; x itself where there are none."""
    if not knots:
        return x
    at = bisect_right(knots, (x,))
    if at in (0, len(knots)):
        end, end_y = knots[0] if at == 0 else knots[-1]
        return end_y + x - end
    (x0, y0), (x1, y1) = knots[at - 1], knots[at]
    return y0 + (x - x0) * (y1 - y0) / (x1 - x0)


def inverse(knots: Knots) -> Knots:
    """The same line read the other way."""
    return tuple((y, x) for x, y in knots)
