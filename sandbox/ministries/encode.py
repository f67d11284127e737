"""From the applicant's form to what a ministry's system sends: the same content in its own habits."""

from collections.abc import Collection
from random import Random
from typing import Any

import orjson

from sandbox.ministries.habits import Habits
from sandbox.population.forms import Form

_BANGLA_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_PRECOMPOSED = (("\u09af\u09bc", "\u09df"), ("\u09a1\u09bc", "\u09dc"), ("\u09a2\u09bc", "\u09dd"))
_EMPTY = {"null": None, "blank": ""}
# A CCDS field of policy: where it stands in the applicant's part.
_PATHS = {"name_bn": ("name", "bn")}


def encode(form: Form, habits: Habits, gaps: Collection[str], rng: Random) -> bytes:
    """The value of the record. ``gaps`` are the CCDS fields that this source's system leaves empty.

    The form itself stays as it is. The same form and draws give the same bytes.
    """
    draw = rng.random
    bangla = draw() < habits.bangla_digits
    colon = draw() < habits.colon
    empty = draw() < habits.gap_share
    applicant = dict(form["applicant"])
    applicant["name"] = _name(applicant["name"], habits, colon, draw() < habits.english)
    parents_english = draw() < habits.parents_english
    for parent in ("mother", "father"):
        if parent in applicant:
            name = _name(applicant[parent]["name"], habits, colon, parents_english)
            applicant[parent] = {**applicant[parent], "name": name}
    if habits.id_digits is not None:
        applicant["national_id"] = _id_of_kind(applicant["national_id"], habits.id_digits, applicant)
    if "mobile" in applicant:
        applicant["mobile"] = _mobile(applicant["mobile"], habits)
    members = form["household"]["members"]
    if empty and gaps:
        _leave_empty(applicant, habits, gaps)
        if "gender" in gaps:
            # A system without a field for gender has none for the applicant's own line of the roster either.
            members = [{k: v for k, v in m.items() if k != "gender" or m["relation"] != "self"} for m in members]
    if bangla:
        for field in ("national_id", "date_of_birth", "mobile"):
            if applicant.get(field):
                applicant[field] = applicant[field].translate(_BANGLA_DIGITS)
    sent: Form = {**form, "applicant": applicant, "household": {**form["household"], "members": members}}
    if habits.numbers_as_text:
        sent["declarations"] = {k: _as_text(v) for k, v in form["declarations"].items()}
    if form["payee"] is None and habits.empty_as == "absent":
        del sent["payee"]
    elif form["payee"] is not None:
        holder = _name(form["payee"]["holder_name"], habits, colon, "en" in applicant["name"])
        sent["payee"] = {**form["payee"], "holder_name": holder}
    if habits.extra is not None:
        sent["mis_extension"] = habits.extra
    if habits.backwards:
        sent = {key: sent[key] for key in reversed(sent)}
        sent["applicant"] = {key: applicant[key] for key in reversed(applicant)}
    return orjson.dumps(sent)


def _name(name: dict[str, str], habits: Habits, colon: bool, english: bool) -> dict[str, str]:
    bn = name["bn"]
    if colon:
        bn = bn.replace("ঃ", ":")
    for apart, single in _PRECOMPOSED:
        bn = bn.replace(apart, single) if habits.precomposed else bn.replace(single, apart)
    return {"bn": bn, "en": name["en"]} if english else {"bn": bn}


def _id_of_kind(number: str, digits: int, applicant: Form) -> str:
    if digits == 13 and len(number) == 17:
        return number[4:]
    if digits == 17 and len(number) == 13 and applicant.get("date_of_birth"):
        return f"{applicant['date_of_birth'][:4]}{number}"
    return number


def _mobile(mobile: str, habits: Habits) -> str:
    if habits.mobile == "plus880":
        return f"+880 {mobile[1:5]}-{mobile[5:]}"
    if habits.mobile == "880":
        return f"88{mobile}"
    return f"{mobile[:5]}-{mobile[5:]}" if habits.mobile == "hyphen" else mobile


def _leave_empty(applicant: Form, habits: Habits, gaps: Collection[str]) -> None:
    for gap in gaps:
        *parts, last = _PATHS.get(gap, (gap,))
        holder = applicant
        for part in parts:
            holder = holder[part]
        if habits.empty_as == "absent":
            holder.pop(last, None)
        else:
            holder[last] = _EMPTY[habits.empty_as]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
