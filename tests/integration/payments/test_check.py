"""The check of many payments reads the journal by several processes, and finds what one process finds."""

from pathlib import Path

import pytest

from services.payments.books.audit import Audit
from services.payments.books.audit_parts import in_processes
from services.payments.books.running import Orders
from services.payments.tables import ORDERS, TABLES
from shared.store.sqlite import SqliteStore
from shared.store.tables import COMMON, DECISIONS, LIMITS
from tests.unit.payments.world import change, paying

pytestmark = pytest.mark.anyio

PEOPLE = 12


async def test_several_processes_find_what_one_finds_and_see_a_person_who_is_paid_twice(tmp_path: Path) -> None:
    made = await paying()
    for number in range(1, PEOPLE + 1):
        await made.feed(made.topics.change(change(number)))
    store = SqliteStore(tmp_path / "payments.db")
    await store.open((*COMMON, *TABLES))
    try:
        rows = [row async for row in made.store.scan(DECISIONS)]
        claimed = [row for row in rows if row.claims]
        twice = {row.subject: row._replace(claims=claimed[0].claims) for row in (claimed[0], claimed[-1])}
        await store.insert(DECISIONS, [twice.get(row.subject, row) if row.claims else row for row in rows])
        await store.insert(LIMITS, [row async for row in made.store.scan(LIMITS)])
        await store.insert(ORDERS, [row async for row in made.store.scan(ORDERS)])
        audit = Audit()
        await Orders(audit.ledger).enter(store)
        async for part in in_processes(f"sqlite:///{tmp_path / 'payments.db'}", audit.ledger.offers):
            audit.merge(part)
    finally:
        await store.close()
    found = {finding.id: finding for finding in audit.findings()}
    assert audit.payments == PEOPLE
    assert found["I4"].holds, found["I4"].detail
    assert found["I5"].holds
    assert not found["I3"].holds
