"""Parts that are in order are read at once, all others leaf by leaf: what is read is the same."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake import declarations, household, payee, person
from services.intake.examine import Accepted
from tests.unit.intake.catalogue import SPOILINGS
from tests.unit.intake.forms import examine, good_form, put

OTHERWISE = [
    ("applicant.mobile", "+8801712345678"),
    ("applicant.name", {"bn": "মো: আব্দুর রহিম"}),
    ("applicant.name.bn", "ড়"),
    ("applicant.mother.name", {"en": "Amena Khatun"}),
    ("applicant.permanent_address.country", "050"),
    ("applicant.permanent_address.country", None),
    ("applicant.present_address", {"division": "45", "district": "61", "upazila": "22", "union": "09"}),
    ("applicant.ethnicity", "x" * 50),
    ("household", {}),
    ("household.answers", None),
    ("household.answers.fans", 2.0),
    ("household.answers.later_question", "x"),
    ("payee", {"kind": "self", "provider": "agent-bank", "account": "7017012345678", "routing_number": "060270005"}),
    ("payee", {"kind": "self", "provider": "rocket", "account": "017123456789", "routing_number": "60270005"}),
    ("payee.holder_name", {"en": "Another Name"}),
    ("payee.holder_national_id", ...),
    ("declarations", {"other_benefits": ["widow"], "pregnancy_weeks": 12, "pregnancy_order": 1}),
    ("declarations.disability_card", "12-34/5"),
    ("consent.on", ...),
]
"""Other good forms than the good form."""

UNTIDY = [
    ("applicant.name", {"bn": " মোঃ  আব্দুর রহিম", "en": "Md.  Abdur Rahim "}),
    ("applicant.mother.name", {"bn": "\u200bআমেনা খাতুন", "en": " "}),
    ("applicant.permanent_address.line", " House 1,  Road 2"),
    ("applicant.blood_group", ""),
    ("applicant.ethnicity", " "),
    ("applicant.date_of_birth", "১৯৫৮-০৩-২৬"),
    ("applicant.national_id", " 849 520 9682"),
    ("household.household_ref", "HH  1 "),
    ("payee.holder_name", {"en": "Another  Name"}),
    ("payee.holder_name", {"bn": " "}),
    ("declarations.yearly_income_taka", "2500"),
    ("declarations.disability_card", " 12  34"),
]
"""Good forms, too, once their texts are tidied."""

_TWINS = [{"relation": "self", "date_of_birth": "1958-03-26", "gender": "M"}] * 2
_HOLDER = {"provider": "bkash", "account": "01712345678", "holder_national_id": "2612345678"}
AMISS = [
    ("applicant.national_id", "8" + "-" * 300 + "495209682"),
    ("applicant.name.en", "Md রহিম"),
    ("applicant.name.en", "Md\x07  Rahim"),
    ("applicant.name.bn", "র  " * 60),
    ("applicant.name", {"bn": " "}),
    ("applicant.religion", ""),
    ("declarations.land_decimals", "1" * 20),
    ("declarations.pregnancy_order", "0"),
    ("consent.on", "2026-02-30"),
    ("consent", {"given": False, "on": "2026-02-30"}),
    ("applicant.mother", {"name": {}, "national_id": "2612345678"}),
    ("applicant.permanent_address", {"division": "1", "district": "004", "upazila": "22", "union": "09"}),
    ("household.members", _TWINS),
    ("household.members[1].date_of_birth", "1899-12-31"),
    ("payee", {"kind": "guardian", "holder_name": {"bn": "মোঃ করিম"}} | _HOLDER),
    ("payee", {"kind": "nominee"} | _HOLDER),
    ("declarations.other_benefits", ["widow"] * 51),
]
"""What looks like a part in order but for one rule."""

CHANGES = [(one.path, one.value) for one in SPOILINGS] + OTHERWISE + UNTIDY + AMISS


def _changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    form = good_form()
    for path, value in changes:
        try:
            put(form, path, value)
        except (KeyError, TypeError, AttributeError, IndexError):
            continue  # an earlier change took away what this one is about
    return form


def _spaced(content: Any) -> Any:
    """The same form with a space after each text, so that no part with a text in it is in order."""
    if isinstance(content, dict):
        return {name: _spaced(part) for name, part in content.items()}
    if isinstance(content, list):
        return [_spaced(part) for part in content]
    return content + " " if isinstance(content, str) else content


def _told(form: dict[str, Any]) -> tuple[object, ...]:
    found = examine(json.loads(json.dumps(form)))
    if isinstance(found, Accepted):
        return msgspec.json.encode(found.parts), found.grounds, found.filled
    return found


def test_a_form_read_leaf_by_leaf_says_what_it_says_when_read_at_once() -> None:
    for change in CHANGES:
        form = _changed(change)
        assert _told(_spaced(form)) == _told(form), change


@given(st.lists(st.sampled_from(CHANGES), min_size=2, max_size=4))
@settings(max_examples=60, deadline=None)
def test_so_it_does_with_several_things_changed(changes: list[tuple[str, Any]]) -> None:
    form = _changed(*changes)
    assert _told(_spaced(form)) == _told(form)


@pytest.mark.parametrize("change", [("revision", 1), *UNTIDY], ids=lambda change: change[0])
def test_the_good_form_is_read_at_once_be_it_tidy_or_not(
    change: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for reader in (person, household, payee, declarations):
        monkeypatch.delattr(reader, "_read_leaf_by_leaf")
    monkeypatch.delattr(declarations, "_check_leaf_by_leaf")
    assert isinstance(examine(_changed(change)), Accepted)
