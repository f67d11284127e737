"""Every fault of a form at once, each said in both languages."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.examine import Accepted
from services.intake.fault_texts import TEXTS
from services.intake.faults import Fault, reason_of
from shared.reference.identifiers import Wrong
from shared.reference.text import has_bangla_letter
from tests.unit.intake.catalogue import MISSING, SPOILINGS, Spoiling
from tests.unit.intake.forms import accepted, examine, faults, good_form, put


def test_one_spoilt_leaf_is_answered_where_it_is() -> None:
    for spoiling in SPOILINGS:
        form = good_form()
        put(form, spoiling.path, spoiling.value)
        assert (spoiling.code, spoiling.field) in faults(form), spoiling


def _independent(spoilings: list[Spoiling]) -> list[Spoiling]:
    """Those that neither replace nor remove what another one spoils."""
    kept: list[Spoiling] = []
    for candidate in spoilings:
        touched = {candidate.path, candidate.field}
        if not any(_overlap(one, other) for it in kept for one in touched for other in (it.path, it.field)):
            kept.append(candidate)
    return kept


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith((other + ".", other + "[")) or other.startswith((one + ".", one + "["))


CROSS_CHECKS = {
    "roster_without_self",
    "roster_more_than_one_self",
    "self_member_differs",
    "payee_is_applicant",
    "payee_is_not_applicant",
    "personal_source_ref",
    "payee_kind_not_allowed",
    "district_not_in_division",
    "account_not_mobile",
    "account_not_mobile_with_check_digit",
}
"""Faults that compare two leaves: spoiling one of them can leave nothing to compare."""


@given(st.lists(st.sampled_from([it for it in SPOILINGS if it.code not in CROSS_CHECKS]), max_size=25))
def test_no_fault_hides_another(spoilings: list[Spoiling]) -> None:
    chosen = _independent(spoilings)
    form = good_form()
    for spoiling in chosen:
        put(form, spoiling.path, spoiling.value)
    assert {(it.code, it.field) for it in chosen} <= faults(form)


def test_an_empty_form_is_told_every_mandatory_field_consent_and_programme() -> None:
    assert faults({"source_ref": "x"}) == {(it.code, it.field) for it in MISSING} | {
        ("missing", "programme"),
        ("missing", "consent.given"),
    }


def test_a_fault_is_told_once() -> None:
    verdict = examine(good_form(applicant="x", payee={"kind": "self", "holder_name": 3}))
    assert not isinstance(verdict, Accepted)
    assert len(set(verdict.faults)) == len(verdict.faults)


def test_every_code_has_a_sentence_in_both_languages() -> None:
    for code, text in TEXTS.items():
        assert re.search("[A-Za-z]{3}", text.en), code
        assert not has_bangla_letter(text.en), code
        assert has_bangla_letter(text.bn), code
        assert text.en.endswith("."), code
        assert text.bn.endswith("।"), code
        assert ("{field}" in text.en) == ("{field}" in text.bn), code


def test_every_code_is_caused_by_some_form_and_every_cause_has_a_code() -> None:
    caused = {it.code for it in SPOILINGS} | {"guardian_national_id_missing", "account_characters", "account_length"}
    assert caused == set(TEXTS)
    assert {wrong.value for wrong in Wrong} <= set(TEXTS)


@pytest.mark.parametrize(
    ("fault", "en", "bn"),
    [
        (Fault("missing", "applicant.mother"), "Mother's information is missing.", "মাতার তথ্য দেওয়া হয়নি।"),
        (
            Fault("date_in_future", "household.members[9].date_of_birth"),
            "Household member 10: date of birth lies in the future.",
            "পরিবারের সদস্য ১০: জন্ম তারিখ ভবিষ্যতের তারিখ।",
        ),
        (Fault("missing", "applicant.name.bn"), "Name in Bangla is missing.", "বাংলায় নাম দেওয়া হয়নি।"),
    ],
)
def test_a_sentence_names_the_field_in_words(fault: Fault, en: str, bn: str) -> None:
    reason = reason_of(fault)
    assert (reason.text_en, reason.text_bn) == (en, bn)
    assert (reason.code, reason.field) == (fault.code, fault.field)


def test_no_sentence_shows_a_field_by_its_technical_name() -> None:
    for spoiling in SPOILINGS:
        reason = reason_of(Fault(spoiling.code, spoiling.field))
        assert "_" not in reason.text_en, spoiling
        assert not re.search("[a-z]{2,}_", reason.text_bn), spoiling


ODD_NUMBERS = [0, -1, 1, 17, 2**31, 2**63, -(2**63) - 1, 10**40, 0.0, -0.5, 1e300, float("nan"), float("-inf")]
ODD_TEXTS = ["", " ", "\x00", "০", "ক", "ক্", "😀", "-", "\n", "true", "null", "M", "<b>", "\u200d", "\ud800"]
ODD_FIELDS = ["১৯৫৬-০৩-১৪", "1956-02-30", "9999-12-31", "5" * 17, "১" * 40, "01712345678", "K" * 200]
json_values = st.recursive(
    st.sampled_from([None, True, False, *ODD_NUMBERS, *ODD_TEXTS, *ODD_FIELDS]) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


def _paths(content: object, path: str = "") -> list[str]:
    if isinstance(content, dict):
        entries = [(f"{path}.{key}" if path else key, value) for key, value in content.items()]
    elif isinstance(content, list):
        entries = [(f"{path}[{index}]", value) for index, value in enumerate(content)]
    else:
        return []
    return [found for at, value in entries for found in (at, *_paths(value, at))]


PATHS = [path for path in _paths(good_form()) if path not in {"source_ref", "revision", "form_version"}]


@pytest.mark.parametrize("damaged", ["\ud800", ["\ud800"]], ids=["text", "list"])
def test_a_lone_surrogate_anywhere_is_answered_as_a_fault(damaged: object) -> None:
    for path in PATHS:
        form = good_form()
        put(form, path, damaged)
        assert faults(form), path


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(PATHS), json_values), max_size=4))
def test_no_content_of_any_leaf_makes_it_raise_and_what_is_accepted_is_complete(
    changes: list[tuple[str, object]],
) -> None:
    form = good_form()
    for path, value in changes:
        try:
            put(form, path, value)
        except (TypeError, KeyError, IndexError, AttributeError):
            continue
    verdict = examine(form)
    if isinstance(verdict, Accepted):
        assert verdict.grounds.gaps == ()
        person = verdict.parts.person
        assert person.name.bn
        assert person.national_id
        assert all(
            (person.mother, person.father, person.date_of_birth, person.birth_place, person.nationality, person.gender)
        )
        assert all((person.religion, person.occupation, person.present_address, person.permanent_address))
    else:
        assert all(reason_of(fault).text_bn for fault in verdict.faults)


@given(json_values)
def test_any_object_with_a_reference_is_answered(content: object) -> None:
    form = {**content, "source_ref": "x", "revision": 1, "form_version": None} if isinstance(content, dict) else {}
    if form:
        assert faults(form)


def test_a_field_that_is_not_of_the_form_changes_nothing() -> None:
    form = good_form(something_new={"a": 1}, applicant__shoe_size="41")
    put(form, "household.answers.refrigerator", True)
    assert accepted(form).parts == accepted(good_form()).parts
