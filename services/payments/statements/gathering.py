"""Brings journal, reports and statements together from the store, for a reconciliation."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from services.payments.payment import Payment
from services.payments.publish import is_transition
from services.payments.reports.overtaking import settled
from services.payments.statements.loading import lines_of, statements_of
from services.payments.statements.reconcile import Attempt, Reconciled, Unfitting, reconcile
from services.payments.states import Move
from services.payments.tables import DISCREPANCIES
from shared.audit.pages import pages
from shared.stage.records import Origin
from shared.store.port import Store
from shared.store.tables import DECISIONS

DHAKA = ZoneInfo("Asia/Dhaka")
FINAL = frozenset({Move.REPORTED, Move.CORRECTED})


async def reconcile_all(store: Store, provider: str | None, today: date) -> dict[str, Reconciled]:
    """By provider what agrees and what does not; of all that have statements or reports that did not fit."""
    statements: dict[str, list[Any]] = {}
    for name, pieces in (await statements_of(store, provider)).items():
        begins, ends = date.fromisoformat(pieces[0].begins), date.fromisoformat(pieces[0].ends)
        statements.setdefault(pieces[0].provider, []).append((name, begins, ends, lines_of(pieces)))
    unfitting = [one async for one in _unfitting(store) if provider in (None, one.provider)]
    wanted = {*statements, *(one.provider for one in unfitting)}
    attempts: dict[str, list[Attempt]] = {code: [] for code in wanted}
    async for attempt in _attempts(store):
        if attempt.provider in wanted:
            attempts[attempt.provider].append(attempt)
    return {
        code: reconcile(code, attempts[code], statements.get(code, ()), unfitting, today) for code in sorted(wanted)
    }


async def _unfitting(store: Store) -> AsyncIterator[Unfitting]:
    """Every kept report, but those that the journal has come to say itself."""
    async for page in pages(store.scan(DISCREPANCIES)):
        by = await settled(store, page)
        for row in page:
            if Origin(*row[:3]) not in by:
                kind = orjson.loads(row.report).get("kind", "")
                yield Unfitting(row.payment_id, row.provider, row.code, kind, _day(row.at_us))


async def _attempts(store: Store) -> AsyncIterator[Attempt]:
    """Every attempt of every payment, as the journal left it."""
    last: tuple[str, int] | None = None
    open_: Attempt | None = None
    async for row in store.scan(DECISIONS):
        if not is_transition(row):
            continue
        payment = Payment.read(row.body)
        if not payment.attempt:
            continue
        if last != (row.subject, payment.attempt):
            if open_ is not None:
                yield open_
            last = (row.subject, payment.attempt)
            open_ = Attempt(
                row.subject,
                payment.attempt,
                payment.provider,
                payment.amount,
                payment.account,
                payment.state.value,
                None,
                None,
            )
        assert open_ is not None
        open_ = _moved(open_, payment, _day(row.at_us))
    if open_ is not None:
        yield open_


def _moved(attempt: Attempt, payment: Payment, on: date) -> Attempt:
    state = payment.state.value
    attempt = attempt._replace(state=state)
    if payment.move not in FINAL:
        return attempt
    if state == "credited":
        return attempt._replace(credited_on=attempt.credited_on or on, returned_on=None)
    if state == "returned":
        return attempt._replace(returned_on=on)
    if state == "failed":
        return attempt._replace(credited_on=None, returned_on=None)
    return attempt


def _day(at_us: int) -> date:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone(DHAKA).date()
