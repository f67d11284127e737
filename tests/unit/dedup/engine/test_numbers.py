"""Ids, dates, mobiles and places as they are typed."""

import pytest

from services.dedup.matching.bangladesh import numbers
from services.dedup.matching.bangladesh.numbers import Ids


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("4601234567", Ids(n10=4601234567)),
        ("৪৬০১২৩৪৫৬৭", Ids(n10=4601234567)),
        ("2693816225814", Ids(n13=2693816225814)),
        ("19562693816225814", Ids(n13=2693816225814)),
        ("2693 8162-25814", Ids(n13=2693816225814)),
        ("0000000000", Ids()),
        ("19560000000000000", Ids()),
        ("1111111111", Ids()),
        ("12345", Ids()),
        ("", Ids()),
        ("not known", Ids()),
    ],
)
def test_a_national_id_is_told_by_its_length_and_seventeen_digits_are_a_year_and_thirteen(typed: str, ids: Ids) -> None:
    assert numbers.national_id(typed) == ids


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("1956-03-14", 19560314),
        ("1956-3-4", 19560304),
        ("১৯৫৬-০৩-১৪", 19560314),
        ("1956-01-01", 19560000),
        ("1956", 19560000),
        ("1956-03-14T00:00:00", 19560314),
        ("1956-13-40", 0),
        ("1956-02-30", 0),
        ("1956-00-10", 0),
        ("1956-03-1x", 19560301),
        ("19560-03-1", 0),
        ("1956-03-²4", 0),
        ("0001-01-02", 0),
        ("14/03/1956", 0),
        ("", 0),
    ],
)
def test_a_birth_date_of_the_first_of_january_says_only_the_year(typed: str, date: int) -> None:
    assert numbers.birth_date(typed) == date


@pytest.mark.parametrize(
    ("typed", "mobile"),
    [
        ("01712345678", 712345678),
        ("+8801712345678", 712345678),
        ("০১৭১২৩৪৫৬৭৮", 712345678),
        ("01212345678", 0),
        ("0171234567", 0),
        ("00000000000", 0),
    ],
)
def test_a_mobile_is_the_nine_digits_after_01(typed: str, mobile: int) -> None:
    assert numbers.mobile(typed) == mobile
