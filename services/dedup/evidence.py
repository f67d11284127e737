"""The evidence of a comparison, as a reviewer sees it and a decision keeps it: every value masked."""

from collections.abc import Mapping
from typing import Final

from services.dedup.application import Content, geo_code, person_of
from services.dedup.concede import Met
from services.dedup.matching.evidence import Comparison
from services.dedup.ruling import Compared, Suspect
from shared.privacy import mask_name, mask_number

_DIGITS: Final = 4
"""Bits are kept to a ten-thousandth, and probabilities to so many significant digits."""


def suspect(other: Met, comparison: Comparison, ours: Mapping[str, str]) -> Suspect:
    """What a decision keeps of a pair. ``ours`` are our masked values."""
    row = other.known.row
    theirs = masked(row.event)
    fields = tuple(
        Compared(each.field, each.level, ours.get(each.field, ""), theirs.get(each.field, ""), round(bits, _DIGITS))
        for each, bits in zip(comparison.fields, comparison.bits, strict=True)
    )
    return Suspect(
        row.application_id,
        row.revision,
        other.known.n,
        other.level.name.lower(),
        fields,
        round(comparison.weight, _DIGITS),
        round(comparison.prior, _DIGITS),
        _rounded(comparison.p_same),
        _rounded(comparison.p_relative),
        _rounded(comparison.p_stranger),
        comparison.gate,
        other.keys,
    )


def masked(event: bytes) -> dict[str, str]:
    """What a reviewer may see of the person of a stored event, by the names of the model's fields."""
    person = person_of(event)
    born = person.get("date_of_birth")
    national_id = person.get("national_id") or {}
    numbers = (national_id.get("n10"), national_id.get("n13"), person.get("birth_registration_number"))
    return {
        "national_id": " ".join(mask_number(number) for number in numbers if number),
        "name": _name(person["name"]),
        "birth_date": f"{born[:4]}-**-**" if born else "",
        "mother": _name((person.get("mother") or {}).get("name") or {}),
        "father": _name((person.get("father") or {}).get("name") or {}),
        "mobile": mask_number(person.get("mobile") or ""),
        "sex": person.get("gender") or "",
        "place": geo_code(person["permanent_address"]),
    }


def _name(name: Content) -> str:
    return " / ".join(mask_name(script) for script in (name.get("bn"), name.get("en")) if script)


def _rounded(probability: float) -> float:
    return float(f"{probability:.{_DIGITS}g}")
