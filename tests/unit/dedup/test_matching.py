"""Are these two applicants one person?"""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.blocking import blocking_keys
from services.dedup.features import Features
from services.dedup.rules import Level, compare
from shared.contracts.person import Address, Gender, Name, NationalId, Parent
from tests.unit.dedup.people import FATHER, HOME, MOTHER, features
from tests.unit.dedup.world import PSEUDONYMS

OTHER_KIND = NationalId(n13="5514952123456")
OTHER_MOTHER = Parent(name=Name(bn="জাহানারা বেগম", en="Jahanara Begum"))
OTHER_FATHER = Parent(name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman"))
OTHER_MOBILE = "01998877665"
STRANGER: dict[str, Any] = {"mother": OTHER_MOTHER, "father": OTHER_FATHER, "mobile": OTHER_MOBILE}
ELSEWHERE = Address(division="10", district="04", upazila="09", union="35")


def level(**changes: Any) -> Level:
    """How Abdul Karim compares with himself under changes; the same from both sides, and found by a key."""
    one, other = features(), features(**changes)
    match = compare(one, other)
    assert match == compare(other, one)
    if match is None:
        return Level.DIFFERENT
    assert set(blocking_keys(one, PSEUDONYMS)) & set(blocking_keys(other, PSEUDONYMS))
    return match.level


def test_the_same_application_is_the_same_person() -> None:
    assert level() is Level.SAME


def test_an_equal_id_and_name_outweigh_a_wrong_birth_date_and_a_new_mobile() -> None:
    assert level(date_of_birth=date(1951, 7, 2), mobile=OTHER_MOBILE) is Level.SAME


def test_an_equal_id_under_another_name_is_for_a_reviewer() -> None:
    assert level(name=Name(bn="লুৎফর রহমান"), date_of_birth=date(1970, 1, 9), **STRANGER) is Level.SUSPICIOUS
    assert level(name=Name(bn="লুৎফর রহমান")) is Level.SUSPICIOUS


def test_an_equal_id_of_a_man_and_a_woman_is_for_a_reviewer() -> None:
    assert level(gender=Gender.FEMALE) is Level.SUSPICIOUS


def test_without_comparable_ids_name_and_birth_date_need_a_parent_or_the_mobile() -> None:
    assert level(national_id=OTHER_KIND, mobile=OTHER_MOBILE, father=OTHER_FATHER) is Level.SAME
    assert level(national_id=OTHER_KIND, mother=None, father=None) is Level.SAME
    assert level(national_id=OTHER_KIND, mother=None, father=None, mobile=None) is Level.SUSPICIOUS


def test_a_bangla_list_meets_an_english_one() -> None:
    theirs = {
        "name": Name(en="Md. Abdul Korim"),
        "mother": Parent(name=Name(en="Rokeya Begum")),
        "father": Parent(name=Name(en="Anowar Hosen")),
    }
    ours = features(name=Name(bn="মোঃ আব্দুল করিম"), mother=Parent(name=Name(bn="রোকেয়া বেগম")))
    match = compare(ours, features(national_id=OTHER_KIND, mobile=OTHER_MOBILE, **theirs))
    assert match is not None
    assert match.level is Level.SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [("হাসান", "হোসেন"), ("রহিম", "করিম"), ("সুমন", "সুজন"), ("লাইলী", "লিলি"), ("আনিস", "আনাস")],
)
def test_twins_are_never_one_person(one: str, other: str) -> None:
    """They share birth date, parents, mobile and home."""
    ids = (NationalId(n10="4601234567"), NationalId(n10="4601234568"), OTHER_KIND)
    for ours in ids:
        for theirs in ids:
            match = compare(
                features(name=Name(bn=f"{one} আলী"), national_id=ours),
                features(name=Name(bn=f"{other} আলী"), national_id=theirs),
            )
            # Under one id they would be one person to anybody; that is a case for a reviewer only when names differ.
            if ours != theirs:
                assert match is None or match.level is Level.SUSPICIOUS


def test_twins_whose_ids_are_known_and_differ_bother_nobody() -> None:
    match = compare(
        features(name=Name(bn="হাসান আলী")), features(name=Name(bn="হোসেন আলী"), national_id=NationalId(n10="9876543210"))
    )
    assert match is None


def test_a_digit_of_the_id_mistyped_is_for_a_reviewer() -> None:
    assert level(national_id=NationalId(n10="4601234577")) is Level.SUSPICIOUS
    assert level(national_id=NationalId(n10="4601234577"), date_of_birth=date(1956, 3, 4)) is Level.SUSPICIOUS


