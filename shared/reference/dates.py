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
    # Of other spellings ISO 8601 has weeks and days without hyphens; none of them has both hyphens here.
    if len(tidied) != 10 or tidied[4] != "-" or tidied[7] != "-":
        return None
    try:
        return date.fromisoformat(tidied if tidied.isascii() else ascii_digits(tidied))
    except ValueError:
        return None
