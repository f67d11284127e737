"""Which rate a person gets: aged 90 and over, student levels, otherwise the programme's default."""

from dataclasses import dataclass

from services.scoring.criteria import Applicant
from shared.policy.dates import completed_years
from shared.policy.programmes import AgeAtLeast, EducationLevel, ProgrammePolicy

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class RateClassUnknown:
    """The class depends on a field of the common form that is missing."""

    field: str


def rate_class_of(programme: ProgrammePolicy, applicant: Applicant) -> str | RateClassUnknown:
    """The first class, in the order of the policy, whose rule holds. A class without a public rule takes nobody."""
    for code, rule in programme.rate_classes.items():
        if isinstance(rule, AgeAtLeast):
            born = applicant.person.date_of_birth
            if born is None:
                return RateClassUnknown("applicant.date_of_birth")
            if completed_years(born, applicant.on) >= rule.years:
                return code
        elif isinstance(rule, EducationLevel):
            level = applicant.declarations.education_level
            if level is None:
                return RateClassUnknown("declarations.education_level")
            if level == rule.level:
                return code
    return DEFAULT
