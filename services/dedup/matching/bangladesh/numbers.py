"""Numbers and dates as they are typed, read as integers; 0 where nothing can be read."""

import re
from functools import partial
from typing import Final, NamedTuple

from shared.reference.text import ascii_digits

_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_DATE: Final = re.compile(r"\s*(\d{4})(?:-(\d{1,2})-(\d{1,2}))?(?![\d-])")
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEARS: Final = range(1850, 2200)
_TYPED_MAX: Final = 64
_SEXES: Final = {"M": 1, "F": 2, "O": 3}


class Ids(NamedTuple):
    """The national ids that a person shows. The 10 digits of a smart card have no relation to the 13 (domain.md §2)."""

    n10: int = 0
    n13: int = 0


UNKNOWN: Final = Ids()
_IDS: Final = partial(tuple.__new__, Ids)


def digits(typed: str) -> str:
    """The digits alone, in ASCII; "" where they are all one digit, which clerks type to get past a form."""
    found = typed if typed.isascii() and typed.isdigit() else _NOT_DIGITS.sub("", ascii_digits(typed[:_TYPED_MAX]))
    return found if found.strip(found[:1]) else ""


def national_id(typed: str) -> Ids:
    """By its length: 10, 13, or 17, which is a birth year and the 13. Any other length is unknown."""
    found = digits(typed)
    if len(found) == 10:
        return _IDS((int(found), 0))
    if len(found) in (13, 17):
        thirteen = found[-13:]
        return _IDS((0, 0 if thirteen == thirteen[0] * 13 else int(thirteen)))
    return UNKNOWN


def registration(typed: str) -> int:
    """A birth registration number of 16 or 17 digits."""
    found = digits(typed)
    return int(found) if len(found) in (16, 17) else 0


def mobile(typed: str) -> int:
    """The nine digits after 01; the country's prefix may stand before."""
    found = digits(typed).removeprefix("88")
    return int(found[2:]) if len(found) == 11 and found[:2] == "01" and found[2] >= "3" else 0


def birth_date(typed: str) -> int:
    """YYYYMMDD, or YYYY0000 where only the year is known, which is what 1 January says; 0 for no date at all."""
    if len(typed) == 10 and typed[4] == typed[7] == "-" and typed.isascii():
        plain = typed[:4] + typed[5:7] + typed[8:]
        if plain.isdigit():  # nearly always
            date = int(plain)
            return _date(date // 10_000, date // 100 % 100, date % 100)
    match = _DATE.match(ascii_digits(typed[:_TYPED_MAX]))
    if match is None:
        return 0
    year = int(match[1])
    if not match[2]:
        return year * 10_000 if year in _YEARS else 0
    return _date(year, int(match[2]), int(match[3]))


def _date(year: int, month: int, day: int) -> int:
    if year not in _YEARS or not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        return 0
    return year * 10_000 + (0 if month == day == 1 else month * 100 + day)


def sex(typed: str) -> int:
    """CCDS codes."""
    return _SEXES.get(typed) or _SEXES.get(typed.strip().upper()[:1], 0)


def place(typed: str) -> int:
    """The BBS code of a union, ten digits."""
    found = digits(typed)
    return int(found) if len(found) == 10 else 0
