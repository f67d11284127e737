"""The model of Fellegi and Sunter with three classes (same person, relative, stranger), as read from its file.

Relatives are of two kinds: twins agree on the birth date and have names that rhyme, so that what a sibling's name and a
sibling's birth date weigh does not add up for them. For each level of each field the file has *m* (same person), *h*
(relative), *t* (twin) and *u* (stranger): how often such pairs show it. Agreement on a value
weighs by how often strangers have that value (term frequencies). See dedup.md, Model; ``training/`` makes the file.
"""

from dataclasses import dataclass, field
from math import log2
from typing import Final

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Level:
    """How often pairs of each class show this level, among those that can be compared on the field; all above 0."""

    name: str
    m: float
    h: float
    t: float
    u: float

    @property
    def over_relative(self) -> float:
        """Bits for the same person against a relative."""
        return log2(self.m / self.h)

    @property
    def over_twin(self) -> float:
        """Bits for the same person against a twin."""
        return log2(self.m / self.t)

    @property
    def over_stranger(self) -> float:
        """Bits for the same person against a stranger."""
        return log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How often values of one slot occur among people; ``other`` for a value that is not in the list."""

    slot: str
    other: float
    values: dict[bytes, float] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: how it is compared, and what its levels weigh. Frequencies replace u of the first level."""

    name: str
    kind: str
    slots: tuple[str, ...]
    levels: tuple[Level, ...]
    frequencies: Frequencies | None = None


Pattern = dict[str, tuple[str, ...]]
"""Field → the levels of which it must show one; "" is the level of a field that cannot be compared."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model; ``hash`` is the SHA-256 of its file and stands on every decision.

    ``same_rate``, ``relative_rate`` and ``twin_rate``: other records of the same person, of relatives and of a twin
    that an arriving record is expected to have in the register. ``automatic`` and ``review`` are weights in bits. A
    pair is an automatic duplicate only where one of ``gates`` holds, too (no gates: always); one that shows a pattern
    of ``holds`` is looked at by a person whatever its weight. ``calibration``: knots (raw weight, weight that holds),
    rising.
    """

    id: str
    hash: str
    normaliser: str
    sample: str
    note: str
    fields: tuple[Field, ...]
    same_rate: float
    relative_rate: float
    twin_rate: float
    automatic: float
    review: float
    gates: tuple[Pattern, ...]
    holds: tuple[Pattern, ...]
    calibration: tuple[tuple[float, float], ...] = ()
