"""The reference by which a source calls a record: how long it may be, and whether it gives away whom it stands for."""

import re
from typing import Final

from shared.reference.text import ascii_digits

REFERENCE_MAX: Final = 100
"""Characters; of an application and of a record of a list alike."""

_DIGIT_RUN: Final = re.compile("[0-9]+")
_IDENTIFIER_DIGITS_MIN: Final = 10
"""No national id, birth registration or mobile number (without its zero) is shorter."""


def is_personal(source_ref: str, person: object) -> bool:
    """Whether a reference holds the person's national id, birth registration or mobile number, in any spelling.

    ``person`` is a form or a row as it came: a number with a fault in it gives a person away just as well. Of a
    17-digit national id the 13 are looked for, of a mobile number what follows country code and zero.
    """
    digits = _digits(source_ref)
    if len(digits) < _IDENTIFIER_DIGITS_MIN or not isinstance(person, dict):
        return False
    return any(
        len(number) >= _IDENTIFIER_DIGITS_MIN and number in digits
        for number in (
            _digits(person.get("national_id"))[-13:],
            _digits(person.get("n10")),
            _digits(person.get("n13")),
            _digits(person.get("birth_registration_number")),
            _digits(person.get("mobile"))[-10:],
        )
    )


def _digits(content: object) -> str:
    if not isinstance(content, str):
        return ""
    if content.isascii() and content.isdigit():
        return content
    return "".join(_DIGIT_RUN.findall(ascii_digits(content)))
