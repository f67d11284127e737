"""What an operator sees of a record: its structure, and nobody's data."""

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.masking import looks_like_code, masked

PEOPLE = st.sampled_from(
    ["1990123456789", "০১৭১২৩৪৫৬৭৮", "01712345678", "Rahima Begum", "রহিমা বেগম", "+8801712345678", "a1712345678901"]
)


def test_structure_codes_and_kinds_stay_and_every_other_value_is_a_trace() -> None:
    record = {
        "programme": "old_age",
        "revision": 2,
        "application_id": "a0123456789abcdef0123456789abcdef",
        "applicant": {"national_id": "1990123456789", "name": {"en": "Rahima Begum"}, "disabled": False},
        "members": [{"age": 71}, None],
    }
    value, fault = masked(orjson.dumps(record))
    assert fault is None
    assert value == {
        "programme": "old_age",
        "revision": 2,
        "application_id": "a0123456789abcdef0123456789abcdef",
        "applicant": {"national_id": "19*********89", "name": {"en": "R** B**"}, "disabled": False},
        "members": [{"age": "**"}, None],
    }


@settings(max_examples=100, deadline=None)
@given(PEOPLE, st.lists(st.sampled_from(["name", "at", "source", "applicant", "x"]), max_size=4), st.booleans())
def test_a_person_is_never_shown_wherever_the_record_has_them(person: str, path: list[str], as_key: bool) -> None:
    content: Any = {person: 1} if as_key else person
    for field in reversed(path):
        content = {field: content}
    shown, _ = masked(orjson.dumps(content))
    # A single word may be a code; a number, or a name of two words, is nobody's code.
    assert person not in orjson.dumps(shown).decode()


def test_what_is_no_json_is_told_without_a_word_of_it() -> None:
    assert masked(None) == (None, "there is no value")
    value, fault = masked(b'{"name": "Rahima", oops')
    assert value is None
    assert fault is not None
    assert "Rahima" not in fault
    assert masked(b"\xff\xfe") == (None, "no JSON")


def test_depth_and_length_are_bounded() -> None:
    shown, _ = masked(b'{"x":' * 40 + b"1" + b"}" * 40)
    assert len(orjson.dumps(shown)) < 400
    assert len(masked(orjson.dumps(list(range(1000))))[0]) == 51


def test_a_run_of_digits_is_no_code() -> None:
    assert looks_like_code("application.submitted.v1")
    assert not looks_like_code("ref-1712345678")
    assert not looks_like_code("two words")
