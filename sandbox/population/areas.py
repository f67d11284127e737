"""Where the people live: eight upazilas, as in the DSR pilot (domain.md §6), in eight real districts.

The districts and their codes are real (domain.md §2). Which upazilas are in the pilot is not public to us: the
upazila and union codes, the number of unions, the crowding and the poverty of each are made up.
"""

from typing import NamedTuple

from sandbox.population.draws import shuffled

UNIONS_PER_UPAZILA = 6
PERIOD = 240
"""Households are dealt out to unions in rounds of this many, so that every union gets its share in each round."""


class Upazila(NamedTuple):
    """``households`` of each round of ``PERIOD`` live here; ``welfare`` moves its people's latent welfare, in
    standard deviations; ``hill`` says whether hill peoples live there."""

    division: str
    district: str
    code: str
    households: int
    welfare: float
    hill: bool = False


class Union(NamedTuple):
    """A union of an upazila, two digits, with a rural ward for the address."""

    upazila: Upazila
    code: str

    @property
    def geo_code(self) -> str:
        """The BBS code of ten digits: division, district, city corporation 00, upazila, union."""
        return f"{self.upazila.division}{self.upazila.district}00{self.upazila.code}{self.code}"


UPAZILAS = (
    Upazila("55", "49", "52", 48, -0.45),
    Upazila("55", "32", "24", 42, -0.30),
    Upazila("45", "39", "15", 36, -0.25),
    Upazila("60", "90", "27", 30, -0.10),
    Upazila("40", "87", "82", 30, 0.00),
    Upazila("10", "04", "09", 24, 0.05),
    Upazila("20", "03", "95", 18, -0.35, hill=True),
    Upazila("30", "93", "38", 12, 0.30),
)
"""Upazila codes differ from each other, which makes (upazila, union) name the union in the whole sandbox."""


def _deal() -> tuple[tuple[Union, int, int], ...]:
    """For each place of a round: the union, the how-manieth household of it this is, and how many it gets."""
    places: list[tuple[Union, int, int]] = []
    for upazila in UPAZILAS:
        # Unions are of unequal size: the first has about twice the households of the last.
        shares = [UNIONS_PER_UPAZILA * 2 - n for n in range(UNIONS_PER_UPAZILA)]
        counts = [upazila.households * share // sum(shares) for share in shares]
        counts[0] += upazila.households - sum(counts)
        for n, count in enumerate(counts):
            union = Union(upazila, f"{11 + 12 * n:02}")
            places += [(union, k, count) for k in range(count)]
    return tuple(places)


_PLACES = _deal()


def home(seed: int, household: int) -> tuple[Union, int]:
    """Where a household lives, and its own number within the union."""
    union, k, count = _PLACES[shuffled(seed, 1, household, PERIOD)]
    return union, household // PERIOD * count + k
