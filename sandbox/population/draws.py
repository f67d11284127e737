"""Seeded randomness by position: the same (seed, purpose, index) always gives the same draws.

Nothing depends on what was drawn before, so a population can be read from any index, in any process, and a
million people need no memory.
"""

from bisect import bisect
from collections.abc import Sequence
from math import gcd
from random import Random
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """A 64-bit hash of numbers (the finaliser of splitmix64, chained); the same on every machine."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state ^ (number & _MASK)) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ (state >> 30)) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state


def stream(seed: int, purpose: int, index: int) -> Random:
    """A generator of its own for one purpose at one index."""
    return Random(mix(seed, purpose, index))


def pick(rng: Random, items: Sequence[T]) -> T:
    """One of the items, each as likely; a third of the cost of ``Random.choice``."""
    return items[int(rng.random() * len(items))]


class Weighted(Sequence[T]):
    """Items with weights, in proportion to which ``at`` picks."""

    def __init__(self, weights: Sequence[tuple[T, float]]) -> None:
        """``weights`` are pairs of item and a weight that is not negative; at least one is positive."""
        self._items = [item for item, weight in weights if weight > 0]
        total = sum(weight for _, weight in weights)
        reached = 0.0
        self._bounds = []
        for _, weight in weights:
            if weight > 0:
                reached += weight / total
                self._bounds.append(reached)
        self._bounds[-1] = 1.0

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def at(self, position: float) -> T:
        """The item at a position from 0 up to but not including 1."""
        return self._items[bisect(self._bounds, position)]


def shuffled(seed: int, purpose: int, index: int, period: int) -> int:
    """The place of ``index`` when each block of ``period`` indices is shuffled: within 0 … period − 1.

    Used instead of independent draws for what is planted: each block then holds each kind in exactly its share, so
    that a small run also has some of everything.
    """
    block, place = divmod(index, period)
    key = mix(seed, purpose, block)
    step = key % period | 1
    while gcd(step, period) != 1:
        step += 2
    return (place * step + (key >> 32)) % period


def scattered(number: int, size: int, salt: int) -> int:
    """One of 0 … size − 1 for each number below ``size``, no two alike, without visible order."""
    step = (mix(salt, size) % size) | 1
    while gcd(step, size) != 1:
        step += 2
    return (number * step + mix(salt, size, 1)) % size
