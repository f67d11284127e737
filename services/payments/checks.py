"""The checks of payments for ``dsr check``: what every stage has, and I3, I4 and I5 on the rows that are stored."""

from collections.abc import Sequence

from services.payments.books.audit import Audit
from services.payments.books.audit_parts import ALL, in_processes, of_limits, of_payments
from services.payments.books.running import Books, Orders, differences
from services.payments.publish import is_transition
from services.payments.tables import TABLES
from shared.audit.audit import audit_stage
from shared.checks import Finding
from shared.policy import load_policy
from shared.settings import Settings
from shared.store.opening import open_store
from shared.store.port import Store
from shared.store.tables import COMMON, Decision

MANY = 100_000
"""From so many transitions on, starting processes costs less than they save."""


async def check(settings: Settings) -> Sequence[Finding]:
    """The invariants that every stage has, and I3 to I5; raises ``DsrError`` where it cannot look."""
    common = await audit_stage(settings, "payments", has_senders_number=_is_entitlement)
    url = settings.store_url("payments")
    store = open_store(url)
    await store.open((*COMMON, *TABLES))
    try:
        books = await Books.resume(store, load_policy(settings.policy_dir))
        books.keeps = False
        await books.catch_up()
        return [*common, *await findings(store, books, url)]
    finally:
        await store.close()


def _is_entitlement(row: Decision) -> bool:
    """The answer to a change of an entitlement has enrolment's revision and number; a transition has its own."""
    return row.revision > 0 and not is_transition(row)


async def findings(store: Store, books: Books | None = None, url: str | None = None) -> Sequence[Finding]:
    """I3, I4 and I5. Orders are read after the transitions, so that what comes meanwhile breaks nothing.

    ``url`` is where ``store`` is: many transitions are then read by several processes at once.
    """
    audit = Audit()
    orders = Orders(audit.ledger)
    await orders.enter(store)
    if url is not None and books is not None and books.ledger.transitions >= MANY:
        async for part in in_processes(url, audit.ledger.offers):
            audit.merge(part)
    else:
        audit.merge(await of_payments(store, audit.ledger.offers, ALL))
        audit.merge(await of_limits(store))
    await orders.enter(store)
    if books is not None and not await books.catch_up():
        # Nothing has moved meanwhile, so what runs on must be what has been added up anew.
        audit.differs += [str(one) for one in differences(audit.ledger, books.ledger)]
    return audit.findings()
