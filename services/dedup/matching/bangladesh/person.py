"""A person of the registry as a record of the normaliser."""

from services.dedup.matching.normaliser import Record
from shared.contracts.person import Name, Person


def record_of(person: Person) -> Record:
    """What of the applicant of an event is compared."""
    record = {"union": person.permanent_address.union_code}
    if person.national_id is not None:
        record["n10"], record["n13"] = person.national_id.n10 or "", person.national_id.n13 or ""
    if person.birth_registration_number:
        record["birth_registration_number"] = person.birth_registration_number
    if person.date_of_birth is not None:
        record["date_of_birth"] = person.date_of_birth.isoformat()
    if person.gender is not None:
        record["gender"] = person.gender.value
    if person.mobile:
        record["mobile"] = person.mobile
    _add(record, "name", person.name)
    if person.mother is not None:
        _add(record, "mother", person.mother.name)
    if person.father is not None:
        _add(record, "father", person.father.name)
    return record


def _add(record: dict[str, str], field: str, name: Name) -> None:
    record[field + "_bn"], record[field + "_en"] = name.bn or "", name.en or ""
