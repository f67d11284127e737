"""Households as they really are: who lives in them, where, and how well off they are.

A household is built round somebody for whom a programme is meant; the kin follow from age and marriage, and poorer
households have more children. Everything is a function of (seed, household).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from sandbox.population.areas import Union, home
from sandbox.population.draws import pick, stream
from sandbox.population.names import VILLAGES
from sandbox.population.needs import Need
from sandbox.population.scenario import Scenario
from sandbox.population.tokens import Token
from sandbox.population.welfare import Answers, answers, is_poor

KIN_MAX = 10
"""People of a household; two more of its numbers are kept for the neighbourhood's shared telephone."""


class Kin(NamedTuple):
    """One person of a household, by relation to its first. Dates are proleptic ordinals.

    ``recorded`` is the birth date on the national id and on every form; ``born`` is the true one.
    """

    relation: str
    born: int
    recorded: int
    gender: str
    at_school: bool | None


class Companion(NamedTuple):
    """Somebody of the family who will apply too; the second person of the household."""

    relation: str
    twin: bool = False


@dataclass(frozen=True, slots=True)
class Household:
    """A household; ``kin[0]`` is the one for whom the programme is meant. ``welfare``: see ``welfare.py``."""

    index: int
    union: Union
    place: int
    welfare: float
    religion: str
    village: Token
    house: int
    kin: tuple[Kin, ...]
    married: str
    answers: Answers

    @property
    def poor(self) -> bool:
        """Truly below the upper poverty line."""
        return is_poor(self.welfare)

    @property
    def household_id(self) -> str:
        """Names it in this sandbox only."""
        return f"h{self.index}"


