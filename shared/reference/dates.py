"""Calendar dates as forms give them."""

import re
from datetime import date
from typing import Final

from shared.reference.text import ascii_digits

EARLIEST: Final = date(1900, 1, 1)
"""No living person was born before it, so an earlier date is a slip of the pen."""

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def iso_date(tidied: str) -> date | None:
    """YYYY-MM-DD, in either script's digits; None for any other spelling and for a day that does not exist.

    Day-first spellings are not guessed at: 03/04/1960 means two different days in two offices.
    """
    text = ascii_digits(tidied)
    if _ISO.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
