"""The audit of a store's payments and limits in parts, so that several processes can read at once what is a lot."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from multiprocessing import get_context
from typing import Final, NamedTuple

from services.payments.books.audit import Audit
from services.payments.books.ledger import Offer
from services.payments.publish import is_transition
from services.payments.tables import TABLES
from shared.store.opening import open_store
from shared.store.port import Store
from shared.store.tables import COMMON, DECISIONS, LIMITS, LimitRow

Offers = Mapping[tuple[str, str], list[Offer]]


class Span(NamedTuple):
    """Subjects from ``first`` on and before ``end``; an empty ``end`` is none."""

    first: str
    end: str


ALL: Final = Span("", "")
_CUTS: Final = ("", "2", "4", "6", "8", "a", "c", "e", "")
SPANS: Final = tuple(map(Span, _CUTS[:-1], _CUTS[1:]))
"""All subjects once; the ids of payments are uuids, so the parts are of one size."""


async def of_payments(store: Store, offers: Offers, span: Span) -> Audit:
    """The transitions of the payments in ``span``; ``offers`` are the release orders that they may draw upon."""
    audit = Audit()
    audit.ledger.offers.update(offers)
    async for row in store.scan(DECISIONS, (span.first, -1, 0) if span.first else None):
        if span.end and row.subject >= span.end:
            break
        if is_transition(row):
            audit.transition(row)
    return audit.closed()


async def of_limits(store: Store) -> Audit:
    """The logs of all limits, one after the other."""
    audit = Audit()
    log: list[LimitRow] = []
    async for row in store.scan(LIMITS):
        if log and log[-1].log != row.log:
            audit.limit(log[-1].log, log)
            log = []
        log.append(row)
    if log:
        audit.limit(log[-1].log, log)
    return audit


async def in_processes(url: str, offers: Offers) -> AsyncIterator[Audit]:
    """All parts of the store at ``url``, by a process for each processor, as they come."""
    running = asyncio.get_running_loop()
    # Spawned: a forked process would share the database's connection.
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        parts = [running.run_in_executor(pool, _payments_of, url, dict(offers), span) for span in SPANS]
        for part in asyncio.as_completed([*parts, running.run_in_executor(pool, _limits_of, url)]):
            yield await part


def _payments_of(url: str, offers: Offers, span: Span) -> Audit:
    async def work() -> Audit:
        async with AsyncExitStack() as stack:
            return await of_payments(await _opened(stack, url), offers, span)

    return asyncio.run(work())


def _limits_of(url: str) -> Audit:
    async def work() -> Audit:
        async with AsyncExitStack() as stack:
            return await of_limits(await _opened(stack, url))

    return asyncio.run(work())


async def _opened(stack: AsyncExitStack, url: str) -> Store:
    store = open_store(url)
    stack.push_async_callback(store.close)
    await store.open((*COMMON, *TABLES))
    return store
