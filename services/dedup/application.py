"""A scored event and the people of the register, as dedup needs them."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from shared.contracts.base import NotAsAgreed
from shared.contracts.chain import Scored

Content = Mapping[str, Any]

_REVISIONS: Final = range(1, 2**63)
"""0 is that of somebody of a list; above, no store holds it."""


def read(value: bytes) -> Scored:
    """Parse the value of a record; raises ``NotAsAgreed``."""
    event = Scored.read(value)
    if event.revision not in _REVISIONS:
        raise NotAsAgreed(Scored.__name__)
    return event


def place_us(event: Scored) -> int:
    """When it was received, which is its place in the total order: µs since 1970 UTC."""
    return int(event.received_at.timestamp() * 1_000_000)


def person_of(event: bytes) -> Content:
    """The person of a stored event, as in ``shared.contracts.person.Person``; somebody of a list as it was typed."""
    person: Content = orjson.loads(event)["person"]
    return person


def record_of(person: Content) -> dict[str, str]:
    """A person of the pipeline as the registry's normaliser reads one (``matching.bangladesh``)."""
    national_id, name = person.get("national_id") or {}, person["name"]
    mother = parent["name"] if (parent := person.get("mother")) else {}
    father = parent["name"] if (parent := person.get("father")) else {}
    fields = {
        "n10": national_id.get("n10"),
        "n13": national_id.get("n13"),
        "birth_registration_number": person.get("birth_registration_number"),
        "name_bn": name.get("bn"),
        "name_en": name.get("en"),
        "mother_bn": mother.get("bn"),
        "mother_en": mother.get("en"),
        "father_bn": father.get("bn"),
        "father_en": father.get("en"),
        "date_of_birth": person.get("date_of_birth"),
        "gender": person.get("gender"),
        "mobile": person.get("mobile"),
        "union": geo_code(person["permanent_address"]),
    }
    return {field: value for field, value in fields.items() if value}


def geo_code(address: Content) -> str:
    """The BBS code of the union, ten digits."""
    corporation = address.get("city_corporation") or "00"
    code: str = address["division"] + address["district"] + corporation + address["upazila"] + address["union"]
    return code
