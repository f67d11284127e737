"""Calendar dates as forms give them."""

from datetime import date
from typing import Final

from shared.reference.text import ascii_digits

EARLIEST: Final = date(1900, 1, 1)
"""No living person was born before it, so an earlier date is a slip of the pen."""


def iso_date(tidied: str) -> date | None:
    """YYYY-MM-DD, in either script's digits; None for any other spelling and for a day that does not exist.

    Day-first spellings are not guessed at: 03/04/1960 means two different days in two offices.
    """
    text = ascii_digits(tidied)
    # Of other spellings ISO 8601 has weeks and days without hyphens; none of them has both hyphens here.
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
