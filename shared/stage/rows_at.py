"""Rows that belong to records, one at most for each: what is known of a batch, asked for at next to no cost."""

from collections import defaultdict
from collections.abc import Sequence

from shared.stage.records import Origin
from shared.store.port import R, Store, Table


async def rows_at(store: Store, table: Table[R], origins: Sequence[Origin]) -> dict[Origin, R]:
    """The rows of ``table``, whose key is an origin, at these origins.

    Records of a batch lie close together and are nearly always new, so what lies beyond the first one of each partition
    is asked for: one look where there is nothing, instead of one for each record.
    """
    places: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for topic, partition, offset in origins:
        places[topic, partition].append(offset)
    positions = [(*place, min(offsets) - 1) for place, offsets in places.items()]
    span = max((max(offsets) - min(offsets) + 1 for offsets in places.values()), default=0)
    found = await store.follow(table, positions, span)
    if not found:
        return {}
    rows = {table.key_of(row): row for row in found}
    return {origin: rows[origin] for origin in origins if origin in rows}
