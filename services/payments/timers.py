"""When a silent provider is asked: pure times, in µs since 1970 UTC.

First when policy's ``report_within`` is over; then again with doubling intervals; after ``INQUIRIES_MAX`` inquiries the
payment is on a person's list. The intervals between inquiries are this deployment's assumption: no contract is public.
"""

from datetime import timedelta
from typing import Final

from services.payments.payment import Payment
from services.payments.states import State
from services.payments.tables import DueRow
from shared.policy.providers import ProviderPolicy

INQUIRIES_MAX: Final = 5
VALID_FOR_US: Final = timedelta(days=7) // timedelta(microseconds=1)
"""How long an instruction may be carried out: as long as its topic is kept (``topics.RETENTION_HOURS``)."""
BUCKET_US: Final = 60_000_000


def report_due_us(now_us: int, within: timedelta, factor: float) -> int:
    """When the report on what is sent now is due; ``factor`` compresses time in a demonstration, otherwise 1."""
    return now_us + max(1, int(within / timedelta(microseconds=1) * factor))


def answer_due_us(now_us: int, provider: ProviderPolicy, factor: float, inquiries: int) -> int:
    """When the answer to inquiry number ``inquiries`` is due: a quarter of ``report_within``, doubled each time.

    Where the provider is closed then, it is due when it opens.
    """
    wait = provider.report_within / 4 * 2 ** (inquiries - 1)
    return report_due_us(now_us, provider.silence_from(now_us, wait), factor)


def bucket_of(at_us: int) -> int:
    """The minute since 1970 that a time belongs to."""
    return at_us // BUCKET_US


def due_us_of(payment: Payment) -> int:
    """When something is to be done about a payment by itself: it leaves, or its provider is asked; 0: nothing is."""
    return payment.leaves_us if payment.state is State.SCHEDULED else payment.report_due_us


def due_row(payment_id: str, n: int, due_us: int) -> DueRow:
    """The row that makes a transition findable when it is due."""
    return DueRow(bucket_of(due_us), f"{due_us:017d}|{payment_id}|{n}", payment_id, n, due_us)
