"""Names in two scripts and many spellings."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dedup.matching.bangladesh.names import NOBODY, skeleton
from tests.unit.dedup.engine.people import engine, record


def level(one: str, other: str) -> str:
    """How two names compare, each in the script that it is written in."""
    ours, theirs = (
        engine().features({("name_bn" if "\u0980" <= name.strip("(😀 ")[:1] <= "\u09ff" else "name_en"): name})
        for name in (one, other)
    )
    return next(field.level for field in engine().compare(ours, theirs, 1).fields if field.field == "name")


@pytest.mark.parametrize(
    ("bangla", "english"),
    [
        ("হোসেন আলী", "Hossain Ali"),
        ("মোঃ আব্দুর রহিম", "Md. Abdur Rahim"),
        ("আবদুল করীম", "ABDUL KARIM"),
        ("জাহাঙ্গীর আলম", "Jahangir Alam"),
        ("সুবল বিশ্বাস", "Subal Biswas"),
        ("শফিকুল ইসলাম", "Shofiqul Islam"),
        ("পারভীন আক্তার", "Parveen Akhter"),
        ("রাবেয়া বসরী", "Rabeya Bosri"),
        ("মনির খান", "Munir Khan"),
    ],
)
def test_a_name_agrees_with_itself_in_the_other_script(bangla: str, english: str) -> None:
    assert level(bangla, english) == level(english, bangla) == "exact"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("মো: রফিকুল ইসলাম", "মোহাম্মদ রফিকুল ইসলাম"),
        ("রহিমা বেগম", "রহিমা খাতুন"),
        ("মোছাঃ রহিমা", "রহিমা"),
        ("Md.Rafiqul Islam", "Rafiqul Islam"),
        ("বড়ুয়া", "বড়ুয়া"),
    ],
)
def test_honorifics_soft_words_and_composition_do_not_matter(one: str, other: str) -> None:
    assert level(one, other) == "exact"


@pytest.mark.parametrize(
    ("one", "other"), [("Karim Abdul", "Abdul Karim"), ("রহিম উদ্দিন", "রহিম"), ("নূর জাহান", "নূরজাহান")]
)
def test_words_in_another_order_left_out_or_joined_agree_in_part(one: str, other: str) -> None:
    assert level(one, other) == "partial"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("হাসান আলী", "হোসেন আলী"),
        ("রহিমা", "রিমা"),
        ("Laili", "Lili"),
        ("আনিস", "আনাস"),
        ("লাইলী", "লিলি"),
        ("Hasan", "Hosen"),
        ("সালমা", "সেলিমা"),
        ("Salma", "Selima"),
    ],
)
def test_twins_who_differ_in_a_vowel_are_never_exact(one: str, other: str) -> None:
    assert level(one, other) == "vowels"


@pytest.mark.parametrize(("one", "other"), [("রহিম", "করিম"), ("Kamal", "Jamal"), ("সুমন", "সুজন"), ("রুমা", "ঝুমা")])
def test_short_names_that_differ_in_a_consonant_are_no_slip(one: str, other: str) -> None:
    assert level(one, other) in ("similar", "differ")


@pytest.mark.parametrize("name", ["মোছাঃ", "Md.", "বেগম", "K", "ক", "Begum Bibi", "", "   ", "😀", "...", "মোঃ মৃত"])
def test_a_name_without_a_name_in_it_is_unknown(name: str) -> None:
    assert skeleton(name) == NOBODY


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_read_as_plain_letters(text: str) -> None:
    read = skeleton(text)
    assert read.text.isascii()
    assert read.text == b" ".join(read.text.split())
    assert 0 <= read.vowels < 2**64


_words = st.sampled_from(["রহিম", "করিম", "হাসান", "হোসেন", "আলী", "বেগম", "Rahim", "Hossain", "Hasan", "Ali", "Md."])
_names = st.lists(_words, max_size=4).map(" ".join)


@settings(max_examples=30)
@given(st.tuples(_names, _names, _names, _names))
def test_names_compare_the_same_from_both_sides(names: tuple[str, str, str, str]) -> None:
    bn, en, other_bn, other_en = names
    people = [
        engine().features(record(name_bn=bn, name_en=en, mother_bn=other_en)),
        engine().features(record(name_bn=other_bn, name_en=other_en, mother_bn=bn)),
        engine().features(record(name_bn=other_en, name_en=bn, mother_bn=en)),
    ]
    for ours, theirs in combinations(people, 2):
        assert engine().levels(ours, theirs) == engine().levels(theirs, ours)