def household(
    seed: int,
    index: int,
    need: Need,
    scenario: Scenario,
    today: int,
    companion: Companion | None = None,
    pretends: bool = False,
) -> Household:
    """The ``index``-th household. ``today`` is an ordinal; ``pretends``: better off than those who qualify."""
    rng = stream(seed, 2, index)
    draw = rng.random
    union, place = home(seed, index // 2)
    upazila = union.upazila
    # Those who apply are poorer than the country; those who pretend are not.
    welfare = rng.gauss(0.1, 0.8) if pretends else rng.gauss(-0.6 + upazila.welfare, 0.9)
    women_only, men_only = need.men is None, need.women is None
    gender = "F" if women_only else "M" if men_only else ("F" if draw() < 0.5 else "M")
    low, high = (need.women if gender == "F" else need.men) or (20, 60)
    age = min(high - draw(), low + rng.expovariate(1 / max(3.0, (high - low) / 3)))
    religion = _religion(draw(), upazila.hill)
    if need.community == "hijra":
        gender = "O"
    married = _marriage(draw(), age, gender, need, companion)
    born = today - int(age * 365.25)
    keeper = _birth_keeper(rng, scenario, today, older=need.underage is not None and need.overage is None)
    kin = [Kin("self", born, keeper(born), gender, True if need.student else None)]
    if companion is not None:
        kin.append(_companion(rng, companion, kin[0], keeper))
    _family(rng, kin, age, married, welfare, need, today, keeper)
    return Household(
        index=index,
        union=union,
        place=place * 2 + index % 2,
        welfare=welfare,
        religion=religion,
        village=pick(rng, VILLAGES),
        house=1 + int(draw() * 180),
        kin=tuple(kin[:KIN_MAX]),
        married=married,
        answers=answers(rng, welfare, female_head=gender == "F" and married != "2"),
    )


def _religion(at: float, hill: bool) -> str:
    if hill and at > 0.5:
        return "3"
    return "1" if at < 0.45 or (at < 0.9 and not hill) else "2"


def _marriage(at: float, age: float, gender: str, need: Need, companion: Companion | None) -> str:
    if need.widowed:
        return "3" if at < 0.82 else "4" if at < 0.9 else "5"
    if need.pregnant or (companion is not None and companion.relation == "spouse"):
        return "2"
    if gender == "O" or need.student:
        return "1"
    if age > 60:
        widowed = 0.55 if gender == "F" else 0.12
        return "3" if at < widowed else "2"
    return "2" if at < min(0.9, (age - 14) / 20) else "1"


def _birth_keeper(rng: Random, scenario: Scenario, today: int, older: bool) -> Callable[[int], int]:
    """How this household's births were written down: as they were, as 1 January, or wrongly.

    ``older``: a wrong year makes the person older, the error that pays in a programme for the old.
    """
    year_only = rng.random() < scenario.first_january
    wrong = rng.random() < scenario.wrong_birth_date
    years = 1 + int(rng.random() * 4) if older else 0
    shift = int(rng.random() * 300)
    this_year = date.fromordinal(today).year

    def recorded(born: int) -> int:
        if not (year_only or wrong):
            return born
        day = date.fromordinal(born)
        if year_only:
            return date(day.year, 1, 1).toordinal()
        if day.year == this_year:
            return born  # nobody writes a birth date that is still to come
        return date(day.year - years, 1 + (day.month + shift) % 12, 1 + (day.day + shift) % 28).toordinal()

    return recorded


def _companion(rng: Random, companion: Companion, first: Kin, keeper: Callable[[int], int]) -> Kin:
    if companion.twin:
        return Kin("sibling", first.born, first.recorded, first.gender, first.at_school)
    if companion.relation == "spouse":
        born = first.born + int(rng.random() * 700)
        return Kin("spouse", born, keeper(born), "M" if first.gender == "F" else "F", None)
    born = first.born - 400 - int(rng.random() * 900)
    return Kin("sibling", born, keeper(born), first.gender, None)


def _count(rng: Random, mean: float) -> int:
    """A small number round a mean, never above five."""
    count, left = 0, max(0.0, min(mean, 4.0))
    while count < 5 and rng.random() < left / (1 + left):
        count += 1
        left *= 0.92
    return count


def _family(
    rng: Random, kin: list[Kin], age: float, married: str, welfare: float, need: Need, today: int,
    keeper: Callable[[int], int],
) -> None:  # fmt: skip
    draw = rng.random
    born = kin[0].born
    children = 1.5 - 0.55 * welfare

    def add(relation: str, years: float, gender: str | None = None) -> None:
        day = today - int(max(0.05, years) * 365.25)
        schooling: bool | None = None
        if 6 <= years < 18:
            schooling = draw() < min(0.98, 0.93 + 0.06 * welfare - (0.25 if years > 13 else 0.0))
        kin.append(Kin(relation, day, keeper(day), gender or ("F" if draw() < 0.5 else "M"), schooling))

    if married == "2" and not any(k.relation == "spouse" for k in kin):
        man = kin[0].gender == "M"
        add("spouse", age + (-1 if man else 1) * (3 + 5 * draw()), "F" if man else "M")
    if need.student or (married == "1" and age < 28):
        add("parent", age + 20 + 8 * draw(), "F")
        if draw() < 0.85:
            add("parent", age + 25 + 10 * draw(), "M")
        for _ in range(_count(rng, children * 0.6)):
            add("sibling", max(1.0, age - 1 - 11 * draw()))
    elif age < 50:
        most = 1 if need.pregnant else 5
        for _ in range(min(most, _count(rng, children)) if married != "1" else 0):
            add("child", max(0.3, (age - 19) * draw()))
        if draw() < 0.2:
            add("parent", (today - born) / 365.25 + 21 + 8 * draw(), "F")
    elif draw() < 0.7:
        son = age - 20 - 10 * draw()
        add("child", son, "M")
        if son > 22 and draw() < 0.8:
            add("child_in_law", son - 3 - 4 * draw(), "F")
            for _ in range(_count(rng, children)):
                add("grandchild", max(0.3, min(16.0, (son - 20) * draw())))
