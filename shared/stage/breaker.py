"""The breaker: stops a consumer whose records mostly turn into dead letters, before the letters are written.

A bad deployment must not dead-letter a country, a batch at a time. The state is rows in the store, so that a crash loop
does not close it again; only ``dsr resume`` does. Nor does a crash loop forget what it has read: a process judges its
first records by the fates of those before them.
"""

from collections import deque
from dataclasses import dataclass

from shared.stage.ports import Batch
from shared.stage.stage import Kind
from shared.store.port import Store
from shared.store.tables import BREAKERS, FATES, BreakerRow

OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """Open when, of the last ``window`` records, at least ``minimum`` and more than ``share`` were dead letters."""

    window: int = 1_000
    share: float = 0.5
    minimum: int = 50


class Breaker:
    """One consumer group's breaker. ``watch`` before the letters are written; ``refresh`` to see a resume."""

    def __init__(self, group: str, store: Store, limits: BreakerLimits) -> None:
        self._group, self._store, self._limits = group, store, limits
        self._recent: deque[tuple[int, int]] = deque()
        self._row: BreakerRow | None = None
        self._pardoned = 0
        self._has_looked_back = False

    @property
    def group(self) -> str:
        """The consumer group that it stops."""
        return self._group

    @property
    def is_open(self) -> bool:
        """As of the last ``refresh`` or ``trip``."""
        return self._row is not None and self._row.state == OPEN

    @property
    def reason(self) -> str | None:
        """Why it is open."""
        return self._row.reason if self._row is not None and self.is_open else None

    async def refresh(self) -> None:
        """Read the stored state.

        Where somebody has closed it since it was last seen, one window of records passes unjudged: the operator has
        looked and said why, and records that really are rubbish must be able to become letters.
        """
        rows = await self._store.find(BREAKERS, "group", [self._group])
        newest = rows[-1] if rows else None
        if self.is_open and newest is not None and newest.state == CLOSED:
            self._recent.clear()
            self._pardoned = self._limits.window
        self._row = newest

    async def look_back(self, batch: Batch) -> None:
        """Take up, once, where the process before left off: from the fates below a first batch's offsets.

        They are taken in equal parts from the batch's partitions. What came before the last resume is not judged, nor
        the window of records that passes after it.
        """
        if self._has_looked_back:
            return
        first_offsets = batch.first_offsets()
        window, since_us = self._limits.window, 0 if self._row is None else self._row.at_us
        part = -(-2 * window // len(first_offsets))
        positions = [(*place, first - part - 1) for place, first in first_offsets.items()]
        fates = await self._store.follow(FATES, positions, part)
        known = [
            fate
            for fate in sorted(fates, key=lambda fate: (fate.at_us, fate.offset))
            if fate.offset < first_offsets[fate.topic, fate.partition] and fate.at_us > since_us
        ]
        if self._row is not None and len(known) < 2 * window:
            self._pardoned = max(0, window - len(known))
            known = known[window:]
        self._recent.extend((1, int(fate.kind == Kind.DEAD_LETTER)) for fate in known[-window:])
        self._has_looked_back = True

    def would_trip(self, records: int, dead: int) -> str | None:
        """Why this batch should not be gone on with, or None. The batch counts only once ``count`` is called."""
        if self._pardoned > 0:
            return None
        total, letters = records, dead
        for batch_records, batch_dead in reversed(self._recent):
            if total >= self._limits.window:
                break
            total, letters = total + batch_records, letters + batch_dead
        if dead and letters >= self._limits.minimum and letters > self._limits.share * total:
            return f"{letters} of the last {total} records could not be read"
        return None

    def count(self, records: int, dead: int) -> None:
        """The batch went through. A pardoned one is not held against those that follow."""
        if self._pardoned > 0:
            self._pardoned -= records
            return
        self._recent.append((records, dead))
        while sum(size for size, _ in self._recent) - self._recent[0][0] >= self._limits.window:
            self._recent.popleft()

    async def trip(self, reason: str, at_us: int) -> None:
        """Store that it is open; another instance may have been first."""
        await self._append(OPEN, reason, "runtime", at_us)

    async def _append(self, state: str, reason: str, by: str, at_us: int) -> None:
        rows = await self._store.find(BREAKERS, "group", [self._group])
        if rows and rows[-1].state == state:
            self._row = rows[-1]
            return
        row = BreakerRow(self._group, rows[-1].n + 1 if rows else 1, state, reason, by, at_us)
        (self._row,) = await self._store.insert(BREAKERS, [row])


async def close_breaker(store: Store, group: str, reason: str, by: str, at_us: int) -> bool:
    """``dsr resume``: let the group consume again. False if it was not open."""
    breaker = Breaker(group, store, BreakerLimits())
    await breaker.refresh()
    if not breaker.is_open:
        return False
    await breaker._append(CLOSED, reason, by, at_us)
    return True
