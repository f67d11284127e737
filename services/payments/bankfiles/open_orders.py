"""What a bank was told to pay and has not settled, by the journal: what its files are written from."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from services.payments.bankfiles.pain001 import Order
from services.payments.ids import attempt_ref
from services.payments.payment import Payment
from services.payments.publish import is_transition
from services.payments.states import State
from shared.policy.dates import DHAKA
from shared.store.port import Store
from shared.store.tables import DECISIONS


class OpenOrders(NamedTuple):
    """``orders`` can be paid on the day asked for; ``expired`` are so many that are not valid to its end."""

    orders: list[Order]
    expired: int


async def open_orders(store: Store, provider: str, on: date) -> OpenOrders:
    """What a provider was told to pay and whose outcome is open, by the journal.

    A file has no place for ``valid_until``, so what is not valid all of the day ``on`` (Dhaka) is not for it: a bank
    would still pay what we count as over by then.
    """
    ends_us = int(datetime.combine(on + timedelta(days=1), time(), DHAKA).timestamp()) * 1_000_000
    found: dict[str, Order] = {}
    expired: set[str] = set()
    async for row in store.scan(DECISIONS):
        if not is_transition(row):
            continue
        payment = Payment.read(row.body)
        found.pop(row.subject, None)
        expired.discard(row.subject)
        # What left with a file of iBAS++ is on its way already.
        if payment.provider == provider and not payment.eft and payment.state in (State.INSTRUCTED, State.UNKNOWN):
            if payment.valid_until_us < ends_us:
                expired.add(row.subject)
                continue
            found[row.subject] = Order(
                attempt_ref(row.subject, payment.attempt),
                row.subject,
                payment.amount,
                payment.holder_name,
                payment.account,
                payment.routing_number or "",
                f"{payment.programme} {payment.cycle}",
            )
    return OpenOrders(list(found.values()), len(expired))
