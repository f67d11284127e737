"""I1: every record below a committed offset has exactly one fate row, for the very bytes that the topic holds."""

from collections.abc import AsyncIterator, Mapping

from shared.audit.tally import Tally
from shared.checks import Finding
from shared.kafka.reading import LogBounds
from shared.stage.digests import digest_of
from shared.stage.records import Record, Unreadable
from shared.store.port import Store
from shared.store.tables import FATES, Fate

Place = tuple[str, int]
"""A partition: topic and number."""


async def verify_fates(
    store: Store,
    stage: str,
    records: AsyncIterator[Record | Unreadable],
    committed: Mapping[Place, int],
    bounds: Mapping[Place, LogBounds],
) -> Finding:
    """Walk the records, partition by partition and in order, beside the fates in their key order.

    ``committed`` was read before ``records``. That there is at most one row for a record is the store's unique key.
    """
    tally = Tally("I1", stage)
    for place, offset in committed.items():
        _compare_with_log(tally, place, offset, bounds.get(place))
    walk: _Walk | None = None
    async for item in records:
        place = item.origin[:2]
        if walk is None or walk.place != place:
            if walk is not None:
                await walk.finish()
            walk = await _Walk.start(store, tally, place, item.origin.offset, committed.get(place))
        await walk.meet(item)
    if walk is not None:
        await walk.finish()
    return tally.finding("records, each with one fate")


def _compare_with_log(tally: Tally, place: Place, committed: int, log: LogBounds | None) -> None:
    if log is None:
        return
    if committed < log.start:
        tally.fault(f"{_name(place)} lost {log.start - committed:,} records before they were read")
    elif committed > log.end:
        tally.fault(f"{_name(place)} was read up to {committed:,} and ends at {log.end:,}")


class _Walk:
    """One partition's fates, in step with its records."""

    def __init__(self, tally: Tally, place: Place, committed: int, fates: AsyncIterator[Fate]) -> None:
        self.place = place
        self._tally, self._committed, self._fates = tally, committed, fates
        self._fate: Fate | None = None

    @classmethod
    async def start(cls, store: Store, tally: Tally, place: Place, first: int, committed: int | None) -> "_Walk":
        """From the partition's first retained record on."""
        walk = cls(tally, place, committed or 0, store.scan(FATES, (*place, first - 1)))
        await walk._advance()
        if committed is None and walk._fate is not None:
            tally.fault(f"{_name(place)} has fates, and its group no committed offset")
        return walk

    async def meet(self, item: Record | Unreadable) -> None:
        """Hold a record against the fate that is due."""
        offset = item.origin.offset
        if offset >= self._committed:
            return
        await self._skip_to(offset)
        self._tally.seen += 1
        fate = self._fate
        if fate is None or fate.offset != offset:
            self._tally.fault(f"{_name(self.place)} offset {offset} has no fate")
            return
        record = item if isinstance(item, Record) else Record(item.origin, None, None, (), 0)
        if fate.digest != digest_of(record):
            self._tally.fault(f"{_name(self.place)} offset {offset} is not the record that its fate is for")
        await self._advance()

    async def finish(self) -> None:
        """What is left below the committed offset has no record."""
        await self._skip_to(self._committed)

    async def _skip_to(self, offset: int) -> None:
        while self._fate is not None and self._fate.offset < offset:
            self._tally.fault(
                f"{_name(self.place)} offset {self._fate.offset} has a fate, and the topic no such record"
            )
            await self._advance()

    async def _advance(self) -> None:
        fate = await anext(self._fates, None)
        self._fate = fate if fate is not None and (fate.topic, fate.partition) == self.place else None


def _name(place: Place) -> str:
    topic, partition = place
    return f"{topic}[{partition}]"
