"""Forms to test with: a good one, and ways to change one leaf of it."""

import re
from copy import deepcopy
from datetime import date
from functools import cache
from typing import Any

from services.intake.examine import Accepted, Examiner, Faulty
from services.intake.submission import identify
from shared.policy.policy import Policy
from shared.policy.sources import GapRule, SourcePolicy
from tests.shipped import shipped_policy

TODAY = date(2026, 8, 15)

_GOOD: dict[str, Any] = {
    "form_version": "1",
    "source_ref": "DSS-2026-000017",
    "revision": 1,
    "programme": "old_age",
    "applicant": {
        "national_id": "19583026109000123",
        "birth_registration_number": "19583026109000123",
        "name": {"bn": "মোঃ আব্দুর রহিম", "en": "Md Abdur Rahim"},
        "mother": {"name": {"bn": "মোছাঃ আমেনা খাতুন"}, "national_id": "2612345678"},
        "father": {"name": {"bn": "মোঃ করিম উদ্দিন", "en": "Md Karim Uddin"}},
        "date_of_birth": "1958-03-26",
        "birth_place": "3026",
        "nationality": "050",
        "gender": "M",
        "religion": "1",
        "occupation": "61",
        "present_address": {
            "division": "30",
            "district": "26",
            "city_corporation": "00",
            "upazila": "14",
            "union": "33",
            "rural_ward": "04",
            "line": "গ্রাম: বাসাইল, ডাকঘর: সাভার",
            "country": "050",
        },
        "permanent_address": {"division": "45", "district": "61", "upazila": "22", "union": "09"},
        "blood_group": "7",
        "education": "05",
        "marital_status": "2",
        "disability": "0",
        "ethnicity": "Bangali",
        "mobile": "01712345678",
    },
    "household": {
        "household_ref": "H-9",
        "members": [
            {"relation": "self", "date_of_birth": "1958-03-26", "gender": "M", "attends_school": False},
            {"relation": "spouse", "date_of_birth": "1964-01-01", "gender": "F"},
            {"relation": "grandchild", "date_of_birth": "2015-06-02", "gender": "F", "attends_school": True},
        ],
        "answers": {
            "any_member_day_labourer": True,
            "rooms": 2,
            "wall": "tin",
            "television": False,
            "fans": 1,
            "mobile_phones": 1,
            "bicycle_motorcycle_or_car": False,
            "cultivable_land_decimals": 12,
            "piped_water": False,
            "female_head": False,
        },
    },
    "payee": {
        "kind": "self",
        "provider": "bkash",
        "account": "01712345678",
        "holder_name": {"bn": "মোঃ আব্দুর রহিম"},
        "holder_national_id": "19583026109000123",
        "verified_on": "2026-07-30",
    },
    "declarations": {
        "yearly_income_taka": 9000,
        "household_monthly_income_taka": 4000,
        "land_decimals": 12,
        "other_benefits": [],
        "government_employee": False,
        "government_pension": False,
        "remarried": False,
    },
    "consent": {"given": True, "on": "2026-08-01"},
}


def good_form(**leaves: Any) -> dict[str, Any]:
    """A form without a fault, about 2.5 KB as JSON; ``applicant__gender="X"`` changes one leaf."""
    form = deepcopy(_GOOD)
    for path, value in leaves.items():
        put(form, path.replace("__", "."), value)
    return form


def put(form: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a path such as ``household.members[1].gender``; ``...`` removes the leaf."""
    *way, leaf = re.findall(r"\w+", path)
    part: Any = form
    for step in way:
        part = part[int(step)] if step.isdigit() else part.setdefault(step, {})
    key = int(leaf) if leaf.isdigit() else leaf
    if value is ...:
        del part[key]
    else:
        part[key] = deepcopy(value)  # a later change of the form is none of the value


def policy() -> Policy:
    """The policy that ships."""
    return shipped_policy()


@cache
def examiner() -> Examiner:
    """An examiner under the policy that ships."""
    return Examiner(policy())


def source(code: str = "lgd", **gaps: GapRule) -> SourcePolicy:
    """A source of the policy that ships; with its gaps replaced where some are given."""
    declared = policy().sources[code]
    return declared.model_copy(update={"gaps": gaps}) if gaps else declared


def examine(form: dict[str, Any], sent_by: SourcePolicy | None = None, on: date = TODAY) -> Accepted | Faulty:
    """Examine a parsed form as sent by the Local Government Division, which leaves no field empty."""
    return examiner().examine(identify(form), sent_by or source(), on)


def accepted(form: dict[str, Any], sent_by: SourcePolicy | None = None, on: date = TODAY) -> Accepted:
    """The acceptance of a form that must have no fault."""
    verdict = examine(form, sent_by, on)
    assert isinstance(verdict, Accepted), verdict
    return verdict


def faults(form: dict[str, Any], sent_by: SourcePolicy | None = None, on: date = TODAY) -> set[tuple[str, str | None]]:
    """Code and field of each fault; empty for an accepted form."""
    verdict = examine(form, sent_by, on)
    return set() if isinstance(verdict, Accepted) else {(fault.code, fault.field) for fault in verdict.faults}
