"""Amounts as files write them, in taka, exactly: nothing is rounded, and no spelling is too long to be looked at."""

import re
from decimal import Decimal
from typing import Final

from shared.errors import DsrError

_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,9})?")
POISHA_MAX: Final = 2**53
"""Below this every reader of JSON reads an amount exactly."""


class NotAnAmount(DsrError):
    """``cause`` says what is wrong with the amount, to be put behind its place in the file."""

    exit_code = 2

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(f"An amount {cause}.")


def poisha_of(text: str) -> int:
    """Taka in digits with at most two decimals that count, as integer poisha; raises ``NotAnAmount``."""
    if not _AMOUNT.fullmatch(text.strip()):
        raise NotAnAmount("is no amount in digits, as 1250000.00")
    poisha = Decimal(text) * 100
    if poisha <= 0:
        raise NotAnAmount("must be above zero")
    if poisha != int(poisha):
        raise NotAnAmount("has a fraction of a poisha")
    if poisha >= POISHA_MAX:
        raise NotAnAmount("is beyond what is counted here")
    return int(poisha)
