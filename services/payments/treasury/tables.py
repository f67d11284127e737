"""The rows of recoveries; the treasury's orders are in ``services.payments.tables``."""

from typing import NamedTuple

from shared.store.port import Table


class RecoveryOrderRow(NamedTuple):
    """An order to hold back an overpayment, once by its reference."""

    order_ref: str
    programme: str
    entitlement_id: str
    poisha: int
    reason: str
    by: str
    topic: str
    partition: int
    offset: int
    at_us: int


class RecoveryRow(NamedTuple):
    """The same, in the order of coming: which entitlements of a programme have something to recover."""

    programme: str
    place: str
    entitlement_id: str
    at_us: int


def place_of(at_us: int, order_ref: str) -> str:
    """Sorts by time."""
    return f"{at_us:017d}|{order_ref}"


RECOVERY_ORDERS: Table[RecoveryOrderRow] = Table("recovery_orders", RecoveryOrderRow, ("order_ref",))
RECOVERIES: Table[RecoveryRow] = Table("recoveries", RecoveryRow, ("programme", "place"))
TABLES = (RECOVERY_ORDERS, RECOVERIES)
