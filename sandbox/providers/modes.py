"""The ways in which a provider deals with one instruction, and how long what takes time takes here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Mode(StrEnum):
    """All of these keep the contract: they are what happens to honest providers."""

    ACCEPT = "accept"
    """Credits and reports at once."""
    REFUSE = "refuse"
    """Does not credit, and reports *failed* at once."""
    TIME_OUT = "time_out"
    """Its own switch times out: nothing is credited and nothing reported. It answers *pending*, and later *failed*."""
    LATE = "late"
    """Credits late and reports then; until then it answers *pending*, and a cancel still succeeds."""
    TWICE = "twice"
    """Credits once, and sends the same report twice."""
    NEVER = "never"
    """Credits and does not report; asked, it answers *credited*."""
    RETURN = "return"
    """Credits and reports; later the money comes back, and it reports *returned*."""
    WITHDRAW = "withdraw"
    """Credits and reports; later the person takes the money out, and it reports *withdrawn*."""


class Breaking(StrEnum):
    """Ways of breaking the contract, to show what of it is detected; no honest provider does any of them."""

    PAYS_TWICE = "pays_twice"
    """Told again under the same reference, it moves the money again. Only its statement shows it."""
    TAKES_BACK = "takes_back"
    """Says *credited*, and then *failed* of the same attempt."""
    OTHER_AMOUNT = "other_amount"
    OTHER_ACCOUNT = "other_account"
    OTHER_PAYMENT = "other_payment"
    """Reports on a payment that nobody has ordered."""
    LATER_ATTEMPT = "later_attempt"
    """Reports on an attempt that was not made."""
    UNASKED_CANCEL = "unasked_cancel"
    """Confirms a cancel that nobody asked for, although it has paid."""
    UNPAID_RETURN = "unpaid_return"
    """Reports money as returned that it never reported as credited."""
    DENIES = "denies"
    """Pays, reports nothing, and answers *not found* for ever."""


class Plan(NamedTuple):
    """What will be done with one attempt; ``code`` is the provider's own for why it fails or comes back."""

    mode: Mode
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds of this sandbox, compressed: a report is due within a day or three, money comes back after weeks."""

    late_s: float = 3.0
    """Stands for more than a day."""
    repeat_s: float = 0.5
    """Stands for an hour or so."""
    time_out_s: float = 3.0
    """Stands for the day after which a switch gives a transfer up."""
    return_s: float = 5.0
    """Stands for the weeks until a wallet that was never activated gives its money back."""
