"""Families that apply: one household, the application of its first person, and what was planted beside it.

A family is a function of (seed, number). What is planted is dealt out by ``draws.shuffled`` in blocks of a
thousand families, so that each block holds every kind in its share, and a small run some of everything.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from random import Random

from sandbox.population.catalogue import Catalogue
from sandbox.population.copies import COMPANIONS, First, beside
from sandbox.population.desk import Desk, Filed
from sandbox.population.draws import Weighted, pick, shuffled, stream
from sandbox.population.households import household
from sandbox.population.needs import NEEDS, Need
from sandbox.population.people import person
from sandbox.population.scenario import Scenario
from sandbox.population.truth import Content, Planted

_PERIOD = 1_000
_COPIES = tuple(planted for planted in Planted if planted is not Planted.NONE)
_FOR_WHOM = {
    Planted.TWIN: ("old_age", "widow", "disability"),
    Planted.SIBLING: ("old_age", "widow", "disability"),
    Planted.SPOUSE: ("old_age",),
}
"""The programmes that two of a family can be meant for."""


class Delivery(StrEnum):
    """How a record stands to the one before it with the same reference; ``scenario.py`` describes each kind."""

    FIRST = "first"
    RESEND = "resend"
    CONFLICT = "conflict"
    LATE = "late"
    AMENDMENT = "amendment"
    UNREADABLE = "unreadable"


_TWICE = (Delivery.RESEND, Delivery.CONFLICT, Delivery.LATE, Delivery.AMENDMENT)


@dataclass(frozen=True, slots=True)
class Family:
    """What one household files, how the first application is delivered, and whether something unreadable follows."""

    number: int
    filed: tuple[Filed, ...]
    delivery: Delivery
    unreadable: bool


class Families:
    """All families of a population: ``at(0)``, ``at(1)``, … without end and without memory."""

    def __init__(self, seed: int, scenario: Scenario, catalogue: Catalogue, today: date) -> None:
        """``today`` is the Dhaka date on which ages are told."""
        self._desk = Desk(seed, scenario, catalogue, today.toordinal())
        # A rate is a share of all applications, of which a family with a copy has one more.
        self._more = 1 / (1 - sum(getattr(scenario, planted.value) for planted in _COPIES))
        plans: list[tuple[tuple[Planted, Delivery], float]] = [
            ((planted, Delivery.FIRST), self._share(planted.value)) for planted in _COPIES
        ]
        plans += [((Planted.NONE, delivery), self._share(delivery.value)) for delivery in _TWICE]
        plans.append(((Planted.NONE, Delivery.FIRST), 1 - sum(weight for _, weight in plans)))
        self._plans = Weighted(plans)
        contents = [(content, self._share(content.value)) for content in Content if content is not Content.CLEAN]
        self._contents = Weighted([*contents, (Content.CLEAN, 1 - sum(weight for _, weight in contents))])
        self._for_whom = {planted: catalogue.among(programmes) for planted, programmes in _FOR_WHOM.items()}

    def _share(self, rate: str) -> float:
        share: float = getattr(self._desk.scenario, rate) * self._more
        return share

    def at(self, number: int) -> Family:
        """The family of this number, from 0."""
        desk, seed = self._desk, self._desk.seed
        rng = stream(seed, 10, number)
        planted, delivery = self._plans.at((shuffled(seed, 11, number, _PERIOD) + 0.5) / _PERIOD)
        content = self._contents.at((shuffled(seed, 12, number, _PERIOD) + 0.5) / _PERIOD)
        unreadable = (shuffled(seed, 13, number, _PERIOD) + 0.5) / _PERIOD < self._share("unreadable")
        if delivery is not Delivery.FIRST:
            content = Content.CLEAN  # so that the answer tells of the delivery alone
        sendings = self._for_whom.get(planted, desk.catalogue.all)
        if sendings is None:
            planted, sendings = Planted.NONE, desk.catalogue.all
        sending = sendings.at(rng.random())
        need, second = NEEDS[sending[1]], None
        if content is Content.AGE_FAILURE:
            if need.underage is None or planted is not Planted.NONE:
                content = Content.CLEAN
            else:
                need = _out_of_age(rng, need)
        if planted is Planted.CROSS_PROGRAMME:
            also = desk.catalogue.also(sending[1])
            if also:
                second, need = pick(rng, also)
            else:
                planted = Planted.NONE
        elif planted is Planted.SPOUSE:
            need = replace(need, women=None)  # the husband comes first: his age limit is the higher one
        pretends = content is Content.PRETENDED
        home = household(seed, 2 * number, need, desk.scenario, desk.today, COMPANIONS.get(planted), pretends)
        who = person(seed, home, 0, need, desk.scenario, planted is Planted.TWIN)
        filed = [desk.file(rng, number, 0, sending, who, need, content)]
        if planted is not Planted.NONE:
            filed.append(beside(desk, rng, First(number, filed[0], home, who, need, second), planted))
        return Family(number, tuple(filed), delivery, unreadable)


def _out_of_age(rng: Random, need: Need) -> Need:
    """People who are clearly too young, or too old, for a programme."""
    men, women = need.underage or (0, 0)
    if need.overage is not None and rng.random() < 0.6:
        return replace(need, women=(need.overage + 2, need.overage + 7), underage=None)
    return replace(
        need,
        men=None if need.men is None else (men - 12, men - 1),
        women=None if need.women is None else (max(17, women - 12), women - 1),
        underage=None,
    )
