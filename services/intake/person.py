"""The applicant: the fields of the Citizen Core Data Structure, each read by its own rule (domain.md §2).

Nothing here asks whether an empty field may be empty: ``gaps`` does, by source.
"""

from datetime import date
from typing import Any, Final

import msgspec

from services.intake.addresses import address_in_order, read_address, read_birth_place
from services.intake.completeness import filled_fields, filled_of
from services.intake.in_order import OutOfOrder, day, number, optional_text, part
from services.intake.names import name_in_order, read_name
from services.intake.section import Section
from shared.contracts.base import Event
from shared.contracts.person import Gender, Name, NationalId, Parent, Person
from shared.reference import ccds, identifiers
from shared.reference.geography import DISTRICTS

_ETHNICITY_MAX: Final = 50
_NATIONALITIES: Final = frozenset(f"{number:03}" for number in range(1000))
"""ISO 3166-1 numeric: countries come and go, so any three digits are taken."""

_GENDERS: Final = {gender.value: gender for gender in Gender}


_ABSENT: Final = frozenset({None, ""})
_BIRTH_PLACE: Final = _ABSENT.union(DISTRICTS)
_NATIONALITY: Final = _ABSENT.union(_NATIONALITIES)
_RELIGION: Final = _ABSENT.union(ccds.RELIGION)
_OCCUPATION: Final = _ABSENT.union(ccds.OCCUPATION_CODES)
_MARITAL_STATUS: Final = _ABSENT.union(ccds.MARITAL_STATUS)
_DISABILITY: Final = _ABSENT.union(ccds.DISABILITY)
_EDUCATION: Final = _ABSENT.union(ccds.EDUCATION)
_BLOOD_GROUP: Final = _ABSENT.union(ccds.BLOOD_GROUP)


class Applicant(msgspec.Struct, frozen=True, gc=False):
    """What was readable of the applicant. ``person`` is None where no record of a person can be made of it.

    ``filled`` are the CCDS fields that are not empty.
    """

    name: Name
    national_id: NationalId | None
    date_of_birth: date | None
    gender: Gender | None
    person: Person | None
    filled: frozenset[str]


class _GivenParent(Event, frozen=True, kw_only=True):
    name: Name
    national_id: str | None = None


class _Given(Event, frozen=True, kw_only=True):
    """The shape of an applicant in order, but for the addresses."""

    national_id: str | None = None
    birth_registration_number: str | None = None
    name: Name
    mother: _GivenParent | None = None
    father: _GivenParent | None = None
    date_of_birth: str | None = None
    birth_place: str | None = None
    nationality: str | None = None
    gender: Gender | None = None
    religion: str | None = None
    occupation: str | None = None
    marital_status: str | None = None
    disability: str | None = None
    education: str | None = None
    blood_group: str | None = None
    ethnicity: str | None = None
    mobile: str | None = None


def read_applicant(form: Section, today: date) -> Applicant:
    """Of the whole form all CCDS fields and the mobile number."""
    try:
        person = _person_in_order(form.content.get("applicant"), today)
    except OutOfOrder:
        return _read_leaf_by_leaf(form.section("applicant"), today)
    return Applicant(person.name, person.national_id, person.date_of_birth, person.gender, person, filled_of(person))


def _person_in_order(content: Any, today: date) -> Person:
    given = part(content, _Given)
    if (
        given.birth_place not in _BIRTH_PLACE
        or given.nationality not in _NATIONALITY
        or given.religion not in _RELIGION
        or given.occupation not in _OCCUPATION
        or given.marital_status not in _MARITAL_STATUS
        or given.disability not in _DISABILITY
        or given.education not in _EDUCATION
        or given.blood_group not in _BLOOD_GROUP
    ):
        raise OutOfOrder
    permanent, present = content.get("permanent_address"), content.get("present_address")
    permanent_address = address_in_order(permanent)
    return Person(
        national_id=number(given.national_id, identifiers.national_id),
        birth_registration_number=number(given.birth_registration_number, identifiers.birth_registration_number),
        name=name_in_order(given.name),
        mother=_parent_in_order(given.mother),
        father=_parent_in_order(given.father),
        date_of_birth=day(given.date_of_birth, today),
        birth_place=given.birth_place or None,
        nationality=given.nationality or None,
        gender=given.gender,
        religion=given.religion or None,
        occupation=given.occupation or None,
        present_address=(
            permanent_address if present == permanent else None if present is None else address_in_order(present)
        ),
        permanent_address=permanent_address,
        marital_status=given.marital_status or None,
        disability=given.disability or None,
        education=given.education or None,
        blood_group=given.blood_group or None,
        ethnicity=optional_text(given.ethnicity, _ETHNICITY_MAX),
        mobile=number(given.mobile, identifiers.mobile),
    )


def _parent_in_order(given: _GivenParent | None) -> Parent | None:
    """A parent who is named; a national id alone fills no field."""
    if given is None:
        return None
    name = name_in_order(given.name)
    if name.bn is None and name.en is None:
        raise OutOfOrder
    return Parent(name=name, national_id=number(given.national_id, identifiers.national_id))


def _read_leaf_by_leaf(form: Section, today: date) -> Applicant:
    filled = filled_fields(form.content)
    name = read_name(form.section("name"))
    national_id = form.read("national_id", identifiers.national_id)
    birth_registration_number = form.read("birth_registration_number", identifiers.birth_registration_number)
    mother = _read_parent(form.section("mother"))
    father = _read_parent(form.section("father"))
    date_of_birth = form.day("date_of_birth", today)
    birth_place = read_birth_place(form)
    nationality = _read_nationality(form)
    gender = read_gender(form)
    religion = form.code("religion", ccds.RELIGION)
    occupation = form.code("occupation", ccds.OCCUPATION_CODES)
    present = form.section("present_address")
    present_address = read_address(present) if "present_address" in filled else None
    permanent = form.section("permanent_address")
    permanent_address = read_address(permanent) if "permanent_address" in filled else None
    marital_status = form.code("marital_status", ccds.MARITAL_STATUS)
    disability = form.code("disability", ccds.DISABILITY)
    education = form.code("education", ccds.EDUCATION)
    blood_group = form.code("blood_group", ccds.BLOOD_GROUP)
    ethnicity = form.text("ethnicity", _ETHNICITY_MAX)
    mobile = form.read("mobile", identifiers.mobile)
    if permanent_address is None:
        return Applicant(name, national_id, date_of_birth, gender, None, filled)
    person = Person(
        national_id=national_id,
        birth_registration_number=birth_registration_number,
        name=name,
        mother=mother,
        father=father,
        date_of_birth=date_of_birth,
        birth_place=birth_place,
        nationality=nationality,
        gender=gender,
        religion=religion,
        occupation=occupation,
        present_address=present_address,
        permanent_address=permanent_address,
        marital_status=marital_status,
        disability=disability,
        education=education,
        blood_group=blood_group,
        ethnicity=ethnicity,
        mobile=mobile,
    )
    return Applicant(name, national_id, date_of_birth, gender, person, filled)


def read_gender(form: Section) -> Gender | None:
    """M, F or O, in either case."""
    code = form.code("gender", ccds.GENDER)
    return None if code is None else _GENDERS[code]


def _read_parent(form: Section) -> Parent | None:
    name = read_name(form.section("name"))
    national_id = form.read("national_id", identifiers.national_id)
    if name.bn is None and name.en is None and national_id is None:
        return None
    return Parent(name=name, national_id=national_id)


def _read_nationality(form: Section) -> str | None:
    return form.code("nationality", _NATIONALITIES, "nationality_format")
