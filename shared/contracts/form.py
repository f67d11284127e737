"""The one common application form (seed 003, point ঙ): what a source sends as ``application.submitted.v1``.

The form is lenient on purpose. Every leaf is optional and textual where a person types it, so that intake can
answer with *every* fault of an application at once instead of the first one that a parser trips over. Only
``source_ref`` is needed to answer at all. What the fields must hold is said in ``services/intake``.
"""

from typing import Any, Literal

from pydantic import Field

from shared.contracts.base import Contract

FORM_VERSION: Literal["1"] = "1"

Text = str | None
Number = int | float | str | None


class FormName(Contract):
    """A name in one or both scripts; CCDS makes the Bangla one mandatory (domain.md §2)."""

    bn: Text = None
    en: Text = None


class FormParent(Contract):
    """CCDS "mother's / father's information"."""

    name: FormName | None = None
    national_id: Text = None


class FormAddress(Contract):
    """BBS codes of two digits each, as text: a leading zero matters (domain.md §2)."""

    division: Text = None
    district: Text = None
    city_corporation: Text = None
    upazila: Text = None
    union: Text = Field(default=None, description="union or urban ward")
    rural_ward: Text = None
    line: Text = Field(default=None, description="house, road, village; at most 255 characters")
    country: Text = Field(default=None, description="ISO 3166-1 numeric, 050 is Bangladesh")


class FormPerson(Contract):
    """The Citizen Core Data Structure: twelve mandatory and the optional fields, and the mobile number."""

    national_id: Text = None
    birth_registration_number: Text = None
    name: FormName | None = None
    mother: FormParent | None = None
    father: FormParent | None = None
    date_of_birth: Text = Field(default=None, description="YYYY-MM-DD")
    birth_place: Text = Field(default=None, description="BBS division and district code, four digits")
    nationality: Text = Field(default=None, description="ISO 3166-1 numeric, 050 is Bangladesh")
    gender: Text = Field(default=None, description="M, F or O")
    religion: Text = None
    occupation: Text = None
    present_address: FormAddress | None = None
    permanent_address: FormAddress | None = None
    blood_group: Text = None
    education: Text = None
    marital_status: Text = None
    disability: Text = None
    ethnicity: Text = None
    mobile: Text = None


class FormMember(Contract):
    """One line of the household roster; the applicant is one of them."""

    relation: Text = Field(
        default=None, description="self, spouse, child, parent, sibling, grandchild, child_in_law or other"
    )
    date_of_birth: Text = None
    gender: Text = None
    attends_school: bool | None = None


class FormHousehold(Contract):
    """The roster and the answers that a proxy means test asks for, by the name of the question."""

    household_ref: Text = Field(default=None, description="the source's own reference, if it keeps households")
    members: list[FormMember] = Field(default_factory=list)
    answers: dict[str, Any] = Field(
        default_factory=dict,
        description="PMT answers by question; shared/contracts/household.py lists the questions",
    )


class FormPayee(Contract):
    """The account that is to be paid, and whose it is."""

    kind: Text = Field(default=None, description="self, guardian or nominee")
    provider: Text = Field(default=None, description="a provider that policy declares: bkash, nagad, ...")
    account: Text = None
    routing_number: Text = Field(default=None, description="for a bank or agent bank: nine digits")
    holder_name: FormName | None = None
    holder_national_id: Text = None
    verified_on: Text = Field(default=None, description="YYYY-MM-DD, when the provider last confirmed the holder")
    entered_by: Text = Field(
        default=None, description="the source's own pseudonym of the clerk who entered the account; no name, no number"
    )


class FormDeclarations(Contract):
    """What the applicant declares or shows a paper for; the programmes' criteria ask for these."""

    yearly_income_taka: Number = None
    household_monthly_income_taka: Number = None
    land_decimals: Number = None
    other_benefits: list[str] | None = Field(default=None, description="codes of programmes; empty: none")
    government_employee: bool | None = None
    government_pension: bool | None = None
    widowhood_proof: Text = Field(default=None, description="death_certificate or divorce_certificate")
    remarried: bool | None = None
    disability_card: Text = Field(default=None, description="number of the disability identity card")
    pregnancy_weeks: Number = None
    pregnancy_order: Number = Field(default=None, description="1 for the first pregnancy, 2 for the second")
    education_level: Text = Field(default=None, description="primary, secondary, higher_secondary or higher")
    community: Text = Field(default=None, description="hijra, bede, anagrasar or tea_worker, as certified")


class FormConsent(Contract):
    """Consent to keep and compare the data (seed 003, point ঘ)."""

    given: bool | None = None
    on: Text = None


class CommonForm(Contract):
    """``application.submitted.v1``: one applicant, one programme."""

    form_version: Text = None
    source_ref: str = Field(description="the source's own reference, never a national id or a mobile number")
    revision: int = Field(default=1, ge=1, le=1_000_000, description="raised by the source for each amendment")
    programme: Text = None
    applicant: FormPerson = Field(default_factory=FormPerson)
    household: FormHousehold = Field(default_factory=FormHousehold)
    payee: FormPayee | None = None
    declarations: FormDeclarations = Field(default_factory=FormDeclarations)
    consent: FormConsent | None = None
