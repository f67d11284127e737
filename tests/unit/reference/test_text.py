"""Text made comparable."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference.text import (
    ascii_digits,
    has_bangla_letter,
    has_forbidden,
    has_latin_letter,
    is_blank,
    is_tidy,
    length,
    tidy,
    with_visarga,
)

any_text = st.text(alphabet=st.characters(), max_size=30)


@pytest.mark.parametrize("letter", ["\u09dc", "\u09dd", "\u09df"])
def test_letters_that_nfc_decomposes_equal_their_two_part_spelling(letter: str) -> None:
    assert tidy(letter) == tidy(unicodedata.normalize("NFD", letter))
    assert length(tidy(letter)) == 1


@given(any_text)
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(any_text)
def test_tidied_text_is_nfc_without_outer_or_double_spaces(text: str) -> None:
    tidied = tidy(text)
    assert unicodedata.is_normalized("NFC", tidied)
    assert tidied == " ".join(tidied.split())


def test_what_is_tidy_at_a_glance_is_what_tidying_leaves_alone() -> None:
    """NFC looks at characters and their neighbours, so all pairs of the two scripts are all that can go wrong."""
    characters = [chr(code) for code in (*range(0x20, 0x7F), *range(0x980, 0xA00))]
    for text in (one + other for one in characters for other in ("", *characters)):
        if is_tidy(text):
            assert tidy(text) == " ".join(unicodedata.normalize("NFC", text).split()) == text
            assert not has_forbidden(text)


@given(st.text(alphabet=st.characters() | st.sampled_from("কড়ো\u09c7\u09be\u09cd\u09bc\u09df -A1"), max_size=12))
def test_tidying_gives_what_nfc_gives_whether_or_not_it_is_seen_at_a_glance(text: str) -> None:
    if is_tidy(text):
        assert " ".join(unicodedata.normalize("NFC", text).split()) == text
        assert not has_forbidden(text)


@pytest.mark.parametrize("name", ["মোছাঃ মনোয়ারা আরা", "বাড়ি 142, গ্রাম গোপালপুর", "Mst. Monowara Ara", "2001-03-17"])
def test_names_and_numbers_as_most_forms_have_them_are_seen_to_be_tidy_at_a_glance(name: str) -> None:
    assert is_tidy(unicodedata.normalize("NFC", name))
    assert not is_tidy(name.replace(" ", "  ") if " " in name else f" {name}")


@given(any_text)
def test_text_is_blank_exactly_when_tidying_leaves_nothing(text: str) -> None:
    assert is_blank(text) == (tidy(text) == "")


@given(st.text(alphabet="\u200b\ufeff \t\u00a0\u2003", max_size=8))
def test_invisible_characters_and_white_space_alone_are_blank(text: str) -> None:
    assert is_blank(text)


def test_joiners_that_bangla_spelling_needs_are_kept() -> None:
    assert tidy("র\u200d্যাব") == "র\u200d্যাব"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1f", "\x7f", chr(0xD800), "\ufffd", "\uffff"])
def test_control_characters_and_damage_are_forbidden(character: str) -> None:
    assert has_forbidden("রহিম" + character)


@pytest.mark.parametrize("text", ["রহিম", "a\tb\nc", "র\u200d্যাব", "\u00a0x", "\ufeffx"])
def test_ordinary_text_and_white_space_are_not_forbidden(text: str) -> None:
    assert not has_forbidden(text)


def test_bangla_digits_become_ascii() -> None:
    assert ascii_digits("০১২৩৪৫৬৭৮৯ ক 7") == "0123456789 ক 7"


def test_a_colon_after_a_bangla_letter_is_a_visarga() -> None:
    assert with_visarga("মো: রহিম") == "মোঃ রহিম"
    assert with_visarga("Md: Rahim") == "Md: Rahim"


def test_scripts_are_told_apart_by_letters_alone() -> None:
    assert has_bangla_letter("ক1")
    assert not has_bangla_letter("১২৩")
    assert has_latin_letter("১ a")
    assert not has_latin_letter("রহিম ১")
