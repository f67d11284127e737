"""The chart of accounts, and what each transition posts: double entry in integer poisha, summing to zero.

Three books side by side. The budget: ``budget`` → ``allocation`` → ``committed`` → ``spent``. The cash: ``treasury`` →
``released`` → ``in_transit:<provider>`` → ``credited`` or ``reached``, or → ``returned`` where the money is back and
not yet settled by a new attempt. The fees, which the Government pays (domain.md §5): ``fees`` →
``fees_accrued:<provider>`` at the credit → ``fees_due:<provider>`` at the withdrawal. ``lapsed_budget`` and
``lapsed_cash`` take what a fiscal year leaves unspent. ``suspense`` has the money of payments whose evidence
contradicts itself. A plus is what an account receives.
"""

from functools import lru_cache
from typing import Final

import msgspec
from msgspec.structs import replace

from services.payments.payment import Payment, Postings, standing
from services.payments.states import OURS, UNDER_WAY, State

BUDGET, ALLOCATION, COMMITTED, SPENT = "budget", "allocation", "committed", "spent"
TREASURY, RELEASED, CREDITED, REACHED, RETURNED = "treasury", "released", "credited", "reached", "returned"
SUSPENSE, LAPSED_BUDGET, LAPSED_CASH = "suspense", "lapsed_budget", "lapsed_cash"
FEES: Final = "fees"
IN_TRANSIT: Final = "in_transit:"
"""One account for each provider: who has the money now."""
ACCRUED: Final = "fees_accrued:"
DUE: Final = "fees_due:"

CHART: Final = (
    *(BUDGET, ALLOCATION, COMMITTED, SPENT, LAPSED_BUDGET),
    *(TREASURY, RELEASED, IN_TRANSIT, CREDITED, REACHED, RETURNED, SUSPENSE, LAPSED_CASH),
    *(FEES, ACCRUED, DUE),
)


def allocate(poisha: int) -> Postings:
    """An allocation order."""
    return ((BUDGET, -poisha), (ALLOCATION, poisha))


def release(poisha: int) -> Postings:
    """A release order."""
    return ((TREASURY, -poisha), (RELEASED, poisha))


def lapse(kind: str, poisha: int) -> Postings:
    """What a fiscal year leaves unspent: ``kind`` is ``allocate`` (of the budget) or ``release`` (of the cash)."""
    if kind == "allocate":
        return ((ALLOCATION, -poisha), (LAPSED_BUDGET, poisha))
    return ((RELEASED, -poisha), (LAPSED_CASH, poisha))


def entered(before: Payment | None, after: Payment) -> Payment:
    """``after`` as the transition that follows ``before``: with where it stood, and what that posts."""
    return replace(after, was=None if before is None else standing(before), postings=of_transition(before, after))


class Money(msgspec.Struct, frozen=True, gc=False):
    """What of a payment decides where its money is."""

    state: str
    committed: bool
    attempt: int
    provider: str
    active: bool
    fee: int
    amount: int


def of_transition(before: Payment | None, after: Payment) -> Postings:
    """What the move from ``before`` to ``after`` posts: in each book from where the money was to where it is."""
    return posted(None if before is None else _money(before), _money(after))


def _money(payment: Payment) -> Money:
    return Money(
        str(payment.state),
        payment.committed,
        payment.attempt,
        payment.provider,
        payment.active,
        payment.fee,
        payment.amount,
    )


@lru_cache(maxsize=4096)
def posted(before: Money | None, after: Money) -> Postings:
    """The same; most payments of a rate class post alike, so it is worked out once for them all."""
    lines: list[tuple[str, int]] = []
    fee = after.fee or (0 if before is None else before.fee)
    for where, poisha in ((_in_budget, after.amount), (_in_cash, after.amount), (_in_fees, fee)):
        was, now = where(before), where(after)
        if was != now and poisha:
            lines += ((was, -poisha), (now, poisha))
    return tuple(lines)


def _in_budget(money: Money | None) -> str:
    if money is None or not money.committed:
        return ALLOCATION
    return SPENT if money.attempt and money.state not in OURS else COMMITTED


def _in_cash(money: Money | None) -> str:
    if money is None or money.attempt == 0:
        return RELEASED
    if money.state in UNDER_WAY:
        return IN_TRANSIT + money.provider
    if money.state in OURS:
        return RETURNED
    if money.state == State.DISPUTED:
        return SUSPENSE
    return REACHED if money.active else CREDITED


def _in_fees(money: Money | None) -> str:
    if money is None or money.state not in (State.CREDITED, State.WITHDRAWN):
        return FEES
    return (DUE if money.state == State.WITHDRAWN else ACCRUED) + money.provider


def balanced(postings: Postings) -> bool:
    """Whether they sum to zero (I4)."""
    return sum(poisha for _, poisha in postings) == 0
