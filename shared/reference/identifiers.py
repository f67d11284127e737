"""Numbers that name people and accounts: national id, birth registration, mobile, routing number, account.

Each parser takes text that ``shared.reference.text.tidy`` has been over, accepts Bangla digits, spaces and
hyphens, and returns the value in ASCII digits or a ``Wrong`` that says what is the matter. None raises.
Formats: domain.md §2 and §5.
"""

import re
from enum import Enum, unique
from operator import mul
from typing import Final, Literal, NamedTuple

from shared.contracts.person import NationalId
from shared.reference.geography import DISTRICT_DIGITS
from shared.reference.text import ascii_digits

AccountKind = Literal["mobile", "mobile_and_check_digit", "bank_account"]
"""An account is the mobile number; that and one more digit (Rocket); or a bank account by routing number."""


class AccountFormat(NamedTuple):
    """How a provider's accounts are written. The lengths are for a bank account: no format of those is public."""

    kind: AccountKind
    digits_min: int = 1
    digits_max: int = 34


@unique
class Wrong(Enum):
    """What is the matter with a number; the value is the fault code shown to the source."""

    NATIONAL_ID_CHARACTERS = "national_id_characters"
    NATIONAL_ID_LENGTH = "national_id_length"
    NATIONAL_ID_PLACEHOLDER = "national_id_placeholder"
    NATIONAL_ID_DISTRICT = "national_id_district"
    NATIONAL_ID_RMO = "national_id_rmo"
    NATIONAL_ID_BIRTH_YEAR = "national_id_birth_year"
    BIRTH_REGISTRATION_CHARACTERS = "birth_registration_characters"
    BIRTH_REGISTRATION_LENGTH = "birth_registration_length"
    BIRTH_REGISTRATION_PLACEHOLDER = "birth_registration_placeholder"
    MOBILE_FORMAT = "mobile_format"
    ROUTING_NUMBER_FORMAT = "routing_number_format"
    ROUTING_NUMBER_CHECK_DIGIT = "routing_number_check_digit"
    ACCOUNT_NOT_MOBILE = "account_not_mobile"
    ACCOUNT_NOT_MOBILE_WITH_CHECK_DIGIT = "account_not_mobile_with_check_digit"
    ACCOUNT_CHARACTERS = "account_characters"
    ACCOUNT_LENGTH = "account_length"


_SEPARATORS: Final = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014")
_MOBILE: Final = re.compile(r"(?:\+?880|00880|0)(1[3-9][0-9]{8})")
_RMO_CODES: Final = frozenset("123459")
_BIRTH_YEARS: Final = range(1900, 2100)
_ROUTING_WEIGHTS: Final = (5, 7, 1, 5, 7, 1, 5, 7, 1)


def compact(tidied: str) -> str:
    """Bangla digits as ASCII, spaces and hyphens left out: equal numbers become equal texts."""
    if tidied.isascii():
        return tidied if tidied.isalnum() else tidied.replace(" ", "").replace("-", "")
    return ascii_digits(tidied).translate(_SEPARATORS)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _digits(tidied: str) -> str | None:
    """A number's digits; None where anything else stands in it."""
    if tidied.isascii() and tidied.isdigit():
        return tidied
    digits = compact(tidied)
    return digits if _is_digits(digits) else None


def national_id(tidied: str) -> NationalId | Wrong:
    """10 digits (smart card), 13, or 17 = birth year and the 13; which starts with district 2, RMO code 1."""
    digits = _digits(tidied)
    if digits is None:
        return Wrong.NATIONAL_ID_CHARACTERS
    size = len(digits)
    if size not in (10, 13, 17):
        return Wrong.NATIONAL_ID_LENGTH
    if digits == digits[0] * size:
        return Wrong.NATIONAL_ID_PLACEHOLDER
    if size == 10:
        return NationalId(n10=digits)
    thirteen = digits[-13:]
    if thirteen[:2] not in DISTRICT_DIGITS:
        return Wrong.NATIONAL_ID_DISTRICT
    if thirteen[2] not in _RMO_CODES:
        return Wrong.NATIONAL_ID_RMO
    if size == 13:
        return NationalId(n13=thirteen)
    year = int(digits[:4])
    if year not in _BIRTH_YEARS:
        return Wrong.NATIONAL_ID_BIRTH_YEAR
    return NationalId(n13=thirteen, birth_year=year)


def birth_registration_number(tidied: str) -> str | Wrong:
    """17 digits; those copied from handwritten registers have 16."""
    digits = _digits(tidied)
    if digits is None:
        return Wrong.BIRTH_REGISTRATION_CHARACTERS
    if len(digits) not in (16, 17):
        return Wrong.BIRTH_REGISTRATION_LENGTH
    if digits == digits[0] * len(digits):
        return Wrong.BIRTH_REGISTRATION_PLACEHOLDER
    return digits


def mobile(tidied: str) -> str | Wrong:
    """``01[3-9]`` and eight digits, however the country code is written before it."""
    found = _MOBILE.fullmatch(compact(tidied))
    return "0" + found[1] if found else Wrong.MOBILE_FORMAT


def routing_number(tidied: str) -> str | Wrong:
    """Nine digits whose sum weighted 5, 7, 1 is divisible by ten; a lost leading zero is put back."""
    digits = _digits(tidied)
    if digits is None or len(digits) not in (8, 9):
        return Wrong.ROUTING_NUMBER_FORMAT
    digits = digits.zfill(9)
    weighted = sum(map(mul, _ROUTING_WEIGHTS, map(int, digits)))
    return digits if weighted % 10 == 0 else Wrong.ROUTING_NUMBER_CHECK_DIGIT


def account(written: AccountFormat, tidied: str) -> str | Wrong:
    """An account in its provider's own format. Rocket's check digit (algorithm not public) may be any."""
    if written.kind == "mobile":
        number = mobile(tidied)
        return Wrong.ACCOUNT_NOT_MOBILE if isinstance(number, Wrong) else number
    digits = compact(tidied)
    if written.kind == "mobile_and_check_digit":
        number = mobile(digits[:-1])
        if isinstance(number, Wrong) or not _is_digits(digits[-1:]):
            return Wrong.ACCOUNT_NOT_MOBILE_WITH_CHECK_DIGIT
        return number + digits[-1]
    if not _is_digits(digits):
        return Wrong.ACCOUNT_CHARACTERS
    return digits if written.digits_min <= len(digits) <= written.digits_max else Wrong.ACCOUNT_LENGTH
