"""Each criterion: met, not met, or unknown with the field that would tell it."""

import typing
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.scoring.conditions import condition
from services.scoring.criteria import RULED, Applicant, Finding, Verdict, judge
from services.scoring.reasons import reason_of
from shared.contracts.person import Gender, Person
from shared.policy.criteria import AgeRange, Criterion
from shared.policy.dates import completed_years
from shared.reference.text import has_bangla_letter
from tests.unit.scoring.people import REFERENCE, declarations, person

KINDS = typing.get_args(typing.get_args(Criterion)[0])
READER: TypeAdapter[Criterion] = TypeAdapter(Criterion)
WRITER = TypeAdapter(dict[str, Any])
AGE = {"kind": "age", "men": {"at_least": 65}, "women": {"at_least": 62}, "others": {"at_least": 65}}


def criterion(**fields: Any) -> Criterion:
    """Read one as policy would, lists as JSON has them."""
    return READER.validate_json(WRITER.dump_json(fields))


EXAMPLES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    # criterion, what does not meet it, what leaves it unknown, the field
    (AGE, {"date_of_birth": date(1964, 7, 2)}, {"date_of_birth": None}, "applicant.date_of_birth"),
    ({"kind": "gender", "any_of": ["F"]}, {"gender": Gender.MALE}, {"gender": None}, "applicant.gender"),
    ({"kind": "income", "measure": "yearly", "at_most_taka": 10_000}, {"yearly_income_taka": 10_001},
     {"yearly_income_taka": None}, "declarations.yearly_income_taka"),
    ({"kind": "income", "measure": "household_monthly", "at_most_taka": 8_000},
     {"household_monthly_income_taka": 8_001}, {"household_monthly_income_taka": None},
     "declarations.household_monthly_income_taka"),
    ({"kind": "marital_status", "any_of": ["3", "4", "5"]}, {"marital_status": "2"}, {"marital_status": None},
     "applicant.marital_status"),
    ({"kind": "widowhood_proof", "any_of": ["death_certificate"]}, {"widowhood_proof": "divorce_certificate"},
     {"widowhood_proof": None}, "declarations.widowhood_proof"),
    ({"kind": "not_remarried"}, {"remarried": True}, {"remarried": None}, "declarations.remarried"),
    ({"kind": "nationality"}, {"nationality": "356"}, {"nationality": None}, "applicant.nationality"),
    ({"kind": "no_other_benefit"}, {"other_benefits": ("vwb",)}, {"other_benefits": None},
     "declarations.other_benefits"),
    ({"kind": "not_government_employee"}, {"government_employee": True}, {"government_employee": None},
     "declarations.government_employee"),
    ({"kind": "not_pensioner"}, {"government_pension": True}, {"government_pension": None},
     "declarations.government_pension"),
    ({"kind": "pregnancy", "weeks_at_least": 17, "weeks_at_most": 26, "order_at_most": 2}, {"pregnancy_weeks": 27},
     {"pregnancy_weeks": None}, "declarations.pregnancy_weeks"),
    ({"kind": "pregnancy", "weeks_at_least": 17, "weeks_at_most": 26, "order_at_most": 2}, {"pregnancy_order": 3},
     {"pregnancy_order": None}, "declarations.pregnancy_order"),
    ({"kind": "land", "at_most_decimals": 15}, {"land_decimals": 16}, {"land_decimals": None},
     "declarations.land_decimals"),
    ({"kind": "community", "any_of": ["bede"]}, {"community": "tea_worker"}, {"community": None},
     "declarations.community"),
]  # fmt: skip


def applicant(**changes: Any) -> Applicant:
    own = {name: value for name, value in changes.items() if name in Person.__struct_fields__}
    declared = {"community": "bede"} | {name: value for name, value in changes.items() if name not in own}
    return Applicant(person(**own), declarations(**declared), REFERENCE)


def test_every_criterion_that_policy_knows_has_a_rule() -> None:
    assert frozenset(KINDS) == RULED


@pytest.mark.parametrize(("rule", "against", "untold", "field"), EXAMPLES)
def test_a_criterion_is_met_not_met_or_unknown(
    rule: dict[str, Any], against: dict[str, Any], untold: dict[str, Any], field: str
) -> None:
    read = criterion(**rule)
    assert judge(read, applicant())[0] is Verdict.MET
    assert judge(read, applicant(**against)) == (Verdict.NOT_MET, field)
    assert judge(read, applicant(**untold)) == (Verdict.UNKNOWN, field)


