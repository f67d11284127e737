"""The applicant: the fields of the Citizen Core Data Structure, each read by its own rule (domain.md §2).

Nothing here asks whether an empty field may be empty: ``gaps`` does, by source.
"""

from datetime import date
from typing import Final, NamedTuple

from services.intake.addresses import read_address, read_birth_place
from services.intake.names import read_name
from services.intake.section import Section
from shared.contracts.person import Gender, Name, NationalId, Parent, Person
from shared.reference import ccds, identifiers

_ETHNICITY_MAX: Final = 50
_NATIONALITIES: Final = frozenset(f"{number:03}" for number in range(1000))
"""ISO 3166-1 numeric: countries come and go, so any three digits are taken."""

_GENDERS: Final = {gender.value: gender for gender in Gender}


class Applicant(NamedTuple):
    """What was readable of the applicant. ``person`` is None where no record of a person can be made of it."""

    name: Name
    national_id: NationalId | None
    date_of_birth: date | None
    gender: Gender | None
    person: Person | None


def read_applicant(form: Section, filled: frozenset[str], today: date) -> Applicant:
    """All CCDS fields and the mobile number; ``filled`` says which are not empty."""
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
        return Applicant(name, national_id, date_of_birth, gender, None)
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
    return Applicant(name, national_id, date_of_birth, gender, person)


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
