"""Numbers that name people and accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.person import NationalId
from shared.reference.dates import iso_date
from shared.reference.geography import DISTRICT_DIGITS
from shared.reference.identifiers import (
    AccountFormat,
    Wrong,
    account,
    birth_registration_number,
    mobile,
    national_id,
    routing_number,
)

BANGLA = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")

thirteens = st.builds(
    "{}{}{}".format,
    st.sampled_from(sorted(DISTRICT_DIGITS)),
    st.sampled_from("123459"),
    st.text("0123456789", min_size=10, max_size=10),
)


@given(thirteens, st.integers(1900, 2025))
def test_a_17_digit_number_is_a_birth_year_and_the_13(thirteen: str, year: int) -> None:
    assert national_id(f"{year}{thirteen}") == NationalId(n13=thirteen, birth_year=year)
    assert national_id(thirteen) == NationalId(n13=thirteen)


def test_a_10_digit_number_is_of_another_kind() -> None:
    assert national_id("1234567890") == NationalId(n10="1234567890")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("12345678901", Wrong.NATIONAL_ID_LENGTH),
        ("123456789O", Wrong.NATIONAL_ID_CHARACTERS),
        ("²234567890", Wrong.NATIONAL_ID_CHARACTERS),
        ("0000000000", Wrong.NATIONAL_ID_PLACEHOLDER),
        ("0212345678901", Wrong.NATIONAL_ID_DISTRICT),
        ("2662345678901", Wrong.NATIONAL_ID_RMO),
        ("26823456789011958", Wrong.NATIONAL_ID_DISTRICT),
        ("18992612345678901", Wrong.NATIONAL_ID_BIRTH_YEAR),
        ("-", Wrong.NATIONAL_ID_CHARACTERS),
    ],
)
def test_a_wrong_national_id_is_refused_by_name(text: str, wrong: Wrong) -> None:
    assert national_id(text) is wrong


@given(thirteens)
def test_bangla_digits_spaces_and_hyphens_make_no_difference(thirteen: str) -> None:
    spelled = f"{thirteen[:4]} {thirteen[4:9]}-{thirteen[9:]}".translate(BANGLA)
    assert national_id(spelled) == national_id(thirteen)


def test_a_birth_registration_number_has_17_or_16_digits() -> None:
    assert birth_registration_number("19901234567890123") == "19901234567890123"
    assert birth_registration_number("1990123456789012") == "1990123456789012"
    assert birth_registration_number("199012345678901") is Wrong.BIRTH_REGISTRATION_LENGTH
    assert birth_registration_number("1990123456789012A") is Wrong.BIRTH_REGISTRATION_CHARACTERS
    assert birth_registration_number("1" * 17) is Wrong.BIRTH_REGISTRATION_PLACEHOLDER


@pytest.mark.parametrize(
    "text",
    ["01712345678", "+8801712345678", "8801712345678", "008801712345678", "+880 1712-345678", "০১৭১২৩৪৫৬৭৮"],
)
def test_a_mobile_number_is_one_in_all_its_spellings(text: str) -> None:
    assert mobile(text) == "01712345678"


@pytest.mark.parametrize("text", ["01212345678", "0171234567", "017123456789", "1712345678", "abc", "+8801212345678"])
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    assert mobile(text) is Wrong.MOBILE_FORMAT


def test_a_routing_number_is_known_by_its_check_digit() -> None:
    assert routing_number("060261726") == "060261726"
    assert routing_number("60261726") == "060261726"
    assert routing_number("060261727") is Wrong.ROUTING_NUMBER_CHECK_DIGIT
    assert routing_number("0602617") is Wrong.ROUTING_NUMBER_FORMAT


@given(st.text("0123456789", min_size=8, max_size=8))
def test_exactly_one_check_digit_fits_a_routing_number(eight: str) -> None:
    fitting = [digit for digit in "0123456789" if routing_number(eight + digit) == eight + digit]
    assert len(fitting) == 1


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 8), st.sampled_from("0123456789"))
def test_a_mistyped_digit_is_caught_unless_the_weight_5_hides_an_even_difference(
    nine: str, place: int, digit: str
) -> None:
    mistyped = nine[:place] + digit + nine[place + 1 :]
    valid, still_valid = (isinstance(routing_number(number), str) for number in (nine, mistyped))
    if valid and still_valid:
        assert nine == mistyped or (place % 3 == 0 and (int(nine[place]) - int(digit)) % 2 == 0)


@pytest.mark.parametrize(
    ("written", "text", "read"),
    [
        (AccountFormat("mobile"), "+880 1712-345678", "01712345678"),
        (AccountFormat("mobile"), "017123456780", Wrong.ACCOUNT_NOT_MOBILE),
        (AccountFormat("mobile_and_check_digit"), "০১৭১২৩৪৫৬৭৮-৯", "017123456789"),
        (AccountFormat("mobile_and_check_digit"), "01712345678", Wrong.ACCOUNT_NOT_MOBILE_WITH_CHECK_DIGIT),
        (AccountFormat("mobile_and_check_digit"), "01712345678X", Wrong.ACCOUNT_NOT_MOBILE_WITH_CHECK_DIGIT),
        (AccountFormat("mobile_and_check_digit"), "-", Wrong.ACCOUNT_NOT_MOBILE_WITH_CHECK_DIGIT),
        (AccountFormat("bank_account", 8, 17), "1234 5678-9", "123456789"),
        (AccountFormat("bank_account", 8, 17), "1234567", Wrong.ACCOUNT_LENGTH),
        (AccountFormat("bank_account", 8, 17), "AB12345678", Wrong.ACCOUNT_CHARACTERS),
    ],
)
def test_an_account_has_its_providers_format(written: AccountFormat, text: str, read: str | Wrong) -> None:
    assert account(written, text) == read


@given(st.text(max_size=25))
def test_no_parser_raises(text: str) -> None:
    for parse in (national_id, birth_registration_number, mobile, routing_number, iso_date):
        parse(text)
    for kind in ("mobile", "mobile_and_check_digit", "bank_account"):
        account(AccountFormat(kind), text)


@given(st.dates())
def test_a_date_is_read_in_either_scripts_digits(day: object) -> None:
    assert iso_date(str(day)) == day
    assert iso_date(str(day).translate(BANGLA)) == day


@pytest.mark.parametrize(
    "text",
    [
        "26-03-1958",
        "1958/03/26",
        "1958-02-30",
        "19580326",
        "1958-W13-3",
        "1958-3-26",
        "1958-W1-35",
        "+958-03-26",
        "1958-03-2²",
        "1958-03-2é",
    ],
)
def test_no_other_spelling_of_a_date_is_guessed_at(text: str) -> None:
    assert iso_date(text) is None
