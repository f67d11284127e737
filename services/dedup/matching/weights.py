"""From probabilities to the tables that the engine adds up, and the calibration of what comes out."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from math import exp2, log2
from typing import Final, NamedTuple

from services.dedup.matching.comparers import NULL, Comparer
from services.dedup.matching.model import Field, Level, Model, Pattern

_SURE: Final = 60.0
"""Bits beyond which a probability cannot be told from 0 or 1."""

_FAR: Final = 200.0
_ROUNDING: Final = 1e-6
"""Bits, far more than sums of a dozen numbers differ by when they are added in another order."""

_BY_COST: Final = ("identifier", "date", "number", "category", "place", "text", "name", "names")
"""Kinds of field in the order of what a comparison costs: integers first."""

Knots = tuple[tuple[float, float], ...]


class Bits(NamedTuple):
    """What a level weighs over a relative, a twin and a stranger; ``holds``: it keeps a pair from being given up."""

    over_relative: float
    over_twin: float
    over_stranger: float
    holds: bool


class Step(NamedTuple):
    """One field of the fast way.

    ``levels`` ends with the bits of NULL, which are read at -1. ``slot`` is that of the value whose frequency counts,
    or -1. Below one of ``floor_…`` no later step can bring a pair to where it counts.
    """

    compare: Comparer
    levels: tuple[Bits, ...]
    slot: int
    exact: dict[bytes, float]
    exact_other: float
    floor_relative: float
    floor_twin: float
    floor_stranger: float


def steps(
    model: Model, comparers: Sequence[Comparer], slot_place: Callable[[str], int], reach: float
) -> tuple[Step, ...]:
    """The fields of a model, the cheapest first. ``reach``: the bits, not calibrated, from which a pair counts."""
    made: list[Step] = []
    left_relative = left_twin = left_stranger = 0.0
    for place in sorted(range(len(model.fields)), key=lambda n: _BY_COST.index(model.fields[n].kind))[::-1]:
        field = model.fields[place]
        holds = [hold[field.name] for hold in model.holds if _first_of(hold, model) == place]
        levels = [Bits(*over(level), any(level.name in names for names in holds)) for level in field.levels]
        slot, exact, other = -1, {}, 0.0
        if field.frequencies is not None:
            m = field.levels[0].m
            slot = slot_place(field.frequencies.slot)
            exact = {value: log2(m / share) for value, share in field.frequencies.values.items()}
            other = log2(m / field.frequencies.other)
        made.append(
            Step(comparers[place], (*levels, Bits(0.0, 0.0, 0.0, False)),
                 slot, exact, other, *(reach - _ROUNDING - left for left in (left_relative, left_twin, left_stranger)))
        )  # fmt: skip
        relative, twin, stranger, _ = zip(*levels, strict=True)
        left_relative += max(0.0, *relative)
        left_twin += max(0.0, *twin)
        left_stranger += max(0.0, other, *stranger, *exact.values())
    return tuple(reversed(made))


def over(level: Level) -> tuple[float, float, float]:
    """Bits of a level over a relative, a twin and a stranger."""
    return level.over_relative, level.over_twin, level.over_stranger


Wanted = tuple[tuple[int, frozenset[int]], ...]
"""A pattern by places: of each of its fields the levels of which one must be shown."""


def wanted(patterns: Iterable[Pattern], model: Model) -> tuple[Wanted, ...]:
    """Patterns as they are looked for in the levels of a pair."""
    return tuple(
        tuple(
            (place, frozenset(_places(field, pattern[field.name])))
            for place, field in enumerate(model.fields)
            if field.name in pattern
        )
        for pattern in patterns
    )


def shows_any(patterns: Iterable[Wanted], shown: Mapping[int, int]) -> bool:
    """Whether a pair whose fields ``shown`` these levels has one of the patterns."""
    return any(all(shown[field] in levels for field, levels in pattern) for pattern in patterns)


def _places(field: Field, names: Collection[str]) -> Iterator[int]:
    """The places of these levels; that of "", nothing to compare, is NULL."""
    if "" in names:
        yield NULL
    yield from (place for place, level in enumerate(field.levels) if level.name in names)


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
