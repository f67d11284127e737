"""A person of the registry as a record of the normaliser."""

from services.dedup.matching.normaliser import Record
from shared.contracts.person import Person


def record_of(person: Person) -> Record:
    """What of the applicant of an event is compared."""
    name, mother, father = person.name, person.mother, person.father
    record = {
        "union": person.permanent_address.union_code,
        "name_bn": name.bn or "",
        "name_en": name.en or "",
    }
    if person.national_id is not None:
        record["n10"], record["n13"] = person.national_id.n10 or "", person.national_id.n13 or ""
    if person.birth_registration_number:
        record["birth_registration_number"] = person.birth_registration_number
    if person.date_of_birth is not None:
        record["date_of_birth"] = person.date_of_birth.isoformat()
    if person.gender is not None:
        record["gender"] = person.gender
    if person.mobile:
        record["mobile"] = person.mobile
    if mother is not None:
        record["mother_bn"], record["mother_en"] = mother.name.bn or "", mother.name.en or ""
    if father is not None:
        record["father_bn"], record["father_en"] = father.name.bn or "", father.name.en or ""
    return record
