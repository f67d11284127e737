"""What a stored transition publishes: the status line, and the instruction or inquiry that leaves with it.

Pure functions of the row, so a replay publishes the same bytes, and nothing leaves that is not stored.
"""

from typing import Final

from services.payments.ids import attempt_ref
from services.payments.payment import Payment
from services.payments.reasons import TABLE
from services.payments.states import NAMES, Move, State
from shared import topics
from shared.contracts.payment import Cancel, Inquire, Instruct
from shared.stage import messages
from shared.stage.stage import Message
from shared.store.tables import Decision

_SENT: Final = Move.SENT  # a look into an enum takes ten times as long, and each transition is asked


def is_transition(row: Decision) -> bool:
    """Whether a decision is a payment's transition, and not an entitlement's or a command's."""
    return row.state in NAMES


def said_of(row: Decision, payment: Payment) -> list[Message]:
    """All messages of one transition; ``payment`` is what the row says."""
    line = messages.status(
        "payments",
        messages.About(payment.application_id, payment.source, payment.source_ref, payment.revision),
        row,
        state=payment.state,
        next=payment.next,
        reasons=(TABLE[payment.code],),
        subject=row.subject,
        same_key=False,
    )
    if payment.eft:
        return [line]
    if payment.move is _SENT:
        return [line, _event("payment.instruct.v1", _instruct(row.subject, payment), payment, row)]
    if payment.asks:
        ref = attempt_ref(row.subject, payment.attempt)
        if payment.state is State.CANCELLING:
            stop = Cancel(payment_id=row.subject, attempt=payment.attempt, attempt_ref=ref)
            return [line, _event("payment.cancel.v1", stop, payment, row)]
        inquiry = Inquire(payment_id=row.subject, attempt=payment.attempt, attempt_ref=ref)
        return [line, _event("payment.inquire.v1", inquiry, payment, row)]
    return [line]


def _instruct(payment_id: str, payment: Payment) -> Instruct:
    return Instruct(
        payment_id=payment_id,
        attempt=payment.attempt,
        attempt_ref=attempt_ref(payment_id, payment.attempt),
        amount_poisha=payment.amount,
        account=payment.account,
        routing_number=payment.routing_number,
        holder_name=payment.holder_name,
        programme=payment.programme,
        cycle=payment.cycle,
        valid_until=messages.moment(payment.valid_until_us),
    )


def _event(message_type: str, content: Instruct | Inquire | Cancel, payment: Payment, row: Decision) -> Message:
    topic = topics.instruction(payment.provider)
    return messages.event("payments", topic, message_type, row.subject, content, row, same_key=False)
