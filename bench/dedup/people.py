"""Made-up people in families, for the duplicate bench: who they are, without a word on how it is written down.

All chances are made up for this bench; they rank designs, and are no figures on Bangladesh.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

from bench.dedup import names
from bench.dedup.names import Word

FullName = tuple[Word, ...]

_UNIONS_PER_UPAZILA: Final = 9
_UPAZILAS_PER_DISTRICT: Final = 8
_DISTRICTS: Final = [
    "1004",
    "1006",
    "1009",
    "1042",
    "1078",
    "1079",
    "2003",
    "2012",
    "2013",
    "2015",
    "2019",
    "2022",
    "2030",
    "2046",
    "2051",
    "2075",
    "2084",
    "3026",
    "3029",
    "3033",
    "3035",
    "3048",
    "3054",
    "3056",
    "3059",
    "3067",
    "3068",
    "3082",
    "3086",
    "3093",
    "4001",
    "4018",
    "4041",
    "4044",
    "4047",
    "4050",
    "4055",
    "4057",
    "4065",
    "4087",
    "4539",
    "4561",
    "4572",
    "4589",
    "5010",
    "5038",
    "5064",
    "5069",
    "5070",
    "5076",
    "5081",
    "5088",
    "5527",
    "5532",
    "5549",
    "5552",
    "5573",
    "5577",
    "5585",
    "5594",
    "6036",
    "6058",
    "6090",
    "6091",
]
_BORN: Final = range(1931, 2005)


@dataclass(slots=True)
class Person:
    """One person. ``born`` is (year, month, day) as everywhere recorded; ``serial`` tells n13 and n10 apart."""

    number: int
    family: int
    twin: bool
    sex: str
    born: tuple[int, int, int]
    name: FullName
    father: FullName
    mother: FullName
    union: str
    n13: str
    n10: str
    mobile: str
    shows: int


class _Drawn:
    """Words with falling frequency."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        total = sum(1 / (place + 12) for place in range(len(words)))
        self._bounds = list(accumulate(1 / (place + 12) / total for place in range(len(words))))
        self._bounds[-1] = 1.0

    def one(self, at: float) -> Word:
        return self._words[bisect(self._bounds, at)]


_MEN, _WOMEN = _Drawn(names.MEN), _Drawn(names.WOMEN)
_LAST_MEN, _LAST_WOMEN = _Drawn(names.LAST_MEN), _Drawn(names.LAST_WOMEN)
_SOFT = _Drawn(names.SOFT_WOMEN)


def _given(name: FullName) -> set[Word]:
    """What parents do not give to two children."""
    return {word for word in name if word in names.MEN or word in names.WOMEN}