def test_neighbours_in_the_register_are_not_one_person() -> None:
    """Ids one apart, a brother's parents and home."""
    assert level(national_id=NationalId(n10="4601234568"), name=Name(bn="মোঃ লুৎফর রহমান")) is Level.DIFFERENT


def test_two_ids_for_one_name_birth_date_and_parents_are_for_a_reviewer() -> None:
    assert level(national_id=NationalId(n10="9876543210")) is Level.SUSPICIOUS


def test_namesakes_born_on_one_day_are_for_a_reviewer_only_at_home() -> None:
    assert level(national_id=OTHER_KIND, **STRANGER) is Level.SUSPICIOUS
    assert level(national_id=OTHER_KIND, permanent_address=ELSEWHERE, **STRANGER) is Level.DIFFERENT
    assert level(national_id=NationalId(n10="9876543210"), **STRANGER) is Level.DIFFERENT


def test_a_birthday_of_1_january_is_only_a_year() -> None:
    one = features(date_of_birth=date(1956, 1, 1))
    for born in (date(1956, 1, 1), date(1956, 8, 20)):
        match = compare(one, features(date_of_birth=born, national_id=OTHER_KIND))
        assert match is not None
        assert match.level is Level.SUSPICIOUS


def test_a_birth_year_two_years_off_is_for_a_reviewer() -> None:
    assert level(national_id=OTHER_KIND, date_of_birth=date(1954, 3, 14)) is Level.SUSPICIOUS
    assert level(national_id=OTHER_KIND, date_of_birth=date(1946, 3, 14)) is Level.DIFFERENT


def test_a_father_and_his_son_of_the_same_name_are_two() -> None:
    assert level(national_id=OTHER_KIND, date_of_birth=date(1980, 3, 14), mother=OTHER_MOTHER) is Level.DIFFERENT


def test_brothers_in_one_house_are_two() -> None:
    brother = {"name": Name(bn="মোঃ আলমগীর"), "national_id": OTHER_KIND, "date_of_birth": date(1958, 6, 2)}
    assert level(**brother) is Level.DIFFERENT


def test_a_child_with_a_birth_registration_number_is_known_by_it() -> None:
    mine = {"national_id": None, "birth_registration_number": "20105514952123456"}
    match = compare(features(**mine), features(**mine, mother=None, father=None, mobile=None))
    assert match is not None
    assert match.level is Level.SAME


_people = st.fixed_dictionaries(
    {},
    optional={
        "national_id": st.sampled_from([None, OTHER_KIND, NationalId(n10="4601234568"), NationalId(n10="9", n13="8")]),
        "name": st.sampled_from([Name(), Name(bn="হাসান"), Name(en="Karim"), Name(bn="বেগম"), Name(bn="আব্দুল করিম")]),
        "date_of_birth": st.sampled_from([None, date(1956, 1, 1), date(1956, 3, 4), date(1990, 3, 14)]),
        "mother": st.sampled_from([None, OTHER_MOTHER, Parent(name=Name(bn="বেগম"))]),
        "father": st.sampled_from([None, OTHER_FATHER, Parent(name=Name())]),
        "mobile": st.sampled_from([None, OTHER_MOBILE]),
        "gender": st.sampled_from([None, Gender.FEMALE]),
        "permanent_address": st.sampled_from([HOME, ELSEWHERE]),
    },
)


@given(_people, _people)
def test_a_comparison_is_the_same_from_both_sides(one: dict[str, Any], other: dict[str, Any]) -> None:
    left, right = features(**one), features(**other)
    assert compare(left, right) == compare(right, left)


@given(_people, _people)
def test_an_equal_id_is_never_passed_over(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The claims on national ids rest on it."""
    same = {"national_id": NationalId(n10="4601234567")}
    assert compare(features(**{**one, **same}), features(**{**other, **same})) is not None


@given(_people)
def test_features_survive_packing(one: dict[str, Any]) -> None:
    made = features(**{"mother": MOTHER, "father": FATHER, **one})
    assert Features.unpack(made.pack()) == made


def test_the_evidence_names_every_field() -> None:
    match = compare(features(), features(mobile=OTHER_MOBILE, mother=None))
    assert match is not None
    said = {part.field: part.agreement.name for part in match.evidence}
    assert said == {
        "id": "EQUAL",
        "name": "EQUAL",
        "birth_date": "EQUAL",
        "mother": "UNKNOWN",
        "father": "EQUAL",
        "mobile": "DIFFERENT",
        "sex": "EQUAL",
        "union": "EQUAL",
    }
