"""A programme: who may have it, who chooses, how many places, how much and how often."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.contracts.person import Address
from shared.policy.base import Basis, Key, PolicyPart, Text
from shared.policy.criteria import Criterion, GeoPrefix
from shared.policy.dates import fiscal_year_start
from shared.policy.errors import FrequencyNotKnown, RateNotKnown
from shared.policy.payroll import Payroll
from shared.policy.rates import MONTHS, Frequency, FrequencyRow, Rate, RateRow, frequency_on, row_on

Places = Annotated[int, Field(ge=0)]


class Quota(PolicyPart):
    """Places by cell: the permanent address cut to ``level``. Configuration of a deployment, not a published figure."""

    level: Literal["union", "upazila"]
    per_cell: Places
    cells: Mapping[GeoPrefix, Places] = Field(default_factory=dict)
    basis: Basis = "assumed"

    def cell(self, permanent: Address) -> str:
        """The geo code of the cell that an address belongs to: ten digits (union) or eight (upazila)."""
        return permanent.union_code if self.level == "union" else permanent.upazila_code

    def places(self, cell: str) -> int:
        """How many places a cell has."""
        return self.cells.get(cell, self.per_cell)


class AgeAtLeast(PolicyPart):
    """A rate class for those of this age, in completed years on the reference date."""

    kind: Literal["age_at_least"]
    years: int = Field(ge=0, le=130)


class EducationLevel(PolicyPart):
    """A rate class for students of this level."""

    kind: Literal["education_level"]
    level: Literal["primary", "secondary", "higher_secondary", "higher"]


class RuleNotPublic(PolicyPart):
    """The rate is published, who gets it is not: nobody is put into the class by rule."""

    kind: Literal["not_public"]


RateClassRule = Annotated[AgeAtLeast | EducationLevel | RuleNotPublic, Field(discriminator="kind")]


class ProgrammePolicy(PolicyPart):
    """One programme. ``decides`` says whether criteria or the proxy means test has the last word (seed 003).

    ``cut_off`` is in the model's own score and belongs to the poor side. ``reference_date`` is the day on which ages
    are reckoned: 1 July of the fiscal year, or the day of receipt. ``beneficiaries_per_account`` says how many
    people's allowance one account may take.
    """

    code: Key
    name_en: Text
    name_bn: Text
    owner: str
    benefit: Literal["cash", "food"] = "cash"
    open_to_applications: bool
    closed_because: Text | None = None
    decides: Literal["criteria", "pmt"]
    selection: Literal["rolling", "round"]
    reference_date: Literal["fiscal_year_start", "received"] = "fiscal_year_start"
    quota: Quota
    frequency: tuple[FrequencyRow, ...] = ()
    rate_classes: Mapping[Key, RateClassRule] = Field(default_factory=dict)
    rates: tuple[RateRow, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    criteria_basis: Basis
    criteria_source: Text
    model: str | None = None
    cut_off: Decimal | None = None
    cut_off_basis: Basis | None = None
    duration_months: int | None = Field(default=None, gt=0)
    birth_registration_accepted: bool = False
    payees: tuple[Literal["self", "guardian", "nominee"], ...] = ("self", "nominee")
    beneficiaries_per_account: int = Field(default=1, ge=1)
    payroll: Payroll = Payroll()
    joined_into: str | None = None
    exclusion_groups: tuple[str, ...] = Field(default=(), exclude=True)
    """Codes of the exclusion groups that it belongs to; the loader fills this in from overlaps.yaml."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = []
        if self.exclusion_groups:
            mistakes.append("exclusion_groups is filled in from overlaps.yaml, leave it out here")
        if self.open_to_applications:
            if self.benefit != "cash":
                mistakes.append("a programme that pays no money cannot be open: this pipeline ends in a payment")
            if not self.criteria:
                mistakes.append("a programme without criteria cannot be open to applications")
            if not self.rates or not self.frequency:
                mistakes.append("an open programme needs rates and a frequency")
            if self.closed_because is not None:
                mistakes.append("an open programme has no closed_because")
        elif self.closed_because is None:
            mistakes.append("a closed programme says why: closed_because")
        if self.decides == "pmt" and self.model is None:
            mistakes.append("where the PMT decides, the programme names its model")
        if self.cut_off is not None and self.cut_off_basis is None:
            mistakes.append("a cut_off needs a cut_off_basis")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def rate_on(self, rate_class: str, on: date) -> Rate:
        """The rate of a class on a Dhaka date; raises ``RateNotKnown``."""
        row = row_on(self.rates, rate_class, on)
        rate = row.rate(on) if row is not None else None
        if rate is None:
            raise RateNotKnown(self.code, rate_class, on)
        return rate

    def frequency_on(self, on: date) -> Frequency:
        """How often the programme pays on a Dhaka date; raises ``FrequencyNotKnown``."""
        row = frequency_on(self.frequency, on)
        if row is None:
            raise FrequencyNotKnown(self.code, on)
        return row.every

    def cycle_poisha(self, rate_class: str, starts_on: date) -> int:
        """What one beneficiary gets for the cycle that starts on this date: its months at the rate of that date."""
        rate = self.rate_on(rate_class, starts_on)
        return rate.poisha if rate.per == "one_time" else rate.poisha * MONTHS[self.frequency_on(starts_on)]

    def reference(self, received_on: date) -> date:
        """The day on which ages are reckoned for an application received on this Dhaka date."""
        return fiscal_year_start(received_on) if self.reference_date == "fiscal_year_start" else received_on
