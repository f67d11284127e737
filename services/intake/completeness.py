"""Which CCDS fields a form fills: the Cabinet Division's question of every ministry (seed 002, point 3).

Filled is not valid: a field with rubbish in it is filled here and at fault elsewhere.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from services.intake import addresses
from shared.contracts.person import Person
from shared.reference.ccds import MANDATORY_FIELDS, OPTIONAL_FIELDS
from shared.reference.text import is_blank

FIELDS: Final[tuple[str, ...]] = (*MANDATORY_FIELDS, *OPTIONAL_FIELDS)

PATHS: Final[dict[str, str]] = {field: "applicant." + ("name.bn" if field == "name_bn" else field) for field in FIELDS}
"""Where the common form has each CCDS field."""

_VALUES: Final = attrgetter(*["name.bn" if field == "name_bn" else field for field in FIELDS])
_SCRIPTS: Final = ("bn", "en")
_ONE_LEAF: Final = tuple(
    field for field in FIELDS if field not in {"name_bn", "mother", "father", "present_address", "permanent_address"}
)


def filled_fields(applicant: Mapping[str, Any]) -> frozenset[str]:
    """The CCDS fields that are not empty in the form's part on the applicant.

    A parent is filled by a name in either script, an address by any of its parts but country and city corporation.
    """
    filled = {field for field in _ONE_LEAF if not is_blank(applicant.get(field))}
    if _any_filled(applicant.get("name"), ("bn",)):
        filled.add("name_bn")
    for parent in ("mother", "father"):
        content = applicant.get(parent)
        if isinstance(content, dict) and _any_filled(content.get("name"), _SCRIPTS):
            filled.add(parent)
    for address in ("present_address", "permanent_address"):
        if _any_filled(applicant.get(address), addresses.LEAVES):
            filled.add(address)
    return frozenset(filled)


def filled_of(person: Person) -> frozenset[str]:
    """The same of an applicant whose part of the form was in order: a field is empty where the person has none."""
    return _filled(tuple([value is not None for value in _VALUES(person)]))


@lru_cache(maxsize=1024)
def _filled(there: tuple[bool, ...]) -> frozenset[str]:
    return frozenset(field for field, is_there in zip(FIELDS, there, strict=True) if is_there)


def _any_filled(content: object, leaves: Iterable[str]) -> bool:
    if isinstance(content, dict):
        for leaf in leaves:
            if not is_blank(content.get(leaf)):
                return True
    return False
