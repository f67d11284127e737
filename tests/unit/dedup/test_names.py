"""Names in two scripts and many spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.names import Agreement, compare, is_weak, tokens


@pytest.mark.parametrize(
    ("bangla", "english"),
    [
        ("হোসেন", "Hossain"),
        ("হোসাইন", "Hussain"),
        ("মোঃ আব্দুর রহিম", "Md. Abdur Rahim"),
        ("আবদুল করীম", "ABDUL KARIM"),
        ("জাহাঙ্গীর আলম", "Jahangir Alam"),
        ("বিশ্বাস", "Biswas"),
        ("সূর্য কুমার", "Surja Kumar"),
        ("শফিকুল ইসলাম", "Shofiqul Islam"),
        ("পারভীন আক্তার", "Parveen Akhter"),
        ("ইউসুফ", "Yousuf"),
        ("ওয়াহাব", "Wahab"),
        ("লক্ষ্মী রানী", "Laxmi Rani"),
        ("রাবেয়া বসরী", "Rabeya Bosri"),
        ("নূরজাহান", "Noor Jahan"),
    ],
)
def test_a_name_agrees_with_itself_in_the_other_script(bangla: str, english: str) -> None:
    assert compare(tokens(bangla), tokens(english)) is Agreement.EQUAL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("মো: রফিকুল ইসলাম", "মোহাম্মদ রফিকুল ইসলাম"),
        ("রহিমা বেগম", "রহিমা খাতুন"),
        ("মোছাঃ রহিমা", "রহিমা"),
        ("Karim Abdul", "Abdul Karim"),
        ("Md.Rafiqul Islam", "Rafiqul Islam"),
        ("বড়ুয়া", "বড়ুয়া"),
    ],
)
def test_honorifics_soft_words_order_and_composition_do_not_matter(one: str, other: str) -> None:
    assert compare(tokens(one), tokens(other)) is Agreement.EQUAL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("হাসান আলী", "হোসেন আলী"),
        ("আনিস", "আনাস"),
        ("লাইলী", "লিলি"),
        ("Hasan", "Hosen"),
        ("হাসান", "Hossain"),
        ("মোশাররফ", "মোশাররব"),
        ("Rafiqul Islam", "Rofiqul Islam"),
        ("রহিম উদ্দিন", "রহিম"),
    ],
)
def test_a_vowel_or_a_letter_makes_names_near_and_never_equal(one: str, other: str) -> None:
    assert compare(tokens(one), tokens(other)) is Agreement.NEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [("রহিম", "করিম"), ("Kamal", "Jamal"), ("সুমন", "সুজন"), ("রুমা", "ঝুমা"), ("আব্দুল করিম", "আব্দুল রহিম")],
)
def test_short_names_that_differ_in_a_consonant_are_two_names(one: str, other: str) -> None:
    assert compare(tokens(one), tokens(other)) is Agreement.DIFFERENT


@pytest.mark.parametrize("name", ["মোছাঃ", "Md.", "বেগম", "K", "Begum Bibi"])
def test_a_name_without_a_name_in_it_agrees_with_nobody(name: str) -> None:
    assert is_weak(tokens(name))
    assert compare(tokens(name), tokens(name)) is Agreement.NEAR
    assert compare(tokens(name), tokens("Abdul Karim")) is Agreement.UNKNOWN


@pytest.mark.parametrize("nothing", [None, "", "   ", "😀", "..."])
def test_without_a_name_nothing_is_known(nothing: str | None) -> None:
    assert tokens(nothing) == ()
    assert compare(tokens(nothing), tokens("Karim")) is Agreement.UNKNOWN


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    made = tokens(text)
    assert all(token.skeleton and " " not in token.skeleton and "," not in token.skeleton for token in made)
    assert all(len(token.vowels) == len(token.skeleton) + 1 for token in made)


_BANGLA = ["রহিম", "করিম", "হাসান", "হোসেন", "আলী", "বেগম"]
_words = st.sampled_from([*_BANGLA, "Rahim", "Hossain", "Hasan", "Ali", "Uddin", "Md."])
_names = st.lists(_words, min_size=1, max_size=4).map(" ".join)


@given(_names, _names)
def test_agreement_is_the_same_from_both_sides(one: str, other: str) -> None:
    assert compare(tokens(one), tokens(other)) is compare(tokens(other), tokens(one))
