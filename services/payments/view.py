"""What people ask of payments: totals, one payment's life, cycles, discrepancies. Derived, perhaps a moment behind."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from services.payments.books.ledger import Ledger
from services.payments.books.running import Books
from services.payments.books.scores import Scorecard, scorecard
from services.payments.books.trace import By, Trace, Tracer
from services.payments.cycles import Cycle, cycles_of
from services.payments.lookup import transitions
from services.payments.payment import Payment, day_of, present, standing
from services.payments.recent import Recent
from services.payments.reports.overtaking import settled
from services.payments.sending.pacing import Pacing
from services.payments.states import UNDER_WAY, State
from services.payments.tables import ATTENTION, CYCLES, DISCREPANCIES, PROPOSALS, CycleRow, DiscrepancyRow
from shared.policy.dates import policy_date
from shared.policy.policy import Policy
from shared.stage.messages import moment
from shared.stage.poller import Poller
from shared.stage.records import Origin
from shared.store.port import Store

PAGE = 500


class View:
    """Answers questions from the running ledger and the rows."""

    def __init__(
        self, store: Store, policy: Policy, *, now_us: Callable[[], int], recent: Recent | None = None
    ) -> None:
        """``recent`` is what the stage of the same process has published last; without, all is read from the store."""
        self._store, self._policy, self._now_us = store, policy, now_us
        self._recent = recent or Recent()
        self._books: Books | None = None
        self._reading = asyncio.Lock()
        self._tracer, self._pacing = Tracer(store), Pacing(store, policy)

    async def ledger(self) -> Ledger:
        """The ledger as of now."""
        async with self._reading:
            if self._books is None:
                self._books = await Books.resume(self._store, self._policy, self._recent)
            await self._books.catch_up()
            return self._books.ledger

    async def trace(self, order_ref: str, axes: Sequence[By]) -> Trace | None:
        """Where the money of a release order is."""
        return await self._tracer.order(await self.ledger(), order_ref, axes, day_of(self._now_us()))

    async def traced_payments(self, order_ref: str, after: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """The payments that an order pays for, as they stand, and after which row of its log to go on."""
        named, onward = await self._tracer.payments_of(await self.ledger(), order_ref, after, limit)
        return [_listed(*last) for last in await self._last(named)], onward

    async def orders_of(self, payment_id: str) -> list[dict[str, Any]]:
        """The release orders that pay for a payment, and how much each."""
        rows = (await transitions(self._store, [payment_id]))[payment_id]
        payment = present(rows)
        if payment is None or payment.drawn < 0:
            return []
        ledger = await self.ledger()
        parts = ledger.funded(payment.programme, payment.cycle, payment.amount, payment.drawn)
        return [{"order_ref": order_ref, "poisha": poisha} for order_ref, poisha in parts]

    async def scorecards(self) -> list[Scorecard]:
        """Every declared provider's."""
        ledger, today = await self.ledger(), day_of(self._now_us())
        unfitting = Counter([row.provider async for row in self._store.scan(DISCREPANCIES)])
        transit: dict[str, list[tuple[int, int]]] = {}
        for (_, _, _, provider, state, day, _), poisha in ledger.cells.items():
            if state in UNDER_WAY:
                transit.setdefault(provider, []).append((day, poisha))
        return [
            scorecard(provider, ledger.scores, transit.get(provider, ()), unfitting[provider], today)
            for provider in self._policy.providers
        ]

    async def waiting(self) -> list[dict[str, Any]]:
        """For every declared provider what is scheduled to leave to it, its hours and rate, and until when that goes.

        What cannot leave as things are is counted here and is on a person's list as well.
        """
        ledger, now_us = await self.ledger(), self._now_us()
        today = policy_date(moment(now_us))
        poisha: Counter[str] = Counter()
        payments: Counter[str] = Counter()
        for cell, amount in ledger.cells.items():
            _, _, _, provider, state, _, _ = cell
            if state == State.SCHEDULED:
                poisha[provider] += amount
                payments[provider] += ledger.payments[cell]
        return [
            {
                "provider": code,
                "payments": payments[code],
                "poisha": poisha[code],
                "opens_hour": declared.opens_hour,
                "cut_off_hour": declared.cut_off_hour,
                "closed_weekdays": list(declared.closed_weekdays),
                "closed_on": [day.isoformat() for day in sorted(declared.closed_on) if day >= today],
                "instructions_per_minute_max": declared.instructions_per_minute_max,
                "takes_from": moment(declared.takes_from(now_us)).isoformat(),
                "until": moment(await self._pacing.until(code, now_us)).isoformat(),
            }
            for code, declared in self._policy.providers.items()
        ]

    async def left_to(self, who: str, after: str, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """Payments that wait for an operator or a source, the longest first, and after which place to go on."""
        await self.ledger()
        found: list[dict[str, Any]] = []
        while rows := await self._store.follow(ATTENTION, [(who, after)], PAGE):
            at = {row.payment_id: row.n for row in rows}
            places = {(row.payment_id, row.n): row.place for row in rows}
            for payment_id, payment, n, at_us in await self._last(list(at)):
                if (payment_id, n) in places and payment.next == who:
                    found.append({**_listed(payment_id, payment, n, at_us), "place": places[payment_id, n]})
            after = rows[-1].place
            if len(found) >= limit:
                return sorted(found, key=lambda one: one["place"]), after
        return sorted(found, key=lambda one: one["place"]), None

    async def _last(self, named: Sequence[str]) -> list[tuple[str, Payment, int, int]]:
        known = await transitions(self._store, named)
        return [
            (payment_id, Payment.read(rows[-1].body), rows[-1].n, rows[-1].at_us)
            for payment_id, rows in known.items()
            if rows
        ]

    async def proposals_of(self, payment_id: str) -> list[dict[str, Any]]:
        """What people have proposed for a payment."""
        rows = await self._store.find(PROPOSALS, "payment_id", [payment_id])
        return [
            {**row._asdict(), "at": moment(row.at_us).isoformat()} for row in sorted(rows, key=lambda row: row.at_us)
        ]

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

    async def discrepancies(self, after: Origin | None, limit: int) -> tuple[list[dict[str, Any]], Origin | None]:
        """Reports that did not fit, by their place in Kafka, at most ``limit``; and after which to go on."""
        rows: list[DiscrepancyRow] = []
        async for row in self._store.scan(DISCREPANCIES, after):
            rows.append(row)
            if len(rows) == limit:
                break
        return await self._shown(rows), Origin(*rows[-1][:3]) if rows else after

    async def discrepancies_of(self, payment_id: str) -> list[dict[str, Any]]:
        """Those that name this payment."""
        return await self._shown(await self._store.find(DISCREPANCIES, "payment_id", [payment_id]))

    async def _shown(self, rows: Sequence[DiscrepancyRow]) -> list[dict[str, Any]]:
        by = await settled(self._store, rows)
        return [_discrepancy(row, by.get(Origin(*row[:3]))) for row in rows]


class Bookkeeper(Poller):
    """Keeps the running ledger near the journal, so that whoever asks need not wait for it to be added up.

    It looks as often as what the stage has decided is still in ``Recent``: what has left it is read and parsed again,
    which costs more than everything else about adding it up.
    """

    name = "payments-books"

    def __init__(self, view: View, period_s: float = 1.0) -> None:
        super().__init__(period_s)
        self._view = view

    async def look(self) -> int:
        """Add up what is new."""
        return (await self._view.ledger()).transitions


def _discrepancy(row: DiscrepancyRow, settled_by: int | None) -> dict[str, Any]:
    """What was said of money, and no account; and the number of the transition that came to say the same, if any."""
    said = orjson.loads(row.report)
    return {
        "code": row.code,
        "payment_id": row.payment_id,
        "provider": row.provider,
        **{name: said.get(name) for name in ("kind", "attempt", "attempt_ref", "amount_poisha")},
        "origin": [row.topic, row.partition, row.offset],
        "at": moment(row.at_us).isoformat(),
        "settled_by": settled_by,
    }


def _listed(payment_id: str, payment: Payment, n: int, at_us: int) -> dict[str, Any]:
    return {
        "payment_id": payment_id,
        "n": n,
        "state": standing(payment)[0],
        "code": payment.code,
        "next": payment.next,
        "programme": payment.programme,
        "cycle": payment.cycle,
        "district": payment.district,
        "provider": payment.provider,
        "attempt": payment.attempt,
        "amount_poisha": payment.amount,
        "since": moment(at_us).isoformat(),
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
        "leaves_at": moment(payment.leaves_us).isoformat() if payment.leaves_us else None,
        "valid_until": moment(payment.valid_until_us).isoformat() if payment.valid_until_us else None,
        "postings": [list(posting) for posting in payment.postings],
        "at": moment(at_us).isoformat(),
    }
