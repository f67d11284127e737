"""A call through a port of the runtime: what it is, what it writes, which numbered step of design.md §4 it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from shared.stage.records import Outgoing
from shared.store.port import Key
from shared.store.tables import DECISIONS, FATES

Place = tuple[str, int]
Row = tuple[str, Key, Any]
"""Table, key and row: what an insert may leave behind."""


class Step(StrEnum):
    """The runtime's steps, as design.md §4 numbers them."""

    START = "0 start"
    TAKE = "1 take a batch"
    DECODE = "2 decode"
    DECIDE = "3 decide"
    RESERVE = "3b reserve"
    RECORD = "4 record"
    FATES = "4 fates"
    PUBLISH = "5 publish"
    COMMIT = "6 commit"


@dataclass(frozen=True, slots=True)
class Call:
    """One call. ``rows``, ``sent`` and ``offsets`` are what it is about to write, in order; nothing for a read."""

    port: str
    operation: str
    tables: tuple[str, ...] = ()
    rows: Sequence[Row] = ()
    sent: Sequence[Outgoing] = ()
    offsets: Mapping[Place, int] | None = None

    @property
    def writes(self) -> int:
        """How many single writes it is made of; a process may stop after any of them."""
        return len(self.rows) + len(self.sent) + (1 if self.offsets else 0)

    @property
    def steps(self) -> set[Step]:
        """The steps that it belongs to; an insert into several tables may be more than one."""
        if self.port == "sink":
            return {Step.PUBLISH if self.operation == "send" else Step.START}
        if self.port == "source":
            return {{"start": Step.START, "commit": Step.COMMIT}.get(self.operation, Step.TAKE)}
        if self.operation == "open":
            return {Step.START}
        if self.rows:
            return {_WRITTEN.get(table, Step.RESERVE) for table in self.tables}
        # The fates are looked up while the batch is decoded, before the stage is asked.
        return {Step.DECODE if table == FATES.name else Step.DECIDE for table in self.tables}


_WRITTEN = {DECISIONS.name: Step.RECORD, FATES.name: Step.FATES}


class Gate(Protocol):
    """Stands at each call: ``before`` it, ``during`` it and ``after`` it. May wait there, or raise."""

    async def before(self, call: Call) -> None:
        """Nothing has happened yet."""

    async def during(self, call: Call) -> int | None:
        """How many of the call's writes take effect before it fails; None: all, and it does not fail here."""

    async def after(self, call: Call) -> None:
        """It has taken effect, and the caller has no answer yet."""
