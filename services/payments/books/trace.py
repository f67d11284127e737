"""Where is the money? From a release order to each taka of it, and from one payment back to its orders.

What has been taken from a release order is read from its limit log; where that is, from the ledger of transitions. The
two are kept by different hands, so what they do not agree on shows as unexplained.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import orjson

from services.payments.books.ledger import Ledger
from services.payments.ids import release_log
from services.payments.payment import body_of
from services.payments.publish import is_transition
from shared.store.limit_log import holders_of
from shared.store.port import Store
from shared.store.tables import DECISIONS, FATES, LIMITS, LimitRow

By = Literal["provider", "district", "age", "state"]
AXES: Final[tuple[By, ...]] = ("provider", "district", "age", "state")
PAGE: Final = 200
"""Rows of a limit's log that are read at once; each may hold hundreds of payments."""


class Part(NamedTuple):
    """So much of an order stands so: ``by`` are the values of the axes asked for; ``age`` is in days since sending."""

    by: tuple[str, ...]
    payments: int
    poisha: int


class Trace(NamedTuple):
    """A release order to the poisha: ``poisha`` = ``left`` (not taken yet) + the parts + ``unexplained``."""

    order_ref: str
    programme: str
    cycle: str
    poisha: int
    left: int
    unexplained: int
    parts: Sequence[Part]


class Taken(NamedTuple):
    """How much has been taken from a release log up to row ``n``."""

    n: int
    poisha: int


class Tracer:
    """Answers for one process; remembers how far it has read each release log."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken: dict[str, Taken] = {}

    async def order(self, ledger: Ledger, order_ref: str, axes: Sequence[By], today: int) -> Trace | None:
        """Where the money of a release order is; None where there is no such order. ``today``: Dhaka day since 1970."""
        for (programme, cycle), offers in ledger.offers.items():
            begins = 0
            for offer in offers:
                if offer.order_ref == order_ref:
                    taken = min(max(await self._read(release_log(programme, cycle)) - begins, 0), offer.until - begins)
                    parts = parts_of(ledger, (programme, cycle), order_ref, axes, today)
                    poisha = offer.until - begins
                    explained = sum(part.poisha for part in parts)
                    return Trace(order_ref, programme, cycle, poisha, poisha - taken, taken - explained, parts)
                begins = offer.until
        return None

    async def payments_of(self, ledger: Ledger, order_ref: str, after: int, limit: int) -> tuple[list[str], int | None]:
        """The payments that an order pays for, beyond row ``after`` of its log, and the row to go on after.

        Rows come whole, so there may be more than ``limit``.
        """
        for (programme, cycle), offers in ledger.offers.items():
            begins = 0
            for offer in offers:
                if offer.order_ref == order_ref:
                    log = release_log(programme, cycle)
                    return await self._between(log, begins, offer.until, after, limit)
                begins = offer.until
        return [], None

    async def _between(self, log: str, begins: int, until: int, after: int, limit: int) -> tuple[list[str], int | None]:
        found: list[str] = []
        at = n = 0
        while rows := await self._store.follow(LIMITS, [(log, n)], PAGE):
            for row in rows:
                n = row.n
                if row.kind != "take":
                    continue
                if row.n > after and at < until and at + row.amount > begins:
                    found += await self._within(row, at, begins, until)
                at += row.amount
                if len(found) >= limit:
                    return found, n
        return found, None

    async def _within(self, row: LimitRow, at: int, begins: int, until: int) -> list[str]:
        """The payments of one row; a piece of a list takes its money in one sum, and its fate says for whom."""
        holders = holders_of(row)
        if any("|" in holder for holder in holders):
            fates = await self._store.get(FATES, [(row.topic, row.partition, row.offset)])
            refs = [(*ref,) for fate in fates.values() for ref in orjson.loads(fate.decisions) if ref[1] == 0]
            decided = (await self._store.get(DECISIONS, refs)).values() if refs else ()
            starts = []
            for one in decided:
                if is_transition(one):
                    body = body_of(one.body)
                    starts.append((body.drawn, one.subject, body.amount))
            return [named for start, named, poisha in sorted(starts) if start < until and start + poisha > begins]
        found = []
        for holder, poisha in holders.items():
            if at < until and at + poisha > begins:
                found.append(holder)
            at += poisha
        return found

    async def _read(self, log: str) -> int:
        n, poisha = self._taken.get(log, Taken(0, 0))
        while rows := await self._store.follow(LIMITS, [(log, n)], PAGE):
            poisha += sum(row.amount for row in rows if row.kind == "take")
            n = rows[-1].n
        self._taken[log] = Taken(n, poisha)
        return poisha


def parts_of(ledger: Ledger, cycle: tuple[str, str], order_ref: str, axes: Sequence[By], today: int) -> Sequence[Part]:
    """An order's money as it stands, summed up by these axes; empty cells are left out."""
    poisha: Counter[tuple[str, ...]] = Counter()
    payments: Counter[tuple[str, ...]] = Counter()
    for cell, amount in ledger.cells.items():
        programme, name, district, provider, state, day, order = cell
        if order != order_ref or (programme, name) != cycle:
            continue
        values = {"provider": provider, "district": district, "state": state, "age": str(max(today - day, 0))}
        key = tuple(values[axis] for axis in axes)
        poisha[key] += amount
        payments[key] += ledger.payments[cell]
    return [Part(key, payments[key], poisha[key]) for key in sorted(poisha) if poisha[key] or payments[key]]
