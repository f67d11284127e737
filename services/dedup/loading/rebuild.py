"""The index made anew from what is stored, for another normaliser, beside the one that there is."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any, Final

from services.dedup import application
from services.dedup.application import record_of
from services.dedup.generation import generations, rebuilt
from services.dedup.index import Index, ref_of
from services.dedup.matching.engine import Engine
from services.dedup.tables import INDEX, REVISIONS, TABLES, RevisionRow, index_table, revisions_table
from shared.errors import DsrError
from shared.store.opening import open_store
from shared.store.port import Insert, Store, Table
from shared.store.tables import COMMON

_BATCH: Final = 1_000


class NothingToRebuildFrom(DsrError):
    """Refuse to make an index of nobody beside one that has people: duplicates would be let through."""

    exit_code = 2

    def __init__(self, built_by: str) -> None:
        self.built_by = built_by
        super().__init__(
            f"The index by normaliser {built_by} has people, and their events are not where this program reads them: "
            "the one that built it kept them elsewhere. Nothing is rebuilt. Go on with that one, or begin a new store."
        )


async def rebuild(store_url: str, engine: Engine, tell: Callable[[int], object]) -> dict[str, int]:
    """Make it, with every dedup stopped; a rebuild that was cut off is simply run again. Counts what was done.

    Raises ``NothingToRebuildFrom``. The tables of the former normaliser stay, for whoever must go back; drop them when
    nobody must.
    """
    store = open_store(store_url)
    await store.open((*COMMON, *TABLES))
    try:
        version = engine.normaliser.version
        built_by = (await generations(store) or [version])[-1]
        former, former_index = revisions_table(built_by), index_table(built_by)
        await store.open((*COMMON, *TABLES, former, former_index))
        if built_by != version and await _is_empty(store, former) and not await _is_empty(store, former_index):
            raise NothingToRebuildFrom(built_by)
        index, done = Index(store, engine), 0
        batch: list[RevisionRow] = []
        async with aclosing(store.scan(former)) as rows:  # type: ignore[type-var]
            async for row in rows:
                batch.append(row)
                if len(batch) == _BATCH:
                    await _enter(store, index, engine, batch)
                    done += len(batch)
                    tell(len(batch))
                    batch = []
        await _enter(store, index, engine, batch)
        await rebuilt(store, version)
        return {"revisions": done + len(batch)}
    finally:
        await store.close()


async def _is_empty(store: Store, table: Table[Any]) -> bool:
    async with aclosing(store.scan(table)) as rows:  # type: ignore[type-var]
        return await anext(aiter(rows), None) is None


async def _enter(store: Store, index: Index, engine: Engine, batch: Sequence[RevisionRow]) -> None:
    looking, rows = [], []
    for row in batch:
        features = engine.features(record_of(application.person_of(row.event)))
        ref = ref_of(row.application_id)
        looking.append(index.looking(features, ref))
        rows.append(row._replace(ref=ref, packed=engine.pack(features)))
    await store.insert_all([Insert(INDEX, index.rows(looking)), Insert(REVISIONS, sorted(rows))])
    await index.look_up(looking)  # it learns which blocks are full now
