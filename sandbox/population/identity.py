"""Numbers that name a person: national ids, mobile numbers, accounts. Formats: domain.md §2 and §5.

Each is a function of the person's position, so that no two people share one unless a scenario wants them to.
"""

from random import Random
from typing import NamedTuple

from sandbox.population.areas import Union
from sandbox.population.draws import scattered
from shared.errors import DsrError

MEMBERS_MAX = 12
"""Positions that a household has for people; the numbering rests on it."""

_SERIALS = 1_000_000
_SMART_CARDS = 9_000_000_000
_MOBILES = 700_000_000
_FOREIGN_DISTRICTS = ("26", "19", "61", "85", "10", "47", "78", "36", "75", "33")
_DIVISION_OF = {
    "26": "30", "19": "20", "61": "45", "85": "55", "10": "50",
    "47": "40", "78": "10", "36": "60", "75": "20", "33": "30",
}  # fmt: skip
_ROUTING_WEIGHTS = (5, 7, 1, 5, 7, 1, 5, 7)


class PopulationTooLarge(DsrError):
    """More households than the digits of a national id can tell apart."""

    def __init__(self, household: int) -> None:
        self.household = household
        super().__init__(
            f"The sandbox cannot number household {household}: a union's people have six digits. Ask for fewer people."
        )


class Numbers(NamedTuple):
    """What the state and the operators gave a person. ``birth_place`` is division and district, four digits."""

    n10: str
    n13: str
    mobile: str
    birth_place: str


def numbers(seed: int, rng: Random, union: Union, household: int, place: int, member: int, elsewhere: float) -> Numbers:
    """The numbers of the ``member``-th of the ``place``-th household of a union, the ``household``-th of all.

    ``elsewhere`` is the chance of being registered in another district than the home; the upazila and union digits
    stay those of the home, which keeps numbers unique. Raises ``PopulationTooLarge``.
    """
    local = place * MEMBERS_MAX + member
    everywhere = household * MEMBERS_MAX + member
    if local >= _SERIALS or everywhere >= _MOBILES:
        raise PopulationTooLarge(household)
    district, division = union.upazila.district, union.upazila.division
    if rng.random() < elsewhere:
        district = _FOREIGN_DISTRICTS[int(rng.random() * len(_FOREIGN_DISTRICTS))]
        division = _DIVISION_OF[district]
    rmo = "1" if rng.random() < 0.9 else "2"
    serial = scattered(local, _SERIALS, seed)
    return Numbers(
        n10=str(1_000_000_000 + scattered(everywhere, _SMART_CARDS, seed)),
        n13=f"{district}{rmo}{union.upazila.code}{union.code}{serial:06}",
        mobile=f"01{3_00_000_000 + scattered(everywhere, _MOBILES, seed):09}",
        birth_place=division + district,
    )


def routing_number(bank: int, district: str, branch: int) -> str:
    """Nine digits: bank 3, district 2, branch 3 and the check digit that makes the sum divisible by ten."""
    eight = f"{bank:03}{district}{branch:03}"
    weighted = sum(weight * int(digit) for weight, digit in zip(_ROUTING_WEIGHTS, eight, strict=True))
    return eight + str(-weighted % 10)
