"""What a bank was told to pay and has not settled, by the journal: what its files are written from."""

import orjson

from services.payments.bankfiles.pain001 import Order
from services.payments.ids import attempt_ref
from services.payments.publish import is_transition
from shared.store.port import Store
from shared.store.tables import DECISIONS


async def open_orders(store: Store, provider: str) -> list[Order]:
    """What a provider was told to pay and whose outcome is open, by the journal."""
    found: dict[str, Order] = {}
    async for row in store.scan(DECISIONS):
        if not is_transition(row):
            continue
        body = orjson.loads(row.body)
        found.pop(row.subject, None)
        # What left with a file of iBAS++ is on its way already.
        if body["provider"] == provider and not body["eft"] and body["state"] in ("instructed", "unknown"):
            found[row.subject] = Order(
                attempt_ref(row.subject, body["attempt"]),
                row.subject,
                body["amount"],
                body["holder_name"],
                body["account"],
                body["routing_number"] or "",
                f"{body['programme']} {body['cycle']}",
            )
    return list(found.values())
