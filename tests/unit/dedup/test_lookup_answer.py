"""What a ministry is told of a person, from what was seen in the register and in the copy of the entitlements."""

import pytest

from services.dedup.lookup.answer import Seen, answer, sure_of
from services.dedup.lookup.bucket import Buckets
from services.dedup.lookup.rights import Right
from services.dedup.ruling import Standing
from shared.policy import Policy
from tests.shipped import shipped_policy


@pytest.fixture(scope="module")
def policy() -> Policy:
    return shipped_policy()


ACCEPTED = Seen("a1", "widow", Standing.ACCEPTED, "a1", ("a1",), True)


def right(programme: str, status: str, application_id: str = "a1") -> Right:
    return Right(f"e-{programme}", application_id, programme, status)  # type: ignore[arg-type]


def test_somebody_whom_nobody_resembles_may_be_enrolled(policy: Policy) -> None:
    said = answer("old_age", [], [], policy)
    assert (said.answer, said.may, said.programmes) == ("unknown", "yes", ())


def test_a_place_in_a_programme_that_excludes_the_one_asked_for_is_an_obstacle(policy: Policy) -> None:
    said = answer("old_age", [ACCEPTED], [right("widow", "receiving")], policy)
    assert (said.answer, said.may) == ("known", "no")
    (other,) = said.programmes
    assert (other.code, other.status, other.groups) == ("widow", "receiving", ("regular_cash",))
    assert [reason.code for reason in said.reasons] == ["excluded"]


def test_somebody_of_a_list_of_beneficiaries_has_a_place(policy: Policy) -> None:
    listed = ACCEPTED._replace(listed=True)
    said = answer("old_age", [listed], [], policy)
    assert (said.may, said.programmes[0].status, said.reasons[0].code) == ("no", "listed", "excluded")
    assert answer("widow", [listed], [], policy).reasons[0].code == "has_it_already"


@pytest.mark.parametrize(
    ("programme", "rights", "may", "reason"),
    [
        ("old_age", [right("widow", "suspended")], "no", "excluded"),
        ("old_age", [right("widow", "ended")], "yes", "no_obstacle"),
        ("old_age", [], "apply", "applied_elsewhere"),
        ("widow", [], "no", "applied_already"),
        ("widow", [right("widow", "receiving")], "no", "has_it_already"),
        ("widow", [right("widow", "ended")], "yes", "no_obstacle"),
        ("tea_worker", [right("widow", "receiving")], "yes", "no_obstacle"),
    ],
)
def test_who_is_known_is_told_by_programme_and_status(
    policy: Policy, programme: str, rights: list[Right], may: str, reason: str
) -> None:
    said = answer(programme, [ACCEPTED], rights, policy)
    assert (said.answer, said.may, said.reasons[0].code) == ("known", may, reason)


@pytest.mark.parametrize(
    "seen",
    [
        [ACCEPTED._replace(sure=False)],
        [ACCEPTED._replace(standing=Standing.HELD)],
        [ACCEPTED._replace(standing=Standing.UNDECIDED, person_id=None)],
        [ACCEPTED, ACCEPTED._replace(application_id="b1", person_id="b1", cluster=("b1",))],
    ],
)
def test_what_a_reviewer_would_look_at_is_not_told(policy: Policy, seen: list[Seen]) -> None:
    said = answer("old_age", seen, [], policy)
    assert sure_of(seen) == []
    assert (said.answer, said.may, said.programmes) == ("uncertain", "apply", ())


def test_where_not_everybody_could_be_looked_at_nobody_is_called_unknown(policy: Policy) -> None:
    assert answer("old_age", [], [], policy, complete=False).answer == "uncertain"
    assert answer("old_age", [ACCEPTED], [], policy, complete=False).answer == "known"


@pytest.mark.parametrize("standing", [Standing.REFUSED, Standing.WITHDRAWN])
def test_an_application_that_came_to_nothing_is_no_obstacle(policy: Policy, standing: Standing) -> None:
    assert answer("old_age", [ACCEPTED._replace(standing=standing)], [], policy).answer == "unknown"


def test_of_two_applications_of_one_person_both_programmes_are_told(policy: Policy) -> None:
    second = ACCEPTED._replace(application_id="a2", programme="tea_worker")
    said = answer("vwb", [ACCEPTED, second], [right("widow", "receiving")], policy)
    assert [(each.code, each.status) for each in said.programmes] == [("tea_worker", "applied"), ("widow", "receiving")]
    assert said.programmes[0].groups == ("vwb_and_grants",)


def test_a_principal_may_ask_so_often_at_once_and_then_by_the_minute() -> None:
    now = 0.0
    buckets = Buckets(per_minute=30, burst=3, clock=lambda: now)
    assert [buckets.take("msw") for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("mowca") == 0, "each principal has a bucket of its own"
    now = 2.0
    assert [buckets.take("msw") for _ in range(2)] == [0, 2]
    now = 1_000.0
    assert [buckets.take("msw") for _ in range(4)] == [0, 0, 0, 2]
