"""What can be answered at all, and references that give a person away."""

import contextlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.completeness import FIELDS, filled_fields
from services.intake.section import Section
from services.intake.submission import UnreadableForm, identify, open_submission
from shared.reference.source_ref import is_personal
from tests.unit.intake.forms import good_form, put


@pytest.mark.parametrize(
    ("value", "reason", "source_ref"),
    [
        (b"", "not_json", None),
        (b"{", "not_json", None),
        (b'{"source_ref": "\xff"}', "not_json", None),
        (b'{"source_ref": "\\ud800"}', "not_json", None),
        (b"[" * 5000, "not_json", None),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, "not_json", None),
        (b"[]", "not_an_object", None),
        (b"null", "not_an_object", None),
        (b"{}", "source_ref_missing", None),
        (b'{"source_ref": " "}', "source_ref_missing", None),
        (b'{"source_ref": 12}', "source_ref_unusable", None),
        (b'{"source_ref": "a\\u0000"}', "source_ref_unusable", None),
        (b'{"source_ref": "' + b"x" * 101 + b'"}', "source_ref_unusable", None),
        (b'{"source_ref": "a", "revision": 0}', "revision_unusable", "a"),
        (b'{"source_ref": "a", "revision": true}', "revision_unusable", "a"),
        (b'{"source_ref": "a", "revision": "2"}', "revision_unusable", "a"),
        (b'{"source_ref": "a", "revision": null}', "revision_unusable", "a"),
        (b'{"source_ref": "a", "revision": 1000001}', "revision_unusable", "a"),
        (b'{"source_ref": "a", "form_version": "2"}', "form_version_unknown", "a"),
        (b'{"source_ref": "a", "form_version": 1}', "form_version_unknown", "a"),
    ],
)
def test_what_cannot_be_answered_or_numbered_is_unreadable(value: bytes, reason: str, source_ref: str | None) -> None:
    with pytest.raises(UnreadableForm) as caught:
        open_submission(value)
    told = caught.value.answer_to
    assert (caught.value.reason, told and told.source_ref) == (reason, source_ref)


def test_the_first_revision_need_not_be_said() -> None:
    assert identify({"source_ref": " a  b "})[:2] == ("a b", 1)
    assert identify({"source_ref": "a", "revision": 3, "form_version": "1.4"}).revision == 3


@given(st.binary(max_size=60))
def test_bytes_are_a_submission_or_unreadable(value: bytes) -> None:
    with contextlib.suppress(UnreadableForm):
        assert open_submission(value).source_ref


@pytest.mark.parametrize(
    "source_ref",
    [
        "19583026109000123",
        "3026109000123",
        "NID 3026-1090-00123",
        "২০২৬/৩০২৬১০৯০০০১২৩",
        "01712345678",
        "+880 1712 345678",
        "1712345678",
        "brn:19583026109000199",
    ],
)
def test_a_reference_that_holds_a_number_of_the_applicant_is_personal(source_ref: str) -> None:
    applicant = {
        "national_id": "1958 3026 1090 00123",
        "birth_registration_number": "১৯৫৮৩০২৬১০৯০০০১৯৯",
        "mobile": "+880-1712-345678",
    }
    assert is_personal(source_ref, applicant)


@pytest.mark.parametrize("source_ref", ["DSS-2026-000017", "1712345679", "3026", "ব্যক্তি"])
def test_any_other_reference_is_not(source_ref: str) -> None:
    assert not is_personal(source_ref, good_form()["applicant"])


def test_a_number_with_a_fault_in_it_gives_the_person_away_all_the_same() -> None:
    assert is_personal("99999999999", {"national_id": "99999999999"})
    assert not is_personal("1958", {"national_id": "1958", "mobile": 1958})


@pytest.mark.parametrize("applicant", [None, "x", [], {"name": "x", "mother": [], "present_address": 3}])
def test_completeness_survives_any_shape(applicant: object) -> None:
    part = Section({"applicant": applicant}, []).section("applicant")
    assert filled_fields(part.content) == frozenset()


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("applicant.name.bn", " ", "name_bn"),
        ("applicant.mother", {"national_id": "2612345678"}, "mother"),
        ("applicant.present_address", {"country": "050", "city_corporation": "00"}, "present_address"),
        ("applicant.gender", "", "gender"),
        ("applicant.education", None, "education"),
    ],
)
def test_an_emptied_field_is_not_counted_as_filled(path: str, value: object, field: str) -> None:
    form = good_form()
    assert filled_fields(form["applicant"]) == set(FIELDS)
    put(form, path, value)
    assert filled_fields(form["applicant"]) == set(FIELDS) - {field}


def test_a_field_with_rubbish_in_it_counts_as_filled() -> None:
    form = orjson.loads(orjson.dumps(good_form(applicant__gender=5, applicant__religion="?")))
    assert {"gender", "religion"} <= filled_fields(form["applicant"])
