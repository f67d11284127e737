"""What committees say and which cycles the treasury pays for: pure, and the same each time."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from sandbox.committees import Habits, Word, words
from sandbox.treasury import CycleDates, cycle_on
from shared.policy import Policy

ROUND = "old_age.3"


def members(offered: int, waiting: int = 0, confirmed: int = 0, prefix: str = "a") -> list[dict[str, Any]]:
    """A cell's members, poorest first."""
    states = ["confirmed"] * confirmed + ["offered"] * offered + ["waiting"] * waiting
    return [{"application_id": f"{prefix}{n}", "rank": n + 1, "state": state} for n, state in enumerate(states)]


def test_only_those_who_are_offered_a_place_are_decided_on_in_the_order_of_their_ranks() -> None:
    said = words(ROUND, members(offered=5, waiting=3, confirmed=2), Habits(refused=0))

    assert said == [Word(f"a{n}", ROUND, True) for n in range(2, 7)]


def test_about_the_stated_share_is_refused_each_with_a_reason_and_the_same_ones_each_time() -> None:
    everyone = members(offered=5_000)

    said = words(ROUND, everyone, Habits(seed=2))

    refused = [word for word in said if not word.selected]
    assert len(refused) == pytest.approx(150, rel=0.3)
    assert len(Counter(word.reason for word in refused)) == 3
    assert None not in {word.reason for word in refused}
    assert said == words(ROUND, everyone, Habits(seed=2))


def test_nobody_is_taken_out_of_order_unless_overrides_are_asked_for() -> None:
    cells = [members(offered=4, waiting=4, prefix=f"c{n}-") for n in range(300)]

    assert not any(word.override for cell in cells for word in words(ROUND, cell, Habits()))
    said = [words(ROUND, cell, Habits(override=0.02)) for cell in cells]
    overrides = [cell for cell in said if cell[0].override]
    assert len(overrides) == pytest.approx(300 * 4 * 0.02, rel=0.5)
    assert all(len(cell) == 1 and cell[0].selected and cell[0].reason for cell in overrides)
    assert all(int(cell[0].application_id.rpartition("-")[2]) >= 4 for cell in overrides), "it waits further down"


def test_once_somebody_is_confirmed_a_cell_is_not_overridden_again() -> None:
    said = words(ROUND, members(offered=3, waiting=3, confirmed=1), Habits(refused=0, override=1))

    assert [word.override for word in said] == [False] * 3


@pytest.mark.parametrize(
    ("programme", "today", "cycle"),
    [
        ("old_age", date(2026, 11, 22), CycleDates("2026-27-Q2", date(2026, 10, 1))),
        ("old_age", date(2026, 7, 1), CycleDates("2026-27-Q1", date(2026, 7, 1))),
        ("old_age", date(2027, 1, 31), CycleDates("2026-27-Q3", date(2027, 1, 1))),
        ("old_age", date(2027, 6, 30), CycleDates("2026-27-Q4", date(2027, 4, 1))),
        ("mother_child", date(2026, 12, 31), CycleDates("2026-12", date(2026, 12, 1))),
        ("tea_worker", date(2027, 2, 1), CycleDates("2026-27", date(2026, 7, 1))),
        ("old_age", date(2020, 1, 1), None),
    ],
)
def test_the_cycle_of_a_day_is_the_one_that_it_lies_in(
    policy: Policy, programme: str, today: date, cycle: CycleDates | None
) -> None:
    assert cycle_on(policy.programmes[programme], today) == cycle
