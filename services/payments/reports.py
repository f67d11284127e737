"""What a provider's report does to a payment: a move, a discrepancy for reconciliation, or nothing. Pure.

A report is matched by payment, provider, attempt reference, account and amount before it is looked at; the states'
table has the last word, so that no report in any order moves money wrongly (design.md §9, I5).
"""

from typing import Final, Literal, NamedTuple

from services.payments.ids import attempt_ref
from services.payments.payment import Payment
from services.payments.states import MOVES, State
from shared.contracts.payment import Report

Code = Literal[
    "unknown_payment",
    "not_instructed",
    "another_provider",
    "attempt_unknown",
    "earlier_attempt",
    "wrong_account",
    "wrong_amount",
    "amount_missing",
    "cancel_not_asked",
    "contradicting",
    "forbidden_transition",
]


class Moved(NamedTuple):
    """The report takes the payment to ``state``."""

    state: State


class Discrepancy(NamedTuple):
    """The report cannot be true of this payment as we know it; it is kept, the payment stays as it was."""

    code: Code


class Nothing(NamedTuple):
    """Known already, or an answer to an inquiry that settles nothing ("not found" is never definitive)."""

    code: Literal["repeated", "pending", "not_found"]


Judgement = Moved | Discrepancy | Nothing

_TARGETS: Final = {"credited": State.CREDITED, "failed": State.FAILED, "returned": State.RETURNED}
_IMPLIED: Final = frozenset(
    {
        (State.CREDITED, "credited"),
        (State.FAILED, "failed"),
        (State.RETURNED, "returned"),
        (State.RETURNED, "credited"),
    }
)
"""What a state says has been reported and applied before."""
_CONTRADICTIONS: Final = frozenset(
    {
        (State.CREDITED, "failed"),
        (State.FAILED, "credited"),
        (State.RETURNED, "failed"),
        (State.FAILED, "returned"),
    }
)


def judge(payment_id: str, payment: Payment | None, provider: str, report: Report) -> Judgement:
    """What ``report``, which came on ``provider``'s own topic, does to ``payment``."""
    if payment is None:
        return Discrepancy("unknown_payment")
    if payment.attempt == 0:
        return Discrepancy("not_instructed")
    if provider != payment.provider:
        return Discrepancy("another_provider")
    if (fault := _attempt_fault(payment_id, payment, report)) is not None:
        return Discrepancy(fault)
    if report.account is not None and report.account != payment.account:
        return Discrepancy("wrong_account")
    if report.amount_poisha is not None and report.amount_poisha != payment.amount:
        return Discrepancy("wrong_amount")
    match report.kind:
        case "pending" | "not_found":
            return Nothing(report.kind)
        case "cancelled":
            return Discrepancy("cancel_not_asked")
        case "credited" | "returned" if report.amount_poisha is None:
            return Discrepancy("amount_missing")
    if (payment.state, report.kind) in _IMPLIED:
        return Nothing("repeated")
    target = _TARGETS[report.kind]
    if target in MOVES[payment.state]:
        return Moved(target)
    contradicts = (payment.state, report.kind) in _CONTRADICTIONS
    return Discrepancy("contradicting" if contradicts else "forbidden_transition")


def _attempt_fault(payment_id: str, payment: Payment, report: Report) -> Code | None:
    if report.attempt > payment.attempt or report.attempt_ref != attempt_ref(payment_id, report.attempt):
        return "attempt_unknown"
    return "earlier_attempt" if report.attempt < payment.attempt else None
