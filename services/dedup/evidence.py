"""The evidence of a comparison, as a reviewer sees it and a decision keeps it: every value masked."""

from services.dedup.rules import Match
from services.dedup.ruling import Compared
from shared.contracts.person import Name, NationalId, Parent, Person
from shared.privacy import mask_name, mask_number


def evidence(match: Match, ours: Person, theirs: Person | None) -> tuple[Compared, ...]:
    """One line a field. ``theirs`` is None where the other's parts are not stored yet: values are then left out."""
    left, right = _masked(ours), _masked(theirs) if theirs is not None else {}
    return tuple(
        Compared(field, agreement.name.lower(), left.get(field, ""), right.get(field, ""))
        for field, agreement in match.evidence
    )


def _masked(person: Person) -> dict[str, str]:
    born = person.date_of_birth
    return {
        "id": " ".join(
            filter(None, (_number(person.national_id), mask_number(person.birth_registration_number or "")))
        ),
        "name": _name(person.name),
        "birth_date": f"{born.year}-**-**" if born else "",
        "mother": _parent(person.mother),
        "father": _parent(person.father),
        "mobile": mask_number(person.mobile or ""),
        "sex": person.gender.value if person.gender else "",
        "union": person.permanent_address.union_code,
    }


def _number(national_id: NationalId | None) -> str:
    return " ".join(mask_number(n) for n in (national_id.n10, national_id.n13) if n) if national_id else ""


def _name(name: Name) -> str:
    return " / ".join(mask_name(script) for script in (name.bn, name.en) if script)


def _parent(parent: Parent | None) -> str:
    return _name(parent.name) if parent else ""
