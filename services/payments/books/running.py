"""The running ledger: what has been added up so far, carried on from fate to fate, and kept so that a restart goes on.

The fates of payments' own topics are a numbered log of all that was decided: whoever knows up to which offset of each
partition it has added up needs only what lies beyond, and what was passed over, since within a batch a later record may
have its fate first. It may be a moment behind; ``rebuilt`` adds up everything anew.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import cramjam
import orjson

from services.payments.books.ledger import Cell, Ledger, Offer, Place, Totals
from services.payments.ids import release_log
from services.payments.payment import Body, Payment, body_of
from services.payments.publish import is_transition
from services.payments.recent import Recent
from services.payments.tables import ATTENTION, ORDERS, SNAPSHOTS, AttentionRow, SnapshotRow
from shared import topics
from shared.policy.policy import Policy
from shared.stage.stage import Kind
from shared.store.port import Key, Store
from shared.store.tables import DECISIONS, FATES, LIMITS, Decision, Fate

_DECISION: Final = Kind.DECISION  # a look into an enum takes ten times as long, and each fate is asked
NAME: Final = "ledger"
LEFT_TO: Final = frozenset({"operator", "source"})
"""Who has a list of what is left to them."""
PAGE: Final = 250
"""Fates of one partition that are read at once."""
YIELD_EVERY: Final = 500
"""Transitions that are added up anew before others may work in between."""
TOGETHER: Final = 1_000
"""Decisions that fates name, of which so many are added up at once: enough to be worth the calls of the store that this
takes however few they are, and done in some 10 ms, which others can wait for."""
LATE_MAX: Final = 10_000
"""How far below a fate another one may still come: the most records that a batch may have (``DSR_BATCH_RECORDS``)."""
KEPT_AFTER: Final = 20_000
KEPT_GROWTH: Final = 0.25
"""It is kept whenever it has grown by so many transitions, and by this share: a restart adds up at most a fifth."""

Positions = dict[tuple[str, int], int]


class Differs(NamedTuple):
    """What was added up anew and what runs on, where the two are not the same."""

    what: str
    rebuilt: int
    running: int

    def __str__(self) -> str:
        return f"{self.what} is {self.rebuilt} by the transitions and {self.running} in the running ledger"


def places_of(policy: Policy) -> Positions:
    """The partitions that payments reads, from before their beginning."""
    read = (*topics.main_topics("payments", policy.sources, policy.providers), topics.command("payments"))
    return {(topic, partition): -1 for topic in read for partition in range(topics.PARTITIONS)}


@dataclass(slots=True)
class Books:
    """The running ledger of one process."""

    store: Store
    policy: Policy
    ledger: Ledger
    positions: Positions
    orders: "Orders"
    keeps: bool = True
    """Whether what is derived is stored; a check changes nothing."""
    kept_n: int = 0
    kept_transitions: int = 0
    recent: Recent = field(default_factory=Recent)
    """What the stage of this process has published a moment ago."""
    passed_over: set[tuple[str, int, int]] = field(default_factory=set)
    """Below ``positions`` the offsets without a fate yet: one of a batch in hand, or of no record at all."""

    @classmethod
    def begin(cls, store: Store, policy: Policy) -> "Books":
        """Before anything has been added up."""
        ledger = Ledger()
        return cls(store, policy, ledger, places_of(policy), Orders(ledger))

    @classmethod
    async def resume(cls, store: Store, policy: Policy, recent: Recent | None = None) -> "Books":
        """From what was kept last."""
        books = cls.begin(store, policy)
        books.recent = recent or books.recent
        kept = await store.find(SNAPSHOTS, "name", [NAME])
        if kept:
            books._restore(kept[-1])
        return books

    async def catch_up(self) -> int:
        """Add up all there is beyond; lets others work in between. Returns how many transitions that were."""
        await self.orders.enter(self.store)
        before = self.ledger.transitions
        if self.passed_over:
            for group in _groups(list((await self.store.get(FATES, sorted(self.passed_over))).values())):
                await self._add(group)
        while True:
            positions: list[Key] = [(*place, offset) for place, offset in self.positions.items()]
            fates = await self.store.follow(FATES, positions, PAGE)
            if not fates:
                break
            for group in _groups(fates):
                await self._add(group)
                await asyncio.sleep(0)
            self.passed_over = {one for one in self.passed_over if one[2] >= self.positions[one[0], one[1]] - LATE_MAX}
        await self._keep()
        return self.ledger.transitions - before

    async def _add(self, fates: Sequence[Fate]) -> None:
        """Add up what these records led to; whole, or not at all where the store is away."""
        moved = await self._moved([ref for fate in fates for ref in _transitions(fate)])
        # A release order is stored before its money can be taken, so it is known by now or read here.
        if any(body.move == "sent" or body.state == "scheduled" for _, body in moved):
            await self.orders.enter(self.store)
        left = [
            AttentionRow(body.next, f"{row.at_us:017d}|{row.subject}|{row.n}", row.subject, row.n)
            for row, body in moved
            if body.next in LEFT_TO
        ]
        if left and self.keeps:
            await self.store.insert(ATTENTION, left)
        for row, body in moved:
            self.ledger.transition(body, row.at_us)
        for fate in fates:
            self._note(fate)

    async def _moved(self, keys: Sequence[Key]) -> list[tuple[Decision, Body | Payment]]:
        """The transitions under these keys, each once; most were decided here, and are at hand."""
        moved: list[tuple[Decision, Body | Payment]] = []
        missing: list[Key] = []
        for key in dict.fromkeys(keys):
            known = self.recent.find(key)
            if known is None:
                missing.append(key)
            else:
                moved.append(known)
        rows = (await self.store.get(DECISIONS, missing)).values() if missing else ()
        return moved + [(row, body_of(row.body)) for row in rows if is_transition(row)]

    def _note(self, fate: Fate) -> None:
        place = fate.topic, fate.partition
        known = self.positions[place]
        if fate.offset <= known:
            self.passed_over.discard((*place, fate.offset))
            return
        self.positions[place] = fate.offset
        if fate.offset > known + 1:
            missing = range(max(known + 1, fate.offset - LATE_MAX), fate.offset)
            self.passed_over.update((*place, offset) for offset in missing)

    async def _keep(self) -> None:
        grown = self.ledger.transitions - self.kept_transitions
        if self.keeps and grown >= max(KEPT_AFTER, self.kept_transitions * KEPT_GROWTH):
            await self.keep()

    async def keep(self) -> None:
        """Keep it as it is, for the next start to go on from."""
        row = SnapshotRow(NAME, self.kept_n + 1, self.ledger.transitions, self._packed())
        (stored,) = await self.store.insert(SNAPSHOTS, [row])
        self.kept_n, self.kept_transitions = stored.n, stored.transitions

    def _packed(self) -> bytes:
        ledger = self.ledger
        content = {
            "positions": [[*place, offset] for place, offset in self.positions.items()],
            "passed_over": sorted(self.passed_over),
            "orders": sorted(self.orders.known),
            "read_to": self.orders.read_to,
            "pending": [[*cause, *waiting] for cause, waiting in self.orders.pending.items()],
            "offers": [[*key, *offer] for key, offers in ledger.offers.items() for offer in offers],
            "totals": [[*place, *totals] for place, totals in ledger.totals.items()],
            "balances": [[*key, poisha] for key, poisha in ledger.balances.items()],
            "cells": [[*cell, poisha, ledger.payments[cell]] for cell, poisha in ledger.cells.items()],
            "scores": [[*key, count] for key, count in ledger.scores.items()],
            "transitions": ledger.transitions,
        }
        return bytes(cramjam.zstd.compress(orjson.dumps(content)))

    def _restore(self, row: SnapshotRow) -> None:
        content = orjson.loads(bytes(cramjam.zstd.decompress(row.body)))
        ledger = self.ledger
        self.positions |= {(topic, partition): offset for topic, partition, offset in content["positions"]}
        self.passed_over = {(topic, partition, offset) for topic, partition, offset in content.get("passed_over", ())}
        self.orders.known = {(kind, ref) for kind, ref in content["orders"]}
        self.orders.read_to = content["read_to"]
        self.orders.pending = {(*row[:3],): (*row[3:],) for row in content["pending"]}
        for programme, cycle, order_ref, until in content["offers"]:
            ledger.offers.setdefault((programme, cycle), []).append(Offer(order_ref, until))
        ledger.totals.update({Place(*row[:4]): Totals(*row[4:]) for row in content["totals"]})
        ledger.balances.update({(programme, name): poisha for programme, name, poisha in content["balances"]})
        for *cell, poisha, count in content["cells"]:
            ledger.cells[Cell(*cell)], ledger.payments[Cell(*cell)] = poisha, count
        ledger.scores.update({(provider, measure): count for provider, measure, count in content["scores"]})
        ledger.transitions = content["transitions"]
        self.kept_n, self.kept_transitions = row.n, row.transitions


def _transitions(fate: Fate) -> list[Key]:
    """The decisions of revision 0 that a record led to: its payments' transitions, perhaps a command's own answer."""
    return [(*ref,) for ref in orjson.loads(fate.decisions) if ref[1] == 0] if fate.kind == _DECISION else []


def _groups(fates: Sequence[Fate]) -> Iterator[list[Fate]]:
    """So many at once that they name ``TOGETHER`` decisions."""
    group: list[Fate] = []
    size = 0
    for fate in fates:
        group.append(fate)
        size += fate.decisions.count(b"[") - 1
        if size >= TOGETHER:
            yield group
            group, size = [], 0
    if group:
        yield group


class Orders:
    """Brings treasury orders into a ledger, each once; release orders in the order in which they may be drawn upon."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.known: set[tuple[str, str]] = set()
        self.read_to: dict[str, int] = {}
        """By release log, up to which row its offers are known."""
        self.pending: dict[tuple[str, int, int], tuple[str, str, str]] = {}
        """(programme, cycle, reference) of release orders by their cause, whose offer has not been seen yet."""

    async def enter(self, store: Store) -> None:
        """Those that are new."""
        async for row in store.scan(ORDERS):
            if (row.kind, row.order_ref) not in self.known:
                self.known.add((row.kind, row.order_ref))
                self._ledger.order(row.kind, row.programme, row.cycle, row.poisha, postings_of(row.postings))
                if row.kind == "release":
                    cause = (row.topic, row.partition, row.offset)
                    self.pending[cause] = (row.programme, row.cycle, row.order_ref)
        for programme, cycle in sorted({waiting[:2] for waiting in self.pending.values()}):
            await self._offers(store, programme, cycle)

    async def _offers(self, store: Store, programme: str, cycle: str) -> None:
        log = release_log(programme, cycle)
        for row in await store.follow(LIMITS, [(log, self.read_to.get(log, 0))]):
            self.read_to[log] = row.n
            if row.kind != "offer":
                continue
            waiting = self.pending.pop((row.topic, row.partition, row.offset), None)
            if waiting is not None:
                offers = self._ledger.offers.setdefault((programme, cycle), [])
                offers.append(Offer(waiting[2], (offers[-1].until if offers else 0) + row.amount))


