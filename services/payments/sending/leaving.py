"""Scheduled payments whose time has come: everything is looked at once more, as it is now, before they leave.

Between scheduling and leaving somebody may have died, been suspended or changed the account, and the fiscal year may
have ended. What cannot leave stays where its money is set aside, and says who acts.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.payments.cycles import Cycle, open_cycle
from services.payments.entitlements import ENTITLED
from services.payments.lookup import cycles_by_programme
from services.payments.payment import Payment
from services.payments.sending.disburse import Disburser
from services.payments.sending.plans import Wish
from services.payments.tables import ENTITLEMENTS, EntitlementRow
from shared.contracts.entitlement import EntitlementChanged
from shared.stage.records import Origin
from shared.stage.stage import Draft
from shared.store.port import Store
from shared.store.tables import Decision


class Due(NamedTuple):
    """A scheduled payment, its transitions, and the command that says that its time has come."""

    payment_id: str
    payment: Payment
    rows: tuple[Decision, ...]
    origin: Origin


async def leave(store: Store, disburser: Disburser, due: Sequence[Due]) -> list[Draft | None]:
    """The next transition of each: it leaves, waits for the next time, or cannot leave as things are."""
    if not due:
        return []
    found = await store.find(ENTITLEMENTS, "entitlement_id", [one.payment.entitlement_id for one in due])
    latest: dict[str, EntitlementRow] = {row.entitlement_id: row for row in found}
    cycles = await cycles_by_programme(store, [one.payment.programme for one in due])
    return await disburser.drafts([_wish(one, latest[one.payment.entitlement_id], cycles) for one in due])


def _wish(due: Due, row: EntitlementRow, cycles: Mapping[str, Sequence[Cycle]]) -> Wish:
    known = cycles[due.payment.programme]
    cycle = next(one for one in known if one.name == due.payment.cycle)
    stopped = "" if cycle == open_cycle(known) else "cycle_over"
    if row.status != ENTITLED:
        stopped = "not_entitled_any_more"
    change = EntitlementChanged.read(row.body)
    return Wish(change, cycle, due.payment_id, due.origin, due.rows, its_time=True, stopped=stopped)
