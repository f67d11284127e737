"""A payment as one of its numbered transitions states it: the body of a decision row, complete in itself."""

from typing import Final

import msgspec

from services.payments.states import Move, State
from shared.policy.dates import DHAKA_US
from shared.stage.messages import Next
from shared.store.tables import Decision

Postings = tuple[tuple[str, int], ...]
DAY_US = 86_400_000_000
WITHHELD, RESTORED = "withheld", "restored"
"""The codes of state *withheld*: kept off the lists, and on the next one again."""


Standing = tuple[str, str, str, int, int, int]
"""What a payment is counted by: state, provider, district, day, amount, drawn; see ``standing``."""


class Payment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """All that is needed to publish a transition and to judge what comes next.

    ``amount`` and ``fee`` are poisha. ``district`` is the four-digit BBS code. ``attempt`` is 0 until something was
    sent, ``sent_us`` when the present attempt was. ``committed`` says that the amount is taken from the allocation,
    ``drawn`` at which poisha of the cycle's released money it begins. ``active`` says that the credited account is in
    use, so that the money has reached somebody. ``code`` is the reason. ``asks`` says that an inquiry (or, while it is
    being cancelled, a cancel) leaves with this transition, ``inquiries`` how many have left. ``report_due_us`` is when
    the silence of the provider is looked at next (0: not at all). Times are µs since 1970 UTC. ``postings`` are
    (account, poisha), and ``was`` is where the payment stood before, so that totals are sums over transitions.
    ``payroll`` is the number of the cycle's list that it left with (0: none), ``arrears`` names the earlier cycles that
    ``amount`` pays for as well, ``recovered`` is what was held back of it, and ``eft`` says that it left in a file of
    iBAS++ and not as an instruction. ``leaves_us`` is when a scheduled one is to leave (0: when what ``code`` says has
    been dealt with). What stands at its default is not stored.
    """

    state: State
    move: Move
    code: str
    next: Next
    entitlement_id: str
    programme: str
    cycle: str
    district: str
    amount: int
    committed: bool
    application_id: str
    source: str
    source_ref: str
    revision: int
    provider: str = ""
    account: str = ""
    routing_number: str | None = None
    holder_name: str = ""
    attempt: int = 0
    sent_us: int = 0
    drawn: int = -1
    valid_until_us: int = 0
    report_due_us: int = 0
    inquiries: int = 0
    asks: bool = False
    active: bool = False
    fee: int = 0
    provider_code: str | None = None
    payroll: int = 0
    arrears: tuple[str, ...] = ()
    recovered: int = 0
    eft: bool = False
    leaves_us: int = 0
    was: Standing | None = None
    postings: Postings = ()

    def write(self) -> bytes:
        """The body of the decision; the same payment always gives the same bytes."""
        return _WRITER.encode(self)

    @staticmethod
    def read(body: bytes) -> "Payment":
        """A stored transition."""
        return _READER.decode(body)


_WRITER: Final = msgspec.json.Encoder()
_READER: Final = msgspec.json.Decoder(Payment)


class Body(msgspec.Struct, frozen=True, gc=False):
    """Of a transition as it is stored what is counted: what goes through millions reads no more of them than this."""

    state: str
    move: str
    next: str
    programme: str
    cycle: str
    district: str
    amount: int
    committed: bool
    provider: str = ""
    attempt: int = 0
    sent_us: int = 0
    drawn: int = -1
    asks: bool = False
    active: bool = False
    fee: int = 0
    was: Standing | None = None
    postings: Postings = ()


body_of: Final = msgspec.json.Decoder(Body).decode
"""The body of a decision that is a transition."""


def standing(payment: Payment | Body) -> Standing:
    """How a payment is counted.

    The state is *reached* where the money is in an active account. The day (Dhaka, since 1970) is when the present
    attempt was sent, 0 before. ``drawn`` is where in the money released for the cycle it begins, -1 where it has none.
    """
    state, sent_us = str(payment.state), payment.sent_us  # a third of what ``.value`` costs
    return (
        "reached" if payment.active and state == "credited" else state,
        payment.provider,
        payment.district,
        day_of(sent_us) if sent_us else 0,
        payment.amount,
        payment.drawn,
    )


def day_of(at_us: int) -> int:
    """The Dhaka day of a time, in days since 1970."""
    return (at_us + DHAKA_US) // DAY_US


def is_withheld(payment: Payment) -> bool:
    """Whether two people keep it off every list; one that they have restored stays in the state until it leaves."""
    return payment.state is State.WITHHELD and payment.code == WITHHELD


def has_left(payment: Payment) -> bool:
    """Whether its money was sent, or is set aside to leave at its time."""
    return payment.attempt > 0 or payment.state is State.SCHEDULED


def present(rows: "list[Decision] | tuple[Decision, ...]") -> Payment | None:
    """What the last of a payment's rows says; None where there is no payment."""
    return Payment.read(rows[-1].body) if rows else None
