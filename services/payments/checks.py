"""The checks of payments for ``dsr check``: what every stage has, and I3, I4 and I5 on the rows that are stored."""

from collections.abc import Sequence

from services.payments.audit import Audit
from services.payments.books import Books, Orders, differences
from services.payments.publish import is_transition
from services.payments.tables import TABLES
from shared.audit.audit import audit_stage
from shared.checks import Finding
from shared.policy import load_policy
from shared.settings import Settings
from shared.store.opening import open_store
from shared.store.port import Store
from shared.store.tables import COMMON, DECISIONS, LIMITS, Decision


async def check(settings: Settings) -> Sequence[Finding]:
    """The invariants that every stage has, and I3 to I5; raises ``DsrError`` where it cannot look."""
    common = await audit_stage(settings, "payments", has_senders_number=_is_entitlement)
    store = open_store(settings.store_url("payments"))
    await store.open((*COMMON, *TABLES))
    try:
        books = await Books.resume(store, load_policy(settings.policy_dir))
        books.keeps = False
        await books.catch_up()
        return [*common, *await findings(store, books)]
    finally:
        await store.close()


def _is_entitlement(row: Decision) -> bool:
    """The answer to a change of an entitlement has enrolment's revision and number; a transition has its own."""
    return row.revision > 0 and not is_transition(row)


async def findings(store: Store, books: Books | None = None) -> Sequence[Finding]:
    """I3, I4 and I5. Orders and limits are read after the transitions, so that what comes meanwhile breaks nothing."""
    audit = Audit()
    orders = Orders(audit.ledger)
    await orders.enter(store)
    async for row in store.scan(DECISIONS):
        if is_transition(row):
            audit.transition(row)
    await orders.enter(store)
    if books is not None and not await books.catch_up():
        # Nothing has moved meanwhile, so what runs on must be what has been added up anew.
        audit.differs += [str(one) for one in differences(audit.ledger, books.ledger)]
    return audit.findings([row async for row in store.scan(LIMITS)])
