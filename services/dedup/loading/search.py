"""Who is in the lists twice: each of those that were loaded is compared with those to whom the index leads."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import aclosing
from multiprocessing import get_context
from typing import Final, NamedTuple

from services.dedup.index import Index
from services.dedup.loading.prepare import Setting, engine_of
from services.dedup.matching.engine import Engine
from services.dedup.matching.evidence import Outcome
from services.dedup.register import Register, Wanted
from services.dedup.tables import FINDINGS, LOADED, REFS, REVISIONS, TABLES, FindingRow, RevisionRow
from shared.memory import settle_memory
from shared.privacy import Pseudonyms
from shared.store.opening import open_store
from shared.store.port import Store

_BATCH: Final = 500
_SLICES_EACH: Final = 32

DUPLICATE, OVERLAP, UNCLEAR = "duplicate", "overlap", "unclear"


class Searched(NamedTuple):
    """How many people were looked at, the pairs found by kind, and whose look-up was cut short, by kind of key."""

    people: int
    found: Counter[str]
    truncated: Counter[str]


def search(store_url: str, setting: Setting, due_on: str, processes: int, tell: Callable[[int], object]) -> Searched:
    """Go through all that are loaded, by several processes, and lay down what is found; again, it finds the same."""
    total = Searched(0, Counter(), Counter())
    slices = processes * _SLICES_EACH
    bounds = [REFS.start + len(REFS) * n // slices for n in range(slices + 1)]
    with ProcessPoolExecutor(processes, get_context("spawn"), settle_memory) as pool:
        jobs = [pool.submit(_search_slice, store_url, setting, due_on, bounds[n], bounds[n + 1]) for n in range(slices)]
        for job in as_completed(jobs):
            part = job.result()
            total = Searched(total.people + part.people, total.found + part.found, total.truncated + part.truncated)
            tell(part.people)
    return total


def _search_slice(store_url: str, setting: Setting, due_on: str, first: int, beyond: int) -> Searched:
    async def run() -> Searched:
        store = open_store(store_url)
        await store.open(TABLES)
        try:
            engine = engine_of(setting.model, Pseudonyms(setting.key))
            return await Searcher(store, engine, due_on).slice(first, beyond)
        finally:
            await store.close()

    return asyncio.run(run())


class Searcher:
    """Looks through an open store."""

    def __init__(self, store: Store, engine: Engine, due_on: str) -> None:
        self._store, self._engine, self._due_on = store, engine, due_on
        self._index = Index(store, engine)
        self._register = Register(store, self._index)

    async def slice(self, first: int, beyond: int) -> Searched:
        """Those whose ref is from ``first`` to below ``beyond``."""
        total = Searched(0, Counter(), Counter())
        batch: list[RevisionRow] = []
        after = (first - 1, "", 0) if first > REFS.start else None
        async with aclosing(self._store.scan(REVISIONS, after)) as rows:  # type: ignore[type-var]
            async for row in rows:
                if row.ref >= beyond:
                    break
                if row.ref >= first and row.revision == LOADED:
                    batch.append(row)
                if len(batch) == _BATCH:
                    total = await self._look(batch, total)
                    batch = []
        return await self._look(batch, total) if batch else total

    async def _look(self, batch: Sequence[RevisionRow], total: Searched) -> Searched:
        size = await self._register.size()
        looking = [self._index.looking_of(row.packed, row.ref) for row in batch]
        near = await self._register.neighbours([Wanted(one, row) for one, row in zip(looking, batch, strict=True)])
        findings: list[FindingRow] = []
        for me, one, hood in zip(batch, looking, near, strict=True):
            # Of each pair one is enough: the one with the higher ref finds the other.
            others = [
                row for found in hood.found.values() for row in found.revisions
                if row.revision == LOADED and (row.ref, row.application_id) < (me.ref, me.application_id)
            ]  # fmt: skip
            for place, weight, outcome in self._engine.score_candidates(
                one.features, [row.packed for row in others], size
            ):
                other = others[place]
                kind = UNCLEAR
                if outcome is Outcome.DUPLICATE:
                    kind = DUPLICATE if other.programme == me.programme else OVERLAP
                findings.append(
                    FindingRow(
                        me.area[:8], me.application_id, other.application_id, kind, self._due_on, round(weight, 4)
                    )
                )
        await self._store.insert(FINDINGS, findings)
        return Searched(
            total.people + len(batch),
            total.found + Counter(row.kind for row in findings),
            total.truncated + Counter(kind for hood in near for kind in hood.truncated),
        )
