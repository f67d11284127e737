"""The chart of accounts, and what each transition posts: double entry in integer poisha, summing to zero.

Two books side by side. The budget: ``budget`` → ``allocation`` → ``committed`` → ``spent``. The cash: ``treasury`` →
``released`` → ``in_transit:<provider>`` → ``reached``, or → ``returned`` where the money is back and not yet settled.
A plus is what an account receives. ``suspense`` is for money that only a reconciliation can place.
"""

from typing import Final

from services.payments.payment import Payment, Postings
from services.payments.states import State

BUDGET, ALLOCATION, COMMITTED, SPENT = "budget", "allocation", "committed", "spent"
TREASURY, RELEASED, REACHED, RETURNED = "treasury", "released", "reached", "returned"
SUSPENSE = "suspense"
IN_TRANSIT: Final = "in_transit:"
"""One account for each provider: who has the money now."""

CHART: Final = (BUDGET, ALLOCATION, COMMITTED, SPENT, TREASURY, RELEASED, IN_TRANSIT, REACHED, RETURNED, SUSPENSE)


def allocate(poisha: int) -> Postings:
    """An allocation order."""
    return ((BUDGET, -poisha), (ALLOCATION, poisha))


def release(poisha: int) -> Postings:
    """A release order."""
    return ((TREASURY, -poisha), (RELEASED, poisha))


def of_transition(before: Payment | None, after: Payment) -> Postings:
    """What the move from ``before`` to ``after`` posts."""
    return posted(before, after.state, after.committed, after.amount, after.provider)


def posted(before: Payment | None, state: State, committed: bool, poisha: int, provider: str) -> Postings:
    """The same, for a transition that is still to be written."""
    transit = IN_TRANSIT + provider
    lines: list[tuple[str, int]] = []
    if committed and (before is None or not before.committed):
        lines += ((ALLOCATION, -poisha), (COMMITTED, poisha))
    if before is not None and before.state is state:
        return tuple(lines)
    match state:
        case State.INSTRUCTED:
            lines += ((COMMITTED, -poisha), (SPENT, poisha), (RELEASED, -poisha), (transit, poisha))
        case State.CREDITED:
            lines += ((transit, -poisha), (REACHED, poisha))
        case State.FAILED:
            lines += ((transit, -poisha), (RETURNED, poisha), (SPENT, -poisha), (COMMITTED, poisha))
        case State.RETURNED:
            lines += ((REACHED, -poisha), (RETURNED, poisha), (SPENT, -poisha), (COMMITTED, poisha))
    return tuple(lines)


def balanced(postings: Postings) -> bool:
    """Whether they sum to zero (I4)."""
    return sum(poisha for _, poisha in postings) == 0