async def rebuilt(store: Store) -> Ledger:
    """Everything added up anew from the rows themselves; lets others work in between."""
    ledger, seen = Ledger(), 0
    await Orders(ledger).enter(store)
    async for row in store.scan(DECISIONS):
        if is_transition(row):
            ledger.transition(body_of(row.body), row.at_us)
            seen += 1
            if seen % YIELD_EVERY == 0:
                await asyncio.sleep(0)
    return ledger


def differences(anew: Ledger, running: Ledger) -> Sequence[Differs]:
    """Where two ledgers are not the same, to the poisha."""
    pairs: list[tuple[str, int, int]] = [("transitions", anew.transitions, running.transitions)]
    for place in anew.totals.keys() | running.totals.keys():
        mine, theirs = anew.totals.get(place, Totals()), running.totals.get(place, Totals())
        where = " ".join(filter(None, place))
        pairs += [(f"{where}: {name}", a, b) for name, a, b in zip(Totals._fields, mine, theirs, strict=True)]
    for name, mine_by, theirs_by in (
        ("poisha", anew.cells, running.cells),
        ("payments", anew.payments, running.payments),
    ):
        pairs += [
            (f"{name} of {' '.join(map(str, cell))}", mine_by[cell], theirs_by[cell])
            for cell in mine_by.keys() | theirs_by.keys()
        ]
    for score in anew.scores.keys() | running.scores.keys():
        pairs.append((f"score {' '.join(score)}", anew.scores[score], running.scores[score]))
    for key in anew.balances.keys() | running.balances.keys():
        pairs.append((f"account {' '.join(key)}", anew.balances[key], running.balances[key]))
    return [Differs(what, mine, theirs) for what, mine, theirs in sorted(pairs) if mine != theirs]


def postings_of(stored: bytes) -> tuple[tuple[str, int], ...]:
    """The postings of a stored treasury order."""
    return tuple((account, poisha) for account, poisha in orjson.loads(stored))
