"""What payments and a provider say to each other. Amounts are integer poisha (1 taka = 100 poisha)."""

from typing import Annotated, Final, Literal, Self

import msgspec
from msgspec import Meta

from shared.contracts.base import Event, Moment, NotAsAgreed

Poisha = int
Number = Annotated[int, Meta(ge=1)]
"""Of an attempt: they are counted from 1."""


class Instruct(Event, frozen=True, kw_only=True):
    """``payment.instruct.v1``: pay this once.

    ``attempt_ref`` names this attempt; a provider is idempotent by it, refuses an ``attempt`` lower than one it
    has seen and anything after ``valid_until``, and pays at most once for a ``payment_id``.
    """

    payment_id: str
    attempt: Number
    attempt_ref: str
    amount_poisha: Annotated[Poisha, Meta(gt=0)]
    account: str
    routing_number: str | None = None
    holder_name: str
    programme: str
    cycle: str
    valid_until: Moment


class Inquire(Event, frozen=True, kw_only=True):
    """``payment.inquire.v1``: what became of this attempt? Never an instruction to pay."""

    payment_id: str
    attempt: Number
    attempt_ref: str


class Cancel(Event, frozen=True, kw_only=True):
    """``payment.cancel.v1``: refuse this attempt for ever, unless it has been paid already."""

    payment_id: str
    attempt: Number
    attempt_ref: str


class Report(Event, frozen=True, kw_only=True):
    """``payment.report.v1``: what a provider says of one attempt, in its own time and perhaps more than once.

    ``credited`` the account has the money; ``failed`` it was not and will not be paid; ``returned`` credited money
    came back; ``pending`` and ``not_found`` answer an inquiry and move nothing; ``cancelled`` confirms a cancel;
    ``withdrawn`` the person has taken credited money out, which makes the cash-out fee due. ``account_state`` goes with
    ``credited``: only money in an active account has reached somebody; without it the account counts as not active,
    except where the report comes from a file (of a bank, or on an EFT payroll): there the answer to
    ``account.verify.v1`` holds.
    """

    payment_id: str
    attempt: Number
    attempt_ref: str
    kind: Literal["credited", "failed", "returned", "pending", "not_found", "cancelled", "withdrawn"]
    amount_poisha: Poisha | None = None
    account: str | None = None
    account_state: Literal["active", "dormant"] | None = None
    provider_ref: str | None = None
    code: Annotated[str | None, Meta(description="the provider's own code for a failure or return")] = None
    at: Moment

    @classmethod
    def read(cls, value: bytes) -> Self:
        """See ``Event.read``; but providers are outsiders: 1.0 and a number in quotes are numbers too."""
        try:
            return _LENIENT.decode(value)  # type: ignore[return-value]
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise NotAsAgreed(cls.__name__) from None


_LENIENT: Final = msgspec.json.Decoder(Report, strict=False)
