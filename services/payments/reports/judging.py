"""What a provider's report does to a payment: a move, a discrepancy for reconciliation, or nothing. Pure.

A report is matched by payment, provider, attempt reference, account and amount before it is looked at; the states'
table has the last word, so that no report in any order moves money wrongly (design.md §9, I5).
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from services.payments import journal
from services.payments.ids import attempt_ref
from services.payments.payment import Payment
from services.payments.states import BACK, MOVES, Move, State
from shared.contracts.payment import Report
from shared.policy.providers import ProviderPolicy
from shared.stage.messages import Next
from shared.store.tables import Decision

Code = Literal[
    "unknown_payment",
    "not_instructed",
    "another_provider",
    "not_by_file",
    "attempt_unknown",
    "earlier_attempt",
    "wrong_account",
    "wrong_amount",
    "amount_missing",
    "cancel_not_asked",
    "contradicting",
    "forbidden_transition",
]

# A look into an enum takes ten times as long as a name, and each report is asked several times.
_CREDITED: Final = State.CREDITED
_WITHDRAWN: Final = State.WITHDRAWN
_RETURNED: Final = State.RETURNED
_SCHEDULED: Final = State.SCHEDULED
_REPORTED: Final = Move.REPORTED

OUT_OF_ORDER: Final[Code] = "forbidden_transition"
"""A report with which nothing is wrong but that it came where the states' table has no way for it."""


class Moved(msgspec.Struct, frozen=True, gc=False):
    """The report takes the payment to ``state``."""

    state: State


class Discrepancy(msgspec.Struct, frozen=True, gc=False):
    """The report cannot be true of this payment as we know it; it is kept, the payment stays as it was."""

    code: Code


class Nothing(msgspec.Struct, frozen=True, gc=False):
    """Known already, or an answer to an inquiry that settles nothing ("not found" is never definitive)."""

    code: Literal["repeated", "pending", "not_found"]


Judgement = Moved | Discrepancy | Nothing

TARGETS: Final = {
    "credited": State.CREDITED,
    "failed": State.FAILED,
    "returned": State.RETURNED,
    "cancelled": State.CANCELLED,
    "withdrawn": State.WITHDRAWN,
}
_IMPLIED: Final = frozenset(
    {
        (State.CREDITED, "credited"),
        (State.WITHDRAWN, "credited"),
        (State.WITHDRAWN, "withdrawn"),
        (State.FAILED, "failed"),
        (State.CANCELLED, "cancelled"),
        (State.RETURNED, "returned"),
        (State.RETURNED, "credited"),
    }
)
"""What a state says has been reported and applied before."""
_CONTRADICTIONS: Final = frozenset(
    {
        (State.CREDITED, "failed"),
        (State.CREDITED, "cancelled"),
        (State.WITHDRAWN, "failed"),
        (State.WITHDRAWN, "returned"),
        (State.WITHDRAWN, "cancelled"),
        (State.FAILED, "credited"),
        (State.FAILED, "returned"),
        (State.FAILED, "withdrawn"),
        (State.CANCELLED, "credited"),
        (State.CANCELLED, "returned"),
        (State.CANCELLED, "withdrawn"),
        (State.RETURNED, "failed"),
        (State.RETURNED, "withdrawn"),
        (State.RETURNED, "cancelled"),
    }
)


