"""Pseudonyms and masks."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.privacy import PseudonymKeyTooShort, Pseudonyms, mask_name, mask_number

KEY = bytes(range(32))
texts = st.text(max_size=40)


def test_a_short_key_is_refused_and_the_sentence_says_how_long_it_must_be() -> None:
    with pytest.raises(PseudonymKeyTooShort, match="has 31 bytes; it needs at least 32"):
        Pseudonyms(KEY[:31])


def test_an_application_id_is_fixed_for_ever() -> None:
    assert Pseudonyms(KEY).application_id("dss", "2025/17") == "a0f85e1ae7d266ef0dc1a681479116e39"


@given(st.binary(min_size=32, max_size=200), texts)
def test_pseudonyms_are_hmac_sha256(key: bytes, value: str) -> None:
    message = f"5:3:valuen13{value}".encode("utf-8", "surrogatepass")
    expected = hmac.digest(key, message, "sha256")
    assert Pseudonyms(key).hash_of("n13", value) == expected[:16].hex()


@given(texts, texts, texts, texts)
def test_different_kinds_and_values_never_share_a_message(a: str, b: str, c: str, d: str) -> None:
    names = Pseudonyms(KEY)
    assert (names.hash_of(a, b) == names.hash_of(c, d)) == ((a, b) == (c, d))
    assert names.application_id(a, b)[1:] != names.hash_of(a, b)


def test_another_key_gives_other_pseudonyms() -> None:
    assert Pseudonyms(KEY).hash_of("n10", "1") != Pseudonyms(KEY[::-1]).hash_of("n10", "1")


@pytest.mark.parametrize(
    ("number", "masked"),
    [("1234567890", "1********0"), ("3312345678901", "33*********01"), ("12345", "*****"), ("", "")],
)
def test_a_masked_number_shows_at_most_two_characters_at_each_end(number: str, masked: str) -> None:
    assert mask_number(number) == masked


def test_a_masked_name_shows_initials_only() -> None:
    assert mask_name("মোঃ রহিম উদ্দিন") == "ম** র** উ**"


@given(st.text(min_size=1, max_size=60))
def test_a_mask_never_shows_more_than_a_third_of_a_number(number: str) -> None:
    assert len(mask_number(number).replace("*", "")) * 3 <= len(number)
