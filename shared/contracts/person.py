"""A person as the registry knows one: CCDS fields, checked and normalised by intake."""

from datetime import date
from enum import StrEnum
from typing import Literal

from shared.contracts.base import Event


class Gender(StrEnum):
    """CCDS codes; O is hijra."""

    MALE = "M"
    FEMALE = "F"
    OTHER = "O"


class Name(Event, frozen=True, kw_only=True):
    """A name in NFC; either script may be missing only where policy accepts the gap."""

    bn: str | None = None
    en: str | None = None


class NationalId(Event, frozen=True, kw_only=True):
    """A Bangladeshi national id in ASCII digits.

    A 10-digit smart-card number has no relation to the 13-digit one, so both kinds are kept apart; a 17-digit
    number is a birth year and the 13 (domain.md §2). At least one of the two is set.
    """

    n10: str | None = None
    n13: str | None = None
    birth_year: int | None = None


class Parent(Event, frozen=True, kw_only=True):
    """Mother or father."""

    name: Name
    national_id: NationalId | None = None


class Address(Event, frozen=True, kw_only=True):
    """BBS two-digit codes. ``city_corporation`` is ``00`` where there is none."""

    division: str
    district: str
    city_corporation: str = "00"
    upazila: str
    union: str
    rural_ward: str | None = None
    line: str | None = None

    @property
    def district_code(self) -> str:
        """Division and district, four digits, the key of reports and of the map."""
        return self.division + self.district

    @property
    def upazila_code(self) -> str:
        """Down to the upazila: division, district, city corporation, upazila; eight digits."""
        return f"{self.division}{self.district}{self.city_corporation}{self.upazila}"

    @property
    def union_code(self) -> str:
        """The whole BBS geo code: ten digits."""
        return f"{self.division}{self.district}{self.city_corporation}{self.upazila}{self.union}"


class Person(Event, frozen=True, kw_only=True):
    """The applicant. A field is None only where the source's gap policy accepted that (``gaps`` says which)."""

    national_id: NationalId | None = None
    birth_registration_number: str | None = None
    name: Name
    mother: Parent | None = None
    father: Parent | None = None
    date_of_birth: date | None = None
    birth_place: str | None = None
    nationality: str | None = None
    gender: Gender | None = None
    religion: str | None = None
    occupation: str | None = None
    present_address: Address | None = None
    permanent_address: Address
    marital_status: str | None = None
    disability: str | None = None
    education: str | None = None
    blood_group: str | None = None
    ethnicity: str | None = None
    mobile: str | None = None


class Payee(Event, frozen=True, kw_only=True):
    """The account to pay; ``account`` in the provider's own format, ASCII digits.

    ``entered_by`` is the source's own pseudonym of the clerk who entered it.
    """

    kind: Literal["self", "guardian", "nominee"]
    provider: str
    account: str
    routing_number: str | None = None
    holder_name: Name
    holder_national_id: NationalId | None = None
    verified_on: date | None = None
    entered_by: str | None = None
