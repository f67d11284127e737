"""What people ask of payments, read from the rows: totals, one payment's life, cycles, discrepancies.

Derived and perhaps a moment behind. The ledger is computed from all rows, and kept for as long as that took times ten,
so that asking often costs little.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson

from services.payments.cycles import Cycle, cycles_of
from services.payments.ledger import Ledger
from services.payments.lookup import transitions
from services.payments.payment import Payment
from services.payments.publish import is_transition
from services.payments.tables import CYCLES, DISCREPANCIES, ORDERS, CycleRow, DiscrepancyRow
from shared.stage.messages import moment
from shared.store.port import Store
from shared.store.tables import DECISIONS

YIELD_EVERY = 500
KEPT_TIMES = 10.0


class Accounts(NamedTuple):
    """The ledger, and how many payments stand where: by (provider, state)."""

    ledger: Ledger
    payments: Counter[tuple[str, str]]


async def read_accounts(store: Store) -> Accounts:
    """Compute everything from the rows; lets others work in between."""
    ledger = Ledger()
    async for order in store.scan(ORDERS):
        ledger.order(order.kind, order.programme, order.cycle, order.poisha, postings_of(order.postings))
    payments: Counter[tuple[str, str]] = Counter()
    last: tuple[str, Payment] | None = None
    seen = 0
    async for row in store.scan(DECISIONS):
        if not is_transition(row):
            continue
        payment = Payment.read(row.body)
        ledger.transition(payment)
        if last is not None and last[0] != row.subject:
            payments[last[1].provider, last[1].state.value] += 1
        last = (row.subject, payment)
        seen += 1
        if seen % YIELD_EVERY == 0:
            await asyncio.sleep(0)
    if last is not None:
        payments[last[1].provider, last[1].state.value] += 1
    return Accounts(ledger, payments)


class View:
    """Answers questions; ``clock`` counts seconds."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock
        self._accounts: Accounts | None = None
        self._good_until = 0.0
        self._reading = asyncio.Lock()

    async def accounts(self) -> Accounts:
        """The ledger as of a moment ago."""
        async with self._reading:
            started = self._clock()
            if self._accounts is None or started >= self._good_until:
                self._accounts = await read_accounts(self._store)
                ended = self._clock()
                self._good_until = ended + (ended - started) * KEPT_TIMES
            return self._accounts

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


def postings_of(stored: bytes) -> tuple[tuple[str, int], ...]:
    """The postings of a stored treasury order."""
    return tuple((account, poisha) for account, poisha in orjson.loads(stored))
