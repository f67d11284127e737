"""Whether the index is whole, and how full it is."""

from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from typing import NamedTuple

from services.dedup.index import BLOCK_MAX, Index
from services.dedup.matching.engine import Engine
from services.dedup.tables import INDEX, REVISIONS, RevisionRow
from shared.store.port import Store

_BATCH = 500
_COUNTS = ("revisions", "found", "without_keys", "beyond", "not_found", "other_features")


class Stats(NamedTuple):
    """Of the register: ``revisions`` counts what is compared, ``loaded`` those of lists. Of the index: its rows and
    blocks, the largest block, how many are full."""

    revisions: int
    loaded: int
    index_rows: int
    blocks: int
    largest_block: int
    full_blocks: int
    normaliser: str
    model: str


async def stats(store: Store, engine: Engine) -> Stats:
    """Counted by going through all of it."""
    revisions = loaded = 0
    async with aclosing(store.scan(REVISIONS)) as people:  # type: ignore[type-var]
        async for row in people:
            revisions += 1
            loaded += row.revision == 0
    rows = blocks = largest = full = size = 0
    before: int | None = None
    async with aclosing(store.scan(INDEX)) as index:  # type: ignore[type-var]
        async for entry in index:
            rows += 1
            if entry.key != before:
                before, size = entry.key, 0
                blocks += 1
            size += 1
            largest = max(largest, size)
            full += size == BLOCK_MAX
    model = f"{engine.model.id} {engine.model.hash[:12]}"
    return Stats(revisions, loaded, rows, blocks, largest, full, engine.normaliser.version, model)


async def verify(store: Store, engine: Engine) -> dict[str, int]:
    """Look everybody up, and count.

    ``not_found``: no key of theirs leads to them, and no full block explains it. ``beyond``: they stand behind full
    blocks only. ``other_features``: their features are not of this normaliser's size.
    """
    index, totals = Index(store, engine), Counter[str]()
    batch: list[RevisionRow] = []
    async with aclosing(store.scan(REVISIONS)) as rows:  # type: ignore[type-var]
        async for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                totals += await _look(index, engine, batch)
                batch = []
    totals += await _look(index, engine, batch)
    return {name: totals[name] for name in _COUNTS}


async def _look(index: Index, engine: Engine, batch: Sequence[RevisionRow]) -> Counter[str]:
    totals = Counter(revisions=len(batch))
    sound = [row for row in batch if len(row.packed) == engine.normaliser.layout.size]
    totals["other_features"] = len(batch) - len(sound)
    looking = [index.looking_of(row.packed) for row in sound]
    for row, one, near in zip(sound, looking, await index.look_up(looking), strict=True):
        if row.ref in near.refs:
            totals["found"] += 1
        elif not one.keys:
            totals["without_keys"] += 1
        else:
            totals["beyond" if len(near.truncated) else "not_found"] += 1
    return totals