def judge(
    payment_id: str,
    payment: Payment | None,
    provider: str,
    report: Report,
    applied: Collection[tuple[int, str]] = (),
) -> Judgement:
    """What ``report``, which came on ``provider``'s own topic, does to ``payment``.

    ``applied`` are the (attempt, state) that reports have led to before; needed where ``asks_what_was_applied``.
    """
    if payment is None:
        return Discrepancy("unknown_payment")
    if payment.attempt == 0:
        return Discrepancy("not_instructed")
    if report.attempt > payment.attempt or report.attempt_ref != attempt_ref(payment_id, report.attempt):
        return Discrepancy("attempt_unknown" if provider == payment.provider else "another_provider")
    if is_over(payment, report.attempt):
        # What was said before is nothing new; anything else would be a second outcome of an attempt that has one.
        repeated = (report.attempt, TARGETS.get(report.kind)) in applied
        return Nothing("repeated") if repeated else Discrepancy("earlier_attempt")
    if provider != payment.provider:
        return Discrepancy("another_provider")
    if report.account is not None and report.account != payment.account:
        return Discrepancy("wrong_account")
    if report.amount_poisha is not None and report.amount_poisha != payment.amount:
        return Discrepancy("wrong_amount")
    kind = report.kind
    if kind in ("pending", "not_found"):
        return Nothing("pending" if kind == "pending" else "not_found")
    if kind in ("credited", "returned") and report.amount_poisha is None:
        return Discrepancy("amount_missing")
    said = payment.state, kind
    if said in _IMPLIED:
        return Nothing("repeated")
    if said in _CONTRADICTIONS:
        return Discrepancy("contradicting")
    target = TARGETS[kind]
    if (report.attempt, target) in applied:
        return Nothing("repeated")  # two people have placed the money otherwise since
    if MOVES[payment.state].get(target) is _REPORTED:
        return Moved(target)
    return Discrepancy("cancel_not_asked" if target is State.CANCELLED else OUT_OF_ORDER)


def is_over(payment: Payment, attempt: int) -> bool:
    """Whether another attempt has left after this one, or is to leave."""
    return attempt < payment.attempt or payment.state is _SCHEDULED


def asks_what_was_applied(payment: Payment, report: Report) -> bool:
    """Whether the payment's state alone does not say what reports have led to: all of its rows have to."""
    return is_over(payment, report.attempt) or (payment.state is _CREDITED and report.kind == "returned")


def applied_to(rows: Sequence[Decision]) -> frozenset[tuple[int, str]]:
    """The (attempt, state) of all reports that were applied to a payment."""
    payments = (Payment.read(row.body) for row in rows)
    return frozenset((one.attempt, one.state.value) for one in payments if one.move is Move.REPORTED)


def after_report(
    payment: Payment, state: State, report: Report, provider: ProviderPolicy, *, confirmed: bool = False
) -> Payment:
    """The transition by which ``report`` takes ``payment`` to ``state``.

    ``confirmed``: the report has no word on the account, and the provider has said before that it is in use.
    """
    account_at_fault = report.code in provider.account_codes
    return reached(
        payment,
        state,
        _REPORTED,
        provider,
        active=state is _WITHDRAWN or confirmed or report.account_state == "active",
        asks_source=state is _RETURNED or account_at_fault,
        provider_code=report.code,
    )


def reached(
    payment: Payment,
    state: State,
    move: Move,
    provider: ProviderPolicy,
    *,
    active: bool,
    asks_source: bool,
    provider_code: str | None = None,
) -> Payment:
    """An outcome: what the account has, what fee that costs, and who acts next.

    Money that is back waits for a corrected account from the ministry where the account was at fault, otherwise for an
    operator. A credit to an account that is not in use is on nobody's list: it is withdrawn, or it comes back.
    """
    credited = state is _CREDITED or state is _WITHDRAWN
    code = str(state)
    acts: Next = "nobody"
    if state is _CREDITED and not active:
        code = "credited_not_active"
    elif state in BACK:
        acts = "source" if asks_source else "operator"
        code = f"{code}_account" if asks_source and state is State.FAILED else code
    elif state is State.DISPUTED:
        acts = "operator"
    after = replace(
        payment,
        state=state,
        move=move,
        code=code,
        next=acts,
        report_due_us=0,
        asks=False,
        active=credited and active,
        fee=provider.fee_poisha(payment.amount) if credited else 0,
        provider_code=provider_code,
    )
    return journal.entered(payment, after)
