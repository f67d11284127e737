"""What people ask of payments: totals, one payment's life, cycles, discrepancies. Derived, perhaps a moment behind."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from services.payments.books import Books
from services.payments.cycles import Cycle, cycles_of
from services.payments.ledger import Ledger
from services.payments.lookup import transitions
from services.payments.payment import Payment
from services.payments.tables import CYCLES, DISCREPANCIES, CycleRow, DiscrepancyRow
from shared.policy.policy import Policy
from shared.stage.messages import moment
from shared.store.port import Store


class View:
    """Answers questions from the running ledger and the rows."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store, self._policy = store, policy
        self._books: Books | None = None
        self._reading = asyncio.Lock()

    async def ledger(self) -> Ledger:
        """The ledger as of now."""
        async with self._reading:
            if self._books is None:
                self._books = await Books.resume(self._store, self._policy)
            await self._books.catch_up()
            return self._books.ledger

    async def payment(self, payment_id: str) -> list[dict[str, Any]]:
        """All transitions of a payment, without account and holder; empty if there is none."""
        rows = (await transitions(self._store, [payment_id]))[payment_id]
        return [_shown(Payment.read(row.body), row.n, row.at_us) for row in rows]

    async def cycles(self) -> list[Cycle]:
        """All cycles of all programmes, in the order of their opening."""
        logs: dict[str, list[CycleRow]] = {}
        async for row in self._store.scan(CYCLES):
            logs.setdefault(row.programme, []).append(row)
        return [cycle for rows in logs.values() for cycle in cycles_of(rows)]

    async def discrepancies(self, after: tuple[str, int, int] | None, limit: int) -> list[DiscrepancyRow]:
        """Reports that were not applied, by their place in Kafka, at most ``limit``."""
        found: list[DiscrepancyRow] = []
        async for row in self._store.scan(DISCREPANCIES, after):
            found.append(row)
            if len(found) == limit:
                break
        return found

    async def discrepancies_of(self, payment_id: str) -> Sequence[DiscrepancyRow]:
        """Those that name this payment."""
        return await self._store.find(DISCREPANCIES, "payment_id", [payment_id])


def shown_discrepancy(row: DiscrepancyRow) -> dict[str, Any]:
    """A discrepancy as it is answered: what was said of money, and no account."""
    said = orjson.loads(row.report)
    return {
        "code": row.code,
        "payment_id": row.payment_id,
        "provider": row.provider,
        **{name: said.get(name) for name in ("kind", "attempt", "attempt_ref", "amount_poisha")},
        "origin": [row.topic, row.partition, row.offset],
        "at": moment(row.at_us).isoformat(),
    }


def _shown(payment: Payment, n: int, at_us: int) -> dict[str, Any]:
    return {
        "n": n,
        "state": payment.state,
        "move": payment.move,
        "code": payment.code,
        "next": payment.next,
        "programme": payment.programme,
        "cycle": payment.cycle,
        "entitlement_id": payment.entitlement_id,
        "application_id": payment.application_id,
        "revision": payment.revision,
        "district": payment.district,
        "provider": payment.provider,
        "amount_poisha": payment.amount,
        "attempt": payment.attempt,
        "inquiries": payment.inquiries,
        "provider_code": payment.provider_code,
        "postings": [list(posting) for posting in payment.postings],
        "at": moment(at_us).isoformat(),
    }
