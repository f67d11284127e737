"""Eligibility criteria as policy declares them; what they mean for an applicant is in ``services/scoring``."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.person import Gender
from shared.policy.base import PolicyPart

Years = Annotated[int, Field(ge=0, le=130)]
GeoPrefix = Annotated[str, StringConstraints(pattern=r"^(\d{2}){1,5}$")]
"""The beginning of a BBS geo code: division, district, city corporation, upazila, union; two digits each."""


class AgeRange(PolicyPart):
    """Completed years, both ends included."""

    at_least: Years | None = None
    at_most: Years | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("an age range needs at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("an age range whose at_least is above its at_most fits nobody")
        return self

    def holds(self, age: int) -> bool:
        """Whether an age in completed years lies in the range."""
        return (self.at_least is None or age >= self.at_least) and (self.at_most is None or age <= self.at_most)


class AgeCriterion(PolicyPart):
    """Age by sex: M, F and O (hijra) each have a range."""

    kind: Literal["age"]
    men: AgeRange
    women: AgeRange
    others: AgeRange

    def range_for(self, gender: Gender) -> AgeRange:
        """The range that holds for this gender."""
        if gender == Gender.MALE:
            return self.men
        return self.women if gender == Gender.FEMALE else self.others


class GenderCriterion(PolicyPart):
    """Only these genders."""

    kind: Literal["gender"]
    any_of: tuple[Literal["M", "F", "O"], ...] = Field(min_length=1)


class IncomeCriterion(PolicyPart):
    """Income not above ``at_most_taka``: the applicant's own a year, or the household's a month."""

    kind: Literal["income"]
    measure: Literal["yearly", "household_monthly"]
    at_most_taka: int = Field(ge=0)


class MaritalStatusCriterion(PolicyPart):
    """CCDS codes: 1 unmarried, 2 married, 3 widowed, 4 separated, 5 divorced."""

    kind: Literal["marital_status"]
    any_of: tuple[Literal["1", "2", "3", "4", "5"], ...] = Field(min_length=1)


class WidowhoodProofCriterion(PolicyPart):
    """A paper that shows the death or the divorce."""

    kind: Literal["widowhood_proof"]
    any_of: tuple[Literal["death_certificate", "divorce_certificate"], ...] = (
        "death_certificate",
        "divorce_certificate",
    )


class NotRemarriedCriterion(PolicyPart):
    """Has not married again."""

    kind: Literal["not_remarried"]


class DisabilityCardCriterion(PolicyPart):
    """Holds the disability identity card."""

    kind: Literal["disability_card"]


class ResidenceCriterion(PolicyPart):
    """Permanent address in one of these areas; none named is the whole country."""

    kind: Literal["residence"]
    areas: tuple[GeoPrefix, ...] = ()


class NationalityCriterion(PolicyPart):
    """ISO 3166-1 numeric codes; 050 is Bangladesh."""

    kind: Literal["nationality"]
    any_of: tuple[Annotated[str, StringConstraints(pattern=r"^\d{3}$")], ...] = Field(default=("050",), min_length=1)


class NoOtherBenefitCriterion(PolicyPart):
    """Declares no other programme, save those in ``allowed``. A declaration: what is so, the registry finds out."""

    kind: Literal["no_other_benefit"]
    allowed: tuple[str, ...] = ()


class NotGovernmentEmployeeCriterion(PolicyPart):
    """Is not in government service."""

    kind: Literal["not_government_employee"]


class NotPensionerCriterion(PolicyPart):
    """Draws no government pension."""

    kind: Literal["not_pensioner"]


class CommunityCriterion(PolicyPart):
    """Belongs to one of these communities, as certified."""

    kind: Literal["community"]
    any_of: tuple[Literal["hijra", "bede", "anagrasar", "tea_worker"], ...] = Field(min_length=1)


class PregnancyCriterion(PolicyPart):
    """Pregnant for so many weeks, with at most the ``order_at_most``-th child."""

    kind: Literal["pregnancy"]
    weeks_at_least: int = Field(ge=0, le=45)
    weeks_at_most: int = Field(ge=0, le=45)
    order_at_most: int = Field(ge=1, le=20)


class LandCriterion(PolicyPart):
    """Land not above so many decimals (a decimal is a hundredth of an acre)."""

    kind: Literal["land"]
    at_most_decimals: int = Field(ge=0)


Criterion = Annotated[
    AgeCriterion
    | GenderCriterion
    | IncomeCriterion
    | MaritalStatusCriterion
    | WidowhoodProofCriterion
    | NotRemarriedCriterion
    | DisabilityCardCriterion
    | ResidenceCriterion
    | NationalityCriterion
    | NoOtherBenefitCriterion
    | NotGovernmentEmployeeCriterion
    | NotPensionerCriterion
    | CommunityCriterion
    | PregnancyCriterion
    | LandCriterion,
    Field(discriminator="kind"),
]
