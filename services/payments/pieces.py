"""Long commands in bounded pieces: each piece decides at most so many payments and asks for the next one.

Where a piece ends is stored before it is decided, so that a replay takes the same one whatever has come in between.
"""

from collections.abc import Sequence

from services.payments.cycles import Cycle, open_cycle
from services.payments.entitlements import ENTITLED
from services.payments.ids import payment_id, release_log
from services.payments.lookup import cycles_by_programme, transitions
from services.payments.sending.disburse import Disburser
from services.payments.sending.funding import queue
from services.payments.sending.plans import Wish
from services.payments.tables import (
    ENTITLEMENTS,
    MEMBERS,
    PIECES,
    WAITING,
    EntitlementRow,
    Member,
    PieceRow,
    WaitingRow,
)
from shared.contracts.entitlement import EntitlementChanged
from shared.stage.records import Origin
from shared.stage.stage import Draft
from shared.store.port import Store

PIECE = 500
BEYOND_ALL = "\U0010ffff"
"""A place after every other: a piece that reaches it has taken all there was."""


class Pieces:
    """Takes the members of a programme, or the waiting of a cycle, piece by piece."""

    def __init__(self, store: Store, disburser: Disburser, size: int = PIECE) -> None:
        self._store, self._disburser, self._size = store, disburser, size

    async def fill(
        self, command_id: str, origin: Origin, programme: str, cycle: str, after: str
    ) -> tuple[list[Draft], str | None]:
        """Transitions for the next entitlements of a programme, and where to go on (None: that was all)."""
        rows: list[Member] = await self._store.follow(MEMBERS, [(programme, after)], self._size)
        until = await self._until(command_id, rows[-1].entitlement_id if len(rows) == self._size else BEYOND_ALL)
        if not rows or rows[-1].entitlement_id < until:
            rows = await self._store.follow(MEMBERS, [(programme, after)])
        named = [row.entitlement_id for row in rows if row.entitlement_id <= until]
        drafts = await self.drafts(programme, cycle, named, origin)
        return drafts, None if until == BEYOND_ALL else until

    async def apply_funds(
        self, command_id: str, origin: Origin, programme: str, cycle: str, after: str
    ) -> tuple[list[Draft], str | None]:
        """Transitions for the next that wait for money; it goes on only while some is left."""
        line = queue(programme, cycle)
        rows: list[WaitingRow] = await self._store.follow(WAITING, [(line, after)], self._size)
        until = await self._until(command_id, rows[-1].place if len(rows) == self._size else BEYOND_ALL)
        if not rows or rows[-1].place < until:
            rows = await self._store.follow(WAITING, [(line, after)])
        named = list(dict.fromkeys(row.entitlement_id for row in rows if row.place <= until))
        drafts = await self.drafts(programme, cycle, named, origin)
        name = release_log(programme, cycle)
        left = (await self._disburser.limits.read([name]))[name].free
        return drafts, None if until == BEYOND_ALL or left == 0 else until

    async def _until(self, command_id: str, place: str) -> str:
        (row,) = await self._store.insert(PIECES, [PieceRow(command_id, place)])
        return row.until

    async def drafts(self, programme: str, cycle: str, named: Sequence[str], origin: Origin) -> list[Draft]:
        """What this command's replay led to is proposed again even where the cycle has been closed meanwhile."""
        known = await cycles_by_programme(self._store, [programme])
        opened = next((one for one in known.get(programme, ()) if one.name == cycle), None)
        if opened is None or not named:
            return []
        latest: dict[str, EntitlementRow] = {
            row.entitlement_id: row for row in await self._store.find(ENTITLEMENTS, "entitlement_id", named)
        }
        ids = {one: payment_id(programme, cycle, one) for one in named}
        paid = await transitions(self._store, list(ids.values()))
        still_open = opened == open_cycle(known[programme])
        wishes = []
        for one in named:
            rows, change = paid[ids[one]], EntitlementChanged.read(latest[one].body)
            own = any((row.topic, row.partition, row.offset) == origin for row in rows)
            if own or (still_open and self._wanted(latest[one], change, opened)):
                wishes.append(Wish(change, opened, ids[one], origin, rows, cycles=known[programme]))
        return [draft for draft in await self._disburser.drafts(wishes) if draft is not None]

    def _wanted(self, row: EntitlementRow, change: EntitlementChanged, cycle: Cycle) -> bool:
        return row.status == ENTITLED and self._disburser.dues.covers(change, cycle)
