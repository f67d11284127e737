"""Criteria and proxy means test together: who is eligible, who is not, and what cannot be told."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.criteria import Verdict
from services.scoring.eligibility import assess
from shared.contracts.household import Declarations, Household
from shared.contracts.person import Gender
from tests.unit.scoring.people import POLICY, POOREST, application, declarations, household, person

OPEN = [code for code, programme in POLICY.programmes.items() if programme.open_to_applications]
MOTHER = {"date_of_birth": date(2000, 1, 1)}


def codes(result: Any) -> list[str]:
    return [reason.code for reason in result.reasons]


def without(*answers: str) -> Household:
    return Household(members=household().members, answers={k: v for k, v in POOREST.items() if k not in answers})


def mother(**parts: Any) -> Any:
    fields = {"person": person(**MOTHER), "household": household(date(2000, 1, 1), date(2024, 1, 1))} | parts
    return application("mother_child", **fields)


@pytest.mark.parametrize("programme", ["old_age", "widow", "disability"])
def test_who_meets_every_criterion_is_eligible_and_scored(programme: str) -> None:
    result = assess(application(programme), POLICY)
    assert result.state == "eligible"
    assert codes(result) == ["criteria_met"]
    assert result.score is not None
    assert result.rank.score == f"{result.score.value}"
    assert result.findings == ()


def test_every_criterion_that_is_not_met_is_named() -> None:
    poor_fit = declarations(yearly_income_taka=90_000, government_pension=True)
    result = assess(application("old_age", declarations=poor_fit), POLICY)
    assert result.state == "ineligible"
    assert codes(result) == ["income_not_met", "not_pensioner_not_met"]


def test_an_unknown_criterion_is_insufficient_data_and_names_its_field() -> None:
    result = assess(application("widow", declarations=declarations(widowhood_proof=None)), POLICY)
    assert result.state == "insufficient_data"
    assert [(reason.code, reason.field) for reason in result.reasons] == [
        ("widowhood_proof_unknown", "declarations.widowhood_proof")
    ]


def test_one_criterion_not_met_outweighs_any_number_that_are_unknown() -> None:
    result = assess(application("old_age", declarations=Declarations(government_pension=True)), POLICY)
    assert result.state == "ineligible"
    assert codes(result) == ["not_pensioner_not_met"]


def test_where_criteria_prevail_a_missing_answer_leaves_unscored_and_last() -> None:
    result = assess(application("old_age", household=without("rooms")), POLICY)
    assert result.state == "eligible"
    assert result.score is None
    assert result.rank.order is None
    assert codes(result) == ["criteria_met", "unscored"]
    assert result.reasons[1].field == "household.answers.rooms"


def test_where_the_pmt_decides_a_missing_answer_is_insufficient_data() -> None:
    result = assess(mother(household=without("rooms", "fans")), POLICY)
    assert result.state == "insufficient_data"
    assert [(reason.code, reason.field) for reason in result.reasons] == [
        ("pmt_answer_missing", "household.answers.rooms"),
        ("pmt_answer_missing", "household.answers.fans"),
    ]
    assert result.rank.score is None


def test_a_field_that_several_answers_need_is_named_once() -> None:
    result = assess(mother(household=household(date(2000, 1, 1), None)), POLICY)
    assert [reason.field for reason in result.reasons] == ["household.members[1].date_of_birth"]


@pytest.mark.parametrize(
    ("phones", "rooms", "score", "state"),
    [(1, 3, 39, "eligible"), (2, 1, 41, "ineligible")],
)
def test_where_the_pmt_decides_the_line_divides(phones: int, rooms: int, score: int, state: str) -> None:
    """One child is 16, no day labour 8, tin 2; one phone 8 and three rooms 5, or two phones 15: the line is 39."""
    family = household(
        date(2000, 1, 1), date(2024, 1, 1), any_member_day_labourer=False, mobile_phones=phones, rooms=rooms, wall="tin"
    )
    result = assess(mother(household=family), POLICY)
    assert result.score is not None
    assert result.score.value == score
    assert result.state == state
    assert codes(result) == (["criteria_met"] if state == "eligible" else ["pmt_above_cut_off"])


def test_where_criteria_prevail_a_high_score_refuses_nobody() -> None:
    rich = household(any_member_day_labourer=False, rooms=3, wall="brick", television=True, fans=2, mobile_phones=2)
    result = assess(application("old_age", household=rich), POLICY)
    assert result.score is not None
    assert result.score.value > 80
    assert result.state == "eligible"


@pytest.mark.parametrize(("born", "rate_class"), [(date(1936, 7, 1), "age_90_plus"), (date(1936, 7, 2), "default")])
def test_the_rate_class_follows_the_age_on_the_reference_date(born: date, rate_class: str) -> None:
    assert assess(application("old_age", person=person(date_of_birth=born)), POLICY).rate_class == rate_class


def test_a_class_without_a_public_rule_takes_nobody() -> None:
    assert assess(application("disability"), POLICY).rate_class == "default"


def test_a_student_of_unknown_level_cannot_be_paid() -> None:
    event = application("disability_stipend")
    assert [reason.field for reason in assess(event, POLICY).reasons] == ["declarations.education_level"]
    student = application("disability_stipend", declarations=declarations(education_level="secondary"))
    assert assess(student, POLICY).rate_class == "secondary"


@pytest.mark.parametrize(
    ("received", "state"),
    [
        (datetime(2026, 6, 30, 17, 59, tzinfo=UTC), "ineligible"),
        (datetime(2026, 6, 30, 18, 0, tzinfo=UTC), "eligible"),
    ],
)
def test_the_fiscal_year_begins_at_midnight_in_dhaka(received: datetime, state: str) -> None:
    born = person(date_of_birth=date(1964, 7, 1))
    assert assess(application("old_age", received_at=received, person=born), POLICY).state == state


def test_a_programme_that_left_the_policy_is_refused_and_not_a_crash() -> None:
    assert codes(assess(application("no_longer_there"), POLICY)) == ["programme_not_declared"]


def test_a_derived_gender_serves_and_a_gap_blocks() -> None:
    assert assess(mother(person=person(**MOTHER, gender=Gender.FEMALE)), POLICY).state == "eligible"
    gap = assess(mother(person=person(**MOTHER, gender=None)), POLICY)
    assert (gap.state, codes(gap)) == ("insufficient_data", ["gender_unknown"])


maybe = st.one_of(st.none(), st.booleans())


@given(
    st.sampled_from(OPEN),
    st.builds(
        Declarations,
        yearly_income_taka=st.one_of(st.none(), st.integers(0, 20_000)),
        household_monthly_income_taka=st.one_of(st.none(), st.integers(0, 16_000)),
        other_benefits=st.sampled_from([None, (), ("vwb",)]),
        government_employee=maybe,
        government_pension=maybe,
        remarried=maybe,
        disability_card=st.sampled_from([None, "1"]),
        widowhood_proof=st.sampled_from([None, "death_certificate"]),
        pregnancy_weeks=st.one_of(st.none(), st.integers(0, 40)),
        pregnancy_order=st.one_of(st.none(), st.integers(1, 4)),
    ),
    st.one_of(st.none(), st.dates(date(1930, 1, 1), date(2010, 1, 1))),
    st.one_of(st.none(), st.sampled_from(Gender)),
    st.sampled_from([(), ("rooms",)]),
)
def test_not_met_goes_before_unknown_and_unknown_before_eligible(
    programme: str, declared: Declarations, born: date | None, gender: Gender | None, dropped: tuple[str, ...]
) -> None:
    applicant = person(date_of_birth=born, gender=gender)
    result = assess(
        application(programme, person=applicant, declarations=declared, household=without(*dropped)), POLICY
    )
    verdicts = {finding.verdict for finding in result.findings}
    if Verdict.NOT_MET in verdicts:
        assert result.state == "ineligible"
    elif Verdict.UNKNOWN in verdicts:
        assert result.state in {"insufficient_data", "ineligible"}
        assert result.state == "insufficient_data" or codes(result) == ["pmt_above_cut_off"]
    assert (result.state == "eligible") == (codes(result)[0] == "criteria_met")
    assert (result.score is None) == bool(dropped), "never a score from an answer that is missing"
    assert all(reason.text_en and reason.text_bn for reason in result.reasons)
