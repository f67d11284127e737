"""The index made anew from what is stored, for another normaliser, beside the one that there is."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Final

from services.dedup import application
from services.dedup.application import record_of
from services.dedup.generation import generations, rebuilt
from services.dedup.index import Index, ref_of
from services.dedup.matching.engine import Engine
from services.dedup.tables import FEATURES, INDEX, PARTS, TABLES, FeaturesRow, features_table
from shared.store.opening import open_store
from shared.store.port import Insert, Store
from shared.store.tables import COMMON

_BATCH: Final = 1_000


async def rebuild(store_url: str, engine: Engine, tell: Callable[[int], object]) -> dict[str, int]:
    """Make it, with every dedup stopped; a rebuild that was cut off is simply run again. Counts what was done.

    The tables of the former normaliser stay, for whoever must go back; drop them when nobody must.
    """
    store = open_store(store_url)
    await store.open((*COMMON, *TABLES))
    try:
        built_by = await generations(store)
        former = features_table(built_by[-1]) if built_by else FEATURES
        await store.open((*COMMON, *TABLES, former))
        index, done = Index(store, engine), 0
        batch: list[FeaturesRow] = []
        async with aclosing(store.scan(former)) as rows:  # type: ignore[type-var]
            async for row in rows:
                batch.append(row)
                if len(batch) == _BATCH:
                    await _enter(store, index, engine, batch)
                    done += len(batch)
                    tell(len(batch))
                    batch = []
        await _enter(store, index, engine, batch)
        await rebuilt(store, engine.normaliser.version)
        return {"revisions": done + len(batch)}
    finally:
        await store.close()


async def _enter(store: Store, index: Index, engine: Engine, batch: Sequence[FeaturesRow]) -> None:
    parts = await store.get(PARTS, [(row.application_id, row.revision) for row in batch])
    looking, rows = [], []
    for row in batch:
        stored = parts.get((row.application_id, row.revision))
        if stored is None:
            continue  # cut off before its parts were in: it is entered again when its record is
        features = engine.features(record_of(application.person_of(stored.event)))
        ref = ref_of(row.application_id)
        looking.append(index.looking(features, ref))
        rows.append(row._replace(ref=ref, packed=engine.pack(features)))
    await store.insert_all([Insert(INDEX, sorted(index.rows(looking))), Insert(FEATURES, sorted(rows))])
    await index.look_up(looking)  # it learns which blocks are full now
