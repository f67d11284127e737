"""How far a share that was seen may be from the one behind it."""

from collections.abc import Callable
from math import exp, lgamma, log
from typing import NamedTuple


class Interval(NamedTuple):
    """Both ends belong to it."""

    low: float
    high: float

    def __contains__(self, share: object) -> bool:
        return isinstance(share, float) and self.low <= share <= self.high


def exact(successes: int, trials: int, level: float) -> Interval:
    """The interval of Clopper and Pearson: it holds the share at least as often as ``level`` says (0.995: 99.5 %)."""
    tail = (1 - level) / 2
    fewer, at_most = _at_most(successes - 1, trials), _at_most(successes, trials)
    low = 0.0 if successes == 0 else _solve(lambda share: 1 - fewer(share) >= tail)
    high = 1.0 if successes == trials else _solve(lambda share: at_most(share) < tail)
    return Interval(low, high)


def _solve(holds_from: Callable[[float], bool]) -> float:
    """The share from which a test holds, by halving."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if holds_from(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _at_most(successes: int, trials: int) -> Callable[[float], float]:
    """The chance of at most so many, as a function of the share, which is neither 0 nor 1."""
    whole = lgamma(trials + 1)
    ways = [whole - lgamma(k + 1) - lgamma(trials - k + 1) for k in range(successes + 1)]

    def chance(share: float) -> float:
        one, other = log(share), log(1 - share)
        return min(sum([exp(way + k * one + (trials - k) * other) for k, way in enumerate(ways)]), 1.0)

    return chance
