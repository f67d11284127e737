"""What the index keeps of a record beside a blocking key: four traits, so that not all who share the key are read.

A trait is six bits of something that the key does not say, 0 where it is unknown. In a large register most of those who
share a key share nothing else, a wallet or the names of both parents, and to read them costs more than all the rest.
"""

from typing import Final

TRAIT_BITS: Final = 24

_ONES: Final = 0b000001_000001_000001_000001
_HIGHEST: Final = _ONES << 5
_LOWER: Final = _HIGHEST - _ONES
_ENOUGH: Final = 3


def trait(value: int) -> int:
    """One trait of any value that is not negative; 0 stands for unknown."""
    return value % 63 + 1 if value else 0


def beside(first: int, second: int, third: int, fourth: int) -> int:
    """The four traits of a key."""
    return first << 18 | second << 12 | third << 6 | fourth


def differ(one: int, other: int) -> bool:
    """Whether three traits or more are known of both, and none of these is the same."""
    # The highest bit of each trait that is not 0, four at a time; what stands above the four is not looked at.
    known = (((one & _LOWER) + _LOWER) | one) & (((other & _LOWER) + _LOWER) | other) & _HIGHEST
    apart = one ^ other
    unlike = (((apart & _LOWER) + _LOWER) | apart) & _HIGHEST
    return known & ~unlike == 0 and known.bit_count() >= _ENOUGH
