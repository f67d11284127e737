"""BBS geography and CCDS lists."""

import unicodedata
from collections import Counter

from shared.reference import ccds
from shared.reference.geography import DISTRICT_DIGITS, DISTRICTS, DIVISIONS


def test_there_are_8_divisions_and_64_districts_each_in_its_division() -> None:
    assert len(DIVISIONS) == 8
    assert len(DISTRICTS) == 64
    assert {code[:2] for code in DISTRICTS} == set(DIVISIONS)


def test_the_districts_of_all_divisions_are_all_districts() -> None:
    by_division = Counter(code[:2] for code in DISTRICTS)
    assert [by_division[code] for code in DIVISIONS] == [6, 11, 13, 10, 4, 8, 8, 4]


def test_a_districts_own_two_digits_are_unique_in_the_country() -> None:
    assert len(DISTRICT_DIGITS) == 64


def test_names_are_unique_and_in_nfc() -> None:
    for areas in (DIVISIONS, DISTRICTS):
        assert len({area.name_en for area in areas.values()}) == len(areas)
        assert len({area.name_bn for area in areas.values()}) == len(areas)
        assert all(unicodedata.is_normalized("NFC", area.name_bn) for area in areas.values())


def test_ccds_has_twelve_mandatory_fields() -> None:
    assert len(ccds.MANDATORY_FIELDS) == 12
    assert not set(ccds.MANDATORY_FIELDS) & set(ccds.OPTIONAL_FIELDS)
    assert set(ccds.MANDATORY_FIELDS) >= ccds.NEVER_A_GAP


def test_education_runs_from_nursery_to_other() -> None:
    assert list(ccds.EDUCATION) == [f"{n:02}" for n in range(20)]
    assert ccds.EDUCATION["10"].bn == unicodedata.normalize("NFC", "দশম শ্রেণি")


def test_named_occupations_are_codes_of_the_list() -> None:
    assert set(ccds.OCCUPATION) <= ccds.OCCUPATION_CODES
    assert "00" not in ccds.OCCUPATION_CODES
    assert "93" not in ccds.OCCUPATION_CODES
