"""Bulk building through the store port: slower than a database's own way, and right on every store."""

import asyncio

from services.dedup.index import Index
from services.dedup.loading.prepare import Prepared
from services.dedup.matching.engine import Engine
from services.dedup.stores.bulk import Advance
from services.dedup.tables import INDEX, REVISIONS
from shared.store.port import Insert, Store


class StoreBulk:
    """See ``Bulk``. The store is open, on the loop of ``runner``."""

    def __init__(self, store: Store, engine: Engine, runner: asyncio.Runner) -> None:
        self._store, self._index, self._runner = store, Index(store, engine), runner
        self._rows = 0

    def add(self, prepared: Prepared) -> int:
        """See ``Bulk.add``; here people are found at once."""
        return self._runner.run(self._add(prepared))

    async def _add(self, prepared: Prepared) -> int:
        if not prepared.revisions:
            return 0
        known = await self._store.get(REVISIONS, [REVISIONS.key_of(row) for row in prepared.revisions])
        looking = [self._index.looking_of(row.packed, row.ref) for row in prepared.revisions]
        rows = self._index.rows(looking)
        await self._store.insert_all([Insert(INDEX, rows), Insert(REVISIONS, prepared.revisions)])
        await self._index.look_up(looking)  # it learns which blocks are full now
        self._rows += len(rows)
        return len(prepared.revisions) - len(known)

    def finish(self, advance: Advance) -> int:
        """See ``Bulk.finish``."""
        return self._rows

    def close(self) -> None:
        """See ``Bulk.close``."""
