"""Mandatory CCDS fields that are empty: refused, let pass as a gap, or derived, as policy says of the source.

Seed 002 asks ministries for the fields, not for a stop; design.md §9 has the rule.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from services.intake.completeness import PATHS
from services.intake.faults import Fault
from shared.policy.programmes import ProgrammePolicy
from shared.policy.sources import SourcePolicy
from shared.reference.ccds import MANDATORY_FIELDS, NEVER_A_GAP
from shared.reference.text import is_blank, tidy


class Gaps(NamedTuple):
    """Fields let pass empty, fields filled in by policy with their values, and what is refused."""

    accepted: tuple[str, ...]
    derived: Mapping[str, str]
    faults: tuple[Fault, ...]


_MANDATORY: Final = frozenset(MANDATORY_FIELDS)
_NONE: Final = Gaps((), {}, ())


def judge_gaps(
    form: Mapping[str, Any],
    filled: frozenset[str],
    source: SourcePolicy,
    programme: ProgrammePolicy | None,
    today: date,
) -> Gaps:
    """Judge every mandatory field that is not ``filled``. For an unknown programme nothing is derived.

    Where the programme accepts it, a birth registration number with a guardian's national id stands for the national
    id, which is then a gap to be closed when the id is known (design.md §3, Person and payee).
    """
    if filled >= _MANDATORY:
        return _NONE
    accepted: list[str] = []
    derived: dict[str, str] = {}
    faults: list[Fault] = []
    for field in MANDATORY_FIELDS:
        if field in filled:
            continue
        stand_in = field == "national_id" and _birth_registration_stands_in(form, programme)
        outcome = source.gap(field, "" if programme is None else programme.code, today)
        if stand_in and _names_guardian(form):
            accepted.append(field)
        elif outcome.action == "derive" and outcome.value is not None:
            derived[field] = outcome.value
        elif outcome.action == "accept_as_gap" and field not in NEVER_A_GAP:
            accepted.append(field)
        else:
            faults.append(Fault("guardian_national_id_missing" if stand_in else "missing", PATHS[field]))
    return Gaps(tuple(accepted), derived, tuple(faults))


def _birth_registration_stands_in(form: Mapping[str, Any], programme: ProgrammePolicy | None) -> bool:
    return (
        programme is not None
        and programme.birth_registration_accepted
        and not is_blank(_part(form, "applicant").get("birth_registration_number"))
    )


def _names_guardian(form: Mapping[str, Any]) -> bool:
    """A parent's national id, or that of the guardian who is paid. One with a fault is named and has its fault."""
    applicant, payee = _part(form, "applicant"), _part(form, "payee")
    if any(not is_blank(_part(applicant, parent).get("national_id")) for parent in ("mother", "father")):
        return True
    kind = payee.get("kind")
    return isinstance(kind, str) and tidy(kind).lower() == "guardian" and not is_blank(payee.get("holder_national_id"))


def _part(form: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    content = form.get(name)
    return content if isinstance(content, dict) else {}
