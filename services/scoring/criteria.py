"""A programme's criteria on one applicant: met, not met, or not to be told (design.md §9).

A gap blocks only the rules that need the field: where all its values lead to one answer, that is the answer.
"""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from shared.contracts.household import Declarations
from shared.contracts.person import Gender, Person
from shared.policy import criteria as policy
from shared.policy.base import PolicyPart
from shared.policy.dates import completed_years


class Verdict(StrEnum):
    """What a criterion says of an applicant."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Applicant(NamedTuple):
    """What criteria look at; ``on`` is the programme's reference date for ages."""

    person: Person
    declarations: Declarations
    on: date


class Finding(NamedTuple):
    """A criterion that is not met or cannot be told, what it says, and the field of the form that it says it by."""

    criterion: policy.Criterion
    verdict: Verdict
    field: str


Judgement = tuple[Verdict, str]
"""What a criterion says, and the field of the common form that it says it by."""

# By themselves: to look into an enum takes longer than most rules do.
MET: Final = Verdict.MET
NOT_MET: Final = Verdict.NOT_MET
UNKNOWN: Final = Verdict.UNKNOWN


def judge(criterion: policy.Criterion, applicant: Applicant) -> Judgement:
    """Hold one criterion against an applicant."""
    return _RULES[type(criterion)](criterion, applicant)


def _told(holds: bool | None, field: str) -> Judgement:
    return (UNKNOWN if holds is None else MET if holds else NOT_MET), field


def _not(declared: bool | None) -> bool | None:
    return None if declared is None else not declared


def _age(criterion: policy.AgeCriterion, applicant: Applicant) -> Judgement:
    born, gender = applicant.person.date_of_birth, applicant.person.gender
    if born is None:
        return UNKNOWN, "applicant.date_of_birth"
    age = completed_years(born, applicant.on)
    if gender is not None:
        return _told(criterion.range_for(gender).holds(age), "applicant.date_of_birth")
    possible = {criterion.range_for(sex).holds(age) for sex in Gender}
    if len(possible) > 1:
        return UNKNOWN, "applicant.gender"
    return _told(possible.pop(), "applicant.date_of_birth")


def _gender(criterion: policy.GenderCriterion, applicant: Applicant) -> Judgement:
    gender = applicant.person.gender
    return _told(None if gender is None else gender in criterion.any_of, "applicant.gender")


def _income(criterion: policy.IncomeCriterion, applicant: Applicant) -> Judgement:
    if criterion.measure == "yearly":
        taka, field = applicant.declarations.yearly_income_taka, "declarations.yearly_income_taka"
    else:
        taka, field = applicant.declarations.household_monthly_income_taka, "declarations.household_monthly_income_taka"
    return _told(None if taka is None else taka <= criterion.at_most_taka, field)


def _marital_status(criterion: policy.MaritalStatusCriterion, applicant: Applicant) -> Judgement:
    status = applicant.person.marital_status
    return _told(None if status is None else status in criterion.any_of, "applicant.marital_status")


def _widowhood_proof(criterion: policy.WidowhoodProofCriterion, applicant: Applicant) -> Judgement:
    proof = applicant.declarations.widowhood_proof
    return _told(None if proof is None else proof in criterion.any_of, "declarations.widowhood_proof")


def _not_remarried(criterion: policy.NotRemarriedCriterion, applicant: Applicant) -> Judgement:
    return _told(_not(applicant.declarations.remarried), "declarations.remarried")


def _disability_card(criterion: policy.DisabilityCardCriterion, applicant: Applicant) -> Judgement:
    return _told(True if applicant.declarations.disability_card else None, "declarations.disability_card")


def _residence(criterion: policy.ResidenceCriterion, applicant: Applicant) -> Judgement:
    area = applicant.person.permanent_address.union_code
    return _told(not criterion.areas or area.startswith(criterion.areas), "applicant.permanent_address")


def _nationality(criterion: policy.NationalityCriterion, applicant: Applicant) -> Judgement:
    nationality = applicant.person.nationality
    return _told(None if nationality is None else nationality in criterion.any_of, "applicant.nationality")


def _no_other_benefit(criterion: policy.NoOtherBenefitCriterion, applicant: Applicant) -> Judgement:
    others = applicant.declarations.other_benefits
    return _told(None if others is None else set(others) <= set(criterion.allowed), "declarations.other_benefits")


def _not_government_employee(criterion: policy.NotGovernmentEmployeeCriterion, applicant: Applicant) -> Judgement:
    return _told(_not(applicant.declarations.government_employee), "declarations.government_employee")


def _not_pensioner(criterion: policy.NotPensionerCriterion, applicant: Applicant) -> Judgement:
    return _told(_not(applicant.declarations.government_pension), "declarations.government_pension")


def _community(criterion: policy.CommunityCriterion, applicant: Applicant) -> Judgement:
    community = applicant.declarations.community
    return _told(None if community is None else community in criterion.any_of, "declarations.community")


def _pregnancy(criterion: policy.PregnancyCriterion, applicant: Applicant) -> Judgement:
    weeks, order = applicant.declarations.pregnancy_weeks, applicant.declarations.pregnancy_order
    if weeks is not None and not criterion.weeks_at_least <= weeks <= criterion.weeks_at_most:
        return NOT_MET, "declarations.pregnancy_weeks"
    if order is not None and order > criterion.order_at_most:
        return NOT_MET, "declarations.pregnancy_order"
    if weeks is None:
        return UNKNOWN, "declarations.pregnancy_weeks"
    return _told(None if order is None else True, "declarations.pregnancy_order")


def _land(criterion: policy.LandCriterion, applicant: Applicant) -> Judgement:
    decimals = applicant.declarations.land_decimals
    return _told(None if decimals is None else decimals <= criterion.at_most_decimals, "declarations.land_decimals")


_RULES: Final[dict[type[PolicyPart], Callable[[Any, Applicant], Judgement]]] = {
    policy.AgeCriterion: _age,
    policy.GenderCriterion: _gender,
    policy.IncomeCriterion: _income,
    policy.MaritalStatusCriterion: _marital_status,
    policy.WidowhoodProofCriterion: _widowhood_proof,
    policy.NotRemarriedCriterion: _not_remarried,
    policy.DisabilityCardCriterion: _disability_card,
    policy.ResidenceCriterion: _residence,
    policy.NationalityCriterion: _nationality,
    policy.NoOtherBenefitCriterion: _no_other_benefit,
    policy.NotGovernmentEmployeeCriterion: _not_government_employee,
    policy.NotPensionerCriterion: _not_pensioner,
    policy.CommunityCriterion: _community,
    policy.PregnancyCriterion: _pregnancy,
    policy.LandCriterion: _land,
}

RULED: Final = frozenset(_RULES)
"""The criteria that have a rule here: must be every kind that policy can declare."""