def test_a_disability_card_is_held_or_not_declared() -> None:
    assert judge(criterion(kind="disability_card"), applicant())[0] is Verdict.MET
    assert judge(criterion(kind="disability_card"), applicant(disability_card=None))[0] is Verdict.UNKNOWN


def test_residence_is_by_the_beginning_of_the_geo_code() -> None:
    assert judge(criterion(kind="residence"), applicant())[0] is Verdict.MET
    assert judge(criterion(kind="residence", areas=["3026"]), applicant())[0] is Verdict.MET
    assert judge(criterion(kind="residence", areas=["20", "3033"]), applicant())[0] is Verdict.NOT_MET


def test_allowed_other_benefits_are_no_obstacle() -> None:
    rule = criterion(kind="no_other_benefit", allowed=["tea_worker"])
    assert judge(rule, applicant(other_benefits=("tea_worker",)))[0] is Verdict.MET
    assert judge(rule, applicant(other_benefits=("tea_worker", "vwb")))[0] is Verdict.NOT_MET


@pytest.mark.parametrize(
    ("gender", "born", "verdict"),
    [
        (Gender.FEMALE, date(1964, 7, 1), Verdict.MET),
        (Gender.FEMALE, date(1964, 7, 2), Verdict.NOT_MET),
        (Gender.MALE, date(1961, 7, 1), Verdict.MET),
        (Gender.MALE, date(1961, 7, 2), Verdict.NOT_MET),
        (Gender.OTHER, date(1961, 7, 2), Verdict.NOT_MET),
    ],
)
def test_age_is_reckoned_by_sex_on_the_first_of_july(gender: Gender, born: date, verdict: Verdict) -> None:
    assert judge(criterion(**AGE), applicant(gender=gender, date_of_birth=born))[0] is verdict


@pytest.mark.parametrize(
    ("born", "verdict", "field"),
    [
        (date(1961, 7, 1), Verdict.MET, "applicant.date_of_birth"),
        (date(1961, 7, 2), Verdict.UNKNOWN, "applicant.gender"),
        (date(1964, 7, 1), Verdict.UNKNOWN, "applicant.gender"),
        (date(1964, 7, 2), Verdict.NOT_MET, "applicant.date_of_birth"),
    ],
)
def test_a_missing_gender_blocks_only_the_ages_at_which_it_matters(born: date, verdict: Verdict, field: str) -> None:
    assert judge(criterion(**AGE), applicant(gender=None, date_of_birth=born)) == (verdict, field)


def test_a_birthday_on_29_february_comes_on_1_march_in_a_common_year() -> None:
    assert completed_years(date(2004, 2, 29), date(2022, 2, 28)) == 17
    assert completed_years(date(2004, 2, 29), date(2022, 3, 1)) == 18


@given(st.integers(0, 130), st.integers(0, 130), st.integers(0, 130))
def test_an_age_range_holds_from_its_low_to_its_high_end(age: int, low: int, width: int) -> None:
    ages = AgeRange(at_least=low, at_most=min(130, low + width))
    assert ages.holds(age) == (low <= age <= min(130, low + width))


def test_every_verdict_is_explained_in_both_languages() -> None:
    for (rule, _, _, field), verdict in product(EXAMPLES, Verdict):
        finding = Finding(criterion(**rule), verdict, field)
        reason = reason_of(finding)
        assert reason.code == f"{rule['kind']}_{verdict.value}"
        assert reason.field == field, reason.code
        assert condition(finding.criterion).en in reason.text_en, reason.code
        assert has_bangla_letter(reason.text_bn), reason.code


def test_a_reason_states_the_rule_in_the_digits_of_its_language() -> None:
    old_age = criterion(**AGE)
    reason = reason_of(Finding(old_age, *judge(old_age, applicant(date_of_birth=date(1990, 1, 1)))))
    assert "at least 65 years (men), at least 62 years (women)" in reason.text_en
    assert "৬৫" in reason.text_bn
    assert not any(digit in reason.text_bn for digit in "0123456789")
    assert "1990" not in reason.text_en, "nothing of the applicant"
