"""What ``dsr check`` verifies of enrolment: what every stage has, places and order (I8), numbers (I2, I6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.enrolment.places import OCCUPY, PLACES, Cell, Status, unpack
from services.enrolment.tables import TABLES
from shared.audit.audit import audit_stage
from shared.checks import Finding
from shared.settings import Settings
from shared.store.opening import open_store
from shared.store.port import Store
from shared.store.tables import COMMON, DECISIONS


@dataclass(slots=True)
class Places:
    """What replaying the logs of all cells has shown.

    ``beyond_quota`` counts places given that were not free; ``passed_over`` those confirmed in a closed round, without
    a recorded override, while a poorer member of the round waited.
    """

    cells: int = 0
    held: int = 0
    offered: int = 0
    waiting: int = 0
    overrides: int = 0
    beyond_quota: int = 0
    passed_over: int = 0
    _cell: Cell = field(default_factory=lambda: Cell(""))

    def follow(self, step: list[Any], n: int) -> None:
        """Look at one step before and after it is applied."""
        cell = self._cell
        name = step[1] if len(step) > 1 and isinstance(step[1], str) else ""
        before = cell.status(name)
        confirms = step[0] == "move" and step[2] == Status.HELD.value
        if confirms and len(step) > 6:
            self.overrides += 1
        elif confirms and cell.round_id is not None and self._poorer_waits(name):
            self.passed_over += 1
        cell.apply_step(step, n)
        if cell.status(name) in OCCUPY and before not in OCCUPY and cell.free < 0:
            self.beyond_quota += 1

    def enter(self, log: str) -> None:
        """Begin with the next cell."""
        self.leave()
        self._cell = Cell(log)

    def leave(self) -> None:
        """Count the cell that was followed."""
        cell = self._cell
        if cell.log:
            self.cells += 1
            self.held += cell.held
            self.offered += cell.offered
            self.waiting += len(cell.waiting)

    @property
    def log(self) -> str:
        """The cell that is followed."""
        return self._cell.log

    def _poorer_waits(self, name: str) -> bool:
        for other in self._cell.ranked:
            if other == name:
                return False
            member = self._cell.members[other]
            if member.status is Status.WAITING and member.round_id == self._cell.round_id:
                return True
        return False


async def places(store: Store) -> Places:
    """Replay every cell's log."""
    seen = Places()
    async for row in store.scan(PLACES):
        if row.log != seen.log:
            seen.enter(row.log)
        for step in unpack(row):
            seen.follow(step, row.n)
    seen.leave()
    return seen


async def check_places(store: Store) -> Finding:
    """I8."""
    seen = await places(store)
    detail = (
        f"{seen.cells} cells, {seen.held} places held, {seen.offered} offered, {seen.waiting} waiting, "
        f"{seen.overrides} overrides; given beyond the quota: {seen.beyond_quota}; "
        f"enrolled while a poorer one of a closed round waited: {seen.passed_over}"
    )
    return Finding("I8", seen.beyond_quota == 0 and seen.passed_over == 0, detail)


async def check_numbers(store: Store) -> list[Finding]:
    """I2 and I6 for this store: each decision by one record of its own, numbers without a gap."""
    gaps = twice = decisions = 0
    at: tuple[str, int] = ("", 0)
    n = 0
    origins: set[tuple[str, int, int]] = set()
    async for row in store.scan(DECISIONS):
        if row.subject != at[0]:
            origins.clear()
        if (row.subject, row.revision) != at:
            at, n = (row.subject, row.revision), 0
        decisions += 1
        gaps += row.n != n + 1
        n = row.n
        origin = row.topic, row.partition, row.offset
        twice += origin in origins
        origins.add(origin)
    return [
        Finding("I2", twice == 0, f"enrolment: {decisions} decisions, {twice} records that decided a subject twice"),
        Finding("I6", gaps == 0, f"enrolment: {decisions} decisions, {gaps} gaps in their numbers"),
    ]


async def check(settings: Settings) -> Sequence[Finding]:
    """The invariants that every stage has, and this stage's own, on live data; changes nothing."""
    common = await audit_stage(settings, "enrolment")
    store = open_store(settings.store_url("enrolment"))
    try:
        await store.open((*COMMON, *TABLES))
        return [*common, *await check_numbers(store), await check_places(store)]
    finally:
        await store.close()
