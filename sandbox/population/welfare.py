"""True poverty and what a questionnaire sees of it.

Each household has a latent welfare, in standard deviations of the country's log consumption. A household is truly
poor below ``POVERTY_LINE``, set so that the country's share is the 24.3 % of HIES 2016 (domain.md §3). Dwelling,
goods and roster follow from welfare with noise, so that a proxy means test is informative and errs, as in life.
The curves are made up; they were shaped so that ranking by the scorecard of domain.md §3 finds clearly more of the
poor than chance and clearly fewer than all.
"""

from math import exp
from random import Random

POVERTY_LINE = -0.697
"""The 24.3 % quantile of a standard normal variable."""

Answers = dict[str, bool | int | str]

# Question: (odds at welfare 0, slope): the chance is logistic in welfare.
_OWNS = {
    "television": (0.4, 1.5),
    "bicycle_motorcycle_or_car": (-0.6, 0.9),
    "piped_water": (-1.0, 1.1),
}
_MISREPORTED = 0.03
_HIDDEN = 0.06


def is_poor(welfare: float) -> bool:
    """Whether the household is truly poor."""
    return welfare < POVERTY_LINE


def consumption(welfare: float) -> float:
    """Consumption a head as a multiple of the poverty line."""
    return exp(0.55 * (welfare - POVERTY_LINE))


def chance(odds: float) -> float:
    """The logistic function."""
    return 1 / (1 + exp(-odds))


def answers(rng: Random, welfare: float, female_head: bool) -> Answers:
    """The answers to the form's questions (``shared.contracts.household.ANSWERS``) as a visitor writes them down.

    A few answers are wrong by accident, and a few goods are hidden on purpose.
    """
    draw = rng.random
    seen = welfare + 0.45 * rng.gauss(0, 1)  # what stands in a house outlasts a bad year: not today's consumption
    given: Answers = {
        "any_member_day_labourer": draw() < chance(-0.2 - 1.3 * seen),
        "rooms": 1 + (draw() < chance(0.5 + 1.2 * seen)) + (draw() < chance(-1.2 + 1.3 * seen)),
        "wall": _wall(seen + 0.8 * rng.gauss(0, 1)),
        "fans": (draw() < chance(0.9 + 1.5 * seen)) + (draw() < chance(-0.6 + 1.5 * seen)),
        "mobile_phones": (draw() < chance(2.0 + 1.3 * seen)) + (draw() < chance(-0.2 + 1.3 * seen)),
        "cultivable_land_decimals": int(60 * exp(0.9 * seen) * draw()) if draw() < chance(0.2 + 0.7 * seen) else 0,
        "female_head": female_head,
    }
    for question, (at_zero, slope) in _OWNS.items():
        given[question] = draw() < chance(at_zero + slope * seen)
    if draw() < _MISREPORTED:
        given["television"] = not given["television"]
    if draw() < _MISREPORTED:
        given["rooms"] = 1 + int(draw() * 3)
    if draw() < _HIDDEN:
        given["fans"] = 0
        given["bicycle_motorcycle_or_car"] = False
    return given


def _wall(seen: float) -> str:
    if seen < -1.1:
        return "bamboo"
    if seen < -0.6:
        return "mud"
    return "tin" if seen < 0.7 else "brick"