class Country:
    """Families of people, one after another, from a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)
        self._salt = Random(seed + 1).getrandbits(31) | 1
        self._shops: dict[str, list[str]] = {}
        self._number = 0
        self._family = 0

    def people(self, count: int) -> Iterator[list[Person]]:
        """``count`` people in families: alone, siblings, twins, or man and wife."""
        end = self._number + count
        while self._number < end:
            yield self._a_family(end - self._number)

    def _a_family(self, room: int) -> list[Person]:
        rng = self._rng
        self._family += 1
        union = self._union()
        father, mother = self._name("M"), self._name("F")
        if rng.random() < 0.3:
            father = (names.LATE, *father)
        shared = self._mobile(union)
        draw = rng.random()
        sex = "M" if rng.random() < 0.48 else "F"
        born = self._born()
        if draw < 0.62 or room < 3:
            return [self._person(union, sex, born, self._name(sex), father, mother, shared)]
        if draw < 0.65:
            pairs = names.TWIN_MEN if sex == "M" else names.TWIN_WOMEN
            at = rng.randrange(len(pairs) // 2) * 2
            last = _LAST_MEN.one(rng.random()) if sex == "M" else _SOFT.one(rng.random())
            own: list[FullName] = [(pairs[at], last), (pairs[at + 1], last)]
            if rng.random() < 0.4:
                own = [self._name(sex), self._name(sex)]
                while _given(own[0]) & _given(own[1]):
                    own[1] = self._name(sex)
            return [self._person(union, sex, born, each, father, mother, shared, twin=True) for each in own]
        if draw < 0.83:
            found = []
            for _ in range(2 + (rng.random() < 0.35)):
                sex = "M" if rng.random() < 0.5 else "F"
                home = union if rng.random() < 0.7 else self._union()
                found.append(self._person(home, sex, self._born(born[0]), self._name(sex), father, mother, shared))
            return found
        man = self._person(union, "M", born, self._name("M"), father, mother, shared)
        wife_born = self._born(min(born[0] + 6, _BORN[-1]))
        return [man, self._person(union, "F", wife_born, self._name("F"), self._name("M"), self._name("F"), shared)]

    def _person(
        self,
        union: str,
        sex: str,
        born: tuple[int, int, int],
        name: FullName,
        father: FullName,
        mother: FullName,
        shared: str,
        twin: bool = False,
    ) -> Person:
        rng, number = self._rng, self._number
        self._number += 1
        # People of a family stand near each other in the register: their serials are neighbours.
        serial = (number * 7 + self._salt) % 1_000_000
        rmo = "1" if rng.random() < 0.9 else "2"
        draw = rng.random()
        mobile = (
            shared if draw < 0.16 else self._shop(union) if draw < 0.24 else "" if draw < 0.28 else self._mobile(union)
        )
        shows = rng.random()
        return Person(
            number=number,
            family=self._family,
            twin=twin,
            sex=sex,
            born=born,
            name=name,
            father=father,
            mother=mother,
            union=union,
            n13=f"{union[2:4]}{rmo}{union[6:10]}{serial:06}",
            n10=str(1_000_000_000 + (number * 6_700_417 + self._salt) % 8_999_999_999),
            mobile=mobile,
            shows=10 if shows < 0.57 else 17 if shows < 0.82 else 13 if shows < 0.95 else 0,
        )

    def _born(self, around: int | None = None) -> tuple[int, int, int]:
        rng = self._rng
        year = rng.choice(_BORN) if around is None else min(max(around + rng.randint(-9, 9), _BORN[0]), _BORN[-1])
        if rng.random() < 0.18:
            # Only the year is known, and that is rounded now and then.
            return (year // 5 * 5 if rng.random() < 0.3 else year, 1, 1)
        return year, rng.randint(1, 12), rng.randint(1, 28)

    def _name(self, sex: str) -> FullName:
        draw = self._rng.random
        if sex == "M":
            words = [_MEN.one(draw())]
            if draw() < 0.35:
                words.append(_MEN.one(draw()))
            words.append(_LAST_MEN.one(draw()))
            return (names.MD, *words) if draw() < 0.6 else tuple(words)
        words = [_WOMEN.one(draw())]
        at = draw()
        if at < 0.08:
            words.append(_WOMEN.one(draw()))
        words.append(_SOFT.one(draw()) if at < 0.7 else _LAST_WOMEN.one(draw()))
        return (names.MST, *words) if draw() < 0.4 else tuple(words)

    def _union(self) -> str:
        rng = self._rng
        district = _DISTRICTS[int(len(_DISTRICTS) * rng.random() ** 1.3)]
        upazila, union = rng.randrange(_UPAZILAS_PER_DISTRICT), rng.randrange(_UNIONS_PER_UPAZILA)
        return f"{district}00{11 + 9 * upazila:02}{13 + 8 * union:02}"

    def _mobile(self, _union: str) -> str:
        return f"01{self._rng.randint(3, 9)}{self._rng.randrange(100_000_000):08}"

    def _shop(self, union: str) -> str:
        """The telephone of a shop or an agent: some twenty people of a union give it as theirs."""
        shops = self._shops.setdefault(union, [])
        if not shops or self._rng.random() < 0.05:
            shops.append(self._mobile(union))
        return shops[-1]
