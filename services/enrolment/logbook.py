"""The cells' logs in the store: read, extended by one row at a time, kept in memory because rows never change."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

from services.enrolment.places import PLACES, Cell, PlacesRow, Step, pack
from shared.stage.records import Origin
from shared.store.port import Insert, Key, Store, StoreAway

ROUNDS_MAX = 50
CACHED_MAX = 60_000
"""Members kept in memory over all cells, at some 400 bytes each."""

Propose = Callable[[Mapping[str, Cell]], Mapping[str, list[Step]]]


class PlacesContended(StoreAway):
    """Others kept coming first; to be tried again like a store that is away."""


class Logbook:
    """Reads and extends the logs of cells. The number of store calls doesn't grow with the number of cells."""

    def __init__(self, store: Store, now_us: Callable[[], int], cached_max: int = CACHED_MAX) -> None:
        """``now_us`` is µs since 1970 UTC."""
        self._store, self._now_us, self._cached_max = store, now_us, cached_max
        self._cells: OrderedDict[str, Cell] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._cached = 0
        self.touched: set[str] = set()
        """Cells that have changed, for whoever looks for free places in them; lost with the process."""

    async def read(self, logs: Iterable[str]) -> dict[str, Cell]:
        """These cells as they are now, in one store call."""
        cells = {log: self._cells.get(log) or Cell(log) for log in logs}
        positions: list[Key] = [(log, cell.n) for log, cell in cells.items()]
        for row in await self._store.follow(PLACES, positions):
            cells[row.log].apply(row)
        self._keep(cells)
        return cells

    async def change(
        self, logs: Iterable[str], by: Origin, propose: Propose, before: Sequence[Insert] = ()
    ) -> dict[str, Cell]:
        """Let ``propose`` say the next row of each cell, until it has nothing to say; the cells as they are then.

        ``propose`` is pure and must recognise what it has got already. ``before`` is stored before the first of those
        rows, by the same call, and also where there is none. Raises ``PlacesContended``.
        """
        cells = await self.read(logs)
        for _ in range(ROUNDS_MAX):
            at_us = self._now_us()
            rows = [
                PlacesRow(log, cells[log].n + 1, pack(steps), *by, at_us)
                for log, steps in propose(cells).items()
                if steps
            ]
            if not rows and not before:
                return cells
            overtaken = []
            kept = (await self._store.insert_all([*before, Insert(PLACES, rows)]))[-1]
            before = ()
            for given, stored in zip(rows, kept, strict=True):
                self.touched.add(stored.log)
                if stored == given:
                    cells[stored.log].apply(stored)
                else:
                    overtaken.append(stored.log)
            self._keep(cells)
            if not overtaken:
                return cells
            cells |= await self.read(overtaken)
        raise PlacesContended("places", f"{len(cells)} cells were not settled in {ROUNDS_MAX} rounds")

    def _keep(self, cells: Mapping[str, Cell]) -> None:
        for log, cell in cells.items():
            if not cell.n:
                continue  # nobody has applied there: whoever asks for any number of such leaves nothing behind
            self._cached += len(cell.members) - self._sizes.get(log, 0)
            self._sizes[log] = len(cell.members)
            self._cells[log] = cell
            self._cells.move_to_end(log)
        while self._cached > self._cached_max and len(self._cells) > 1:
            log, _ = self._cells.popitem(last=False)
            self._cached -= self._sizes.pop(log)
