"""When an application was received: the broker's append time, which a replay from the dead letters keeps.

A sender may put any header on a record, so a replay's own word for its first receipt counts for nothing. Its headers
only name a dead letter; the time is what the fate of that dead letter kept, and only for the very same bytes.
"""

from collections.abc import Sequence

import orjson

from shared.stage.deadletters import replays_among
from shared.stage.digests import digest_of
from shared.stage.records import Record
from shared.stage.stage import Kind
from shared.store.port import Key, Store
from shared.store.tables import FATES


async def received_ms(store: Store, records: Sequence[Record]) -> list[int]:
    """For each record when it was first received, ms since 1970 UTC."""
    first = replays_among(records)
    if not first:
        return [record.timestamp_ms for record in records]
    wanted: list[Key] = list(first.values())
    fates = await store.get(FATES, wanted)
    times: list[int] = []
    for record in records:
        fate = fates.get(first[record.origin]) if record.origin in first else None
        if fate is not None and fate.kind == Kind.DEAD_LETTER and fate.digest == digest_of(record):
            times.append(min(int(orjson.loads(fate.detail)["appended_ms"]), record.timestamp_ms))
        else:
            times.append(record.timestamp_ms)
    return times
