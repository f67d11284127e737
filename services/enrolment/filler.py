"""Looks for cells in which a place is free while somebody waits, and asks for it to be given.

It produces a command; the stage's own consumer decides. The command is named by the cell's last row, so twice is
harmless. Cells that this process has changed are looked at first; all others are gone through bit by bit besides, so
that neither a crash nor a change of policy leaves a place empty.
"""

from collections.abc import Callable
from contextlib import aclosing

from services.enrolment.announce import command_message
from services.enrolment.cells import CellId, parse
from services.enrolment.commands import FILL
from services.enrolment.logbook import Logbook
from services.enrolment.places import Cell
from services.enrolment.tables import CELLS
from shared.contracts.command import Command
from shared.envelope import Envelope, event_id
from shared.policy.policy import Policy
from shared.stage.messages import moment
from shared.stage.poller import Poller
from shared.stage.ports import KafkaAway, Sink
from shared.stage.records import Origin, Outgoing
from shared.store.port import Key, Store, StoreAway

_NO_INPUT = Origin("", -1, -1)
"""A timer is caused by no record."""


class Filler(Poller):
    """A worker of the service. ``period_s`` between two looks, ``cells_each`` of the others gone through in each."""

    name = "enrolment-filler"

    def __init__(
        self,
        policy: Policy,
        store: Store,
        logbook: Logbook,
        sink: Sink,
        now_us: Callable[[], int],
        *,
        period_s: float = 0.5,
        cells_each: int = 20,
    ) -> None:
        """``now_us`` is µs since 1970 UTC."""
        self._policy, self._store, self._logbook, self._sink = policy, store, logbook, sink
        super().__init__(period_s)
        self._now_us, self._cells_each = now_us, cells_each
        self._asked: dict[str, int] = {}
        self._after: Key | None = None

    async def look(self) -> int:
        """Look once; returns how many commands were produced. Raises ``StoreAway`` and ``KafkaAway``."""
        touched = set(self._logbook.touched)
        self._logbook.touched -= touched
        try:
            cells = await self._logbook.read(sorted(touched | await self._next_cells()))
            due = [cell for cell in cells.values() if self._is_due(cell) and self._asked.get(cell.log) != cell.n]
            if due:
                now_us = self._now_us()
                asked = {cell.log: cell.n for cell in due}
                await self._sink.send([_command(log, n, now_us) for log, n in asked.items()])
                self._asked |= asked
        except (StoreAway, KafkaAway):
            self._logbook.touched |= touched
            raise
        return len(due)

    def _is_due(self, cell: Cell) -> bool:
        cell_id = parse(cell.log)
        programme = self._policy.programmes.get(cell_id.programme) if cell_id is not None else None
        if cell_id is None or programme is None or not cell.waiting:
            return False
        if programme.quota.places(cell_id.area) <= cell.held + cell.offered:
            return False
        return programme.selection == "rolling" or next(cell.ranked_waiting(), None) is not None

    async def _next_cells(self) -> set[str]:
        """The next of all cells, from the start again after the end."""
        found: set[str] = set()
        async with aclosing(self._store.scan(CELLS, self._after)) as rows:  # type: ignore[type-var]
            async for row in rows:
                found.add(CellId(row.programme, row.area).log)
                self._after = CELLS.key_of(row)
                if len(found) >= self._cells_each:
                    return found
        self._after = None
        return found


def _command(log: str, n: int, now_us: int) -> Outgoing:
    command_id = event_id("enrolment", FILL, log, 0, n)
    command = Command(command_id=command_id, name=FILL, about=log, by="timer", at=moment(now_us))
    message = command_message(command, now_us)
    envelope = Envelope(command_id, "/dsr/enrolment/filler", message.type, log, now_us)
    return Outgoing(message.topic, message.key.encode(), message.value, envelope.to_headers(), _NO_INPUT)
