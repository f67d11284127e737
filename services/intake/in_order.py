"""Parts of the form that are in order as they stand; most are, and those are read at once.

Each reader of a part first asks for its shape, by the types of ``msgspec``, and holds the same rules against the whole
of it. Where that ends in ``OutOfOrder`` the part is read again, leaf by leaf (``section``): only so can each thing that
is wrong be named, and each other spelling be put right. So nothing here notes a fault, and what both ways can read they
read alike.
"""

from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

import msgspec

from shared.errors import DsrError
from shared.reference.dates import EARLIEST, iso_date
from shared.reference.identifiers import Wrong
from shared.reference.text import has_forbidden, is_tidy, length, tidy

T = TypeVar("T")

TEXT_MAX: Final = 255


class OutOfOrder(DsrError):
    """Something in a part is wrong, missing or spelt otherwise than it is kept."""

    def __init__(self) -> None:
        super().__init__("This part of the form has to be read leaf by leaf.")


def part(content: object, shape: type[T]) -> T:
    """A part of the form as ``shape``, its types checked and nothing else; raises ``OutOfOrder``."""
    try:
        return msgspec.convert(content, shape)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of a lone surrogate
        raise OutOfOrder from None


def optional_text(text: str | None, at_most: int) -> str | None:
    """A text as it is kept, which is mostly as it is; None where it is absent or blank. Raises ``OutOfOrder``."""
    if text is None or (is_tidy(text) and len(text) <= at_most):
        return text
    if has_forbidden(text):
        raise OutOfOrder
    tidied = tidy(text)
    if length(tidied) > at_most:
        raise OutOfOrder
    return tidied or None


def number(text: str | None, parse: Callable[[str], T | Wrong]) -> T | None:
    """What a parser of ``shared.reference.identifiers`` makes of a number; raises ``OutOfOrder``."""
    if text is None:
        return None
    if len(text) <= TEXT_MAX:
        # They leave out spaces themselves, so what they can read need not be tidied.
        value = parse(text)
        if not isinstance(value, Wrong):
            return value
    raise OutOfOrder


def day(text: str | None, today: date) -> date | None:
    """A date from 1900 to today; raises ``OutOfOrder``."""
    if text is None:
        return None
    found = iso_date(text)
    if found is not None and EARLIEST <= found <= today:
        return found
    raise OutOfOrder
