"""What operators and enrolment itself ask for: rounds, ranking and filling cells, ending entitlements."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, cast

import orjson
from pydantic import BaseModel, ConfigDict, Field

from services.enrolment.announce import Announcer, command_message
from services.enrolment.cells import CellId, parse
from services.enrolment.decided import decided
from services.enrolment.express import Case, Express
from services.enrolment.logbook import Logbook, PlacesContended
from services.enrolment.places import Cell, Status, Step, Version
from services.enrolment.plan import Plan
from services.enrolment.reasons import reason
from services.enrolment.rounds import next_round_id, rounds_of
from services.enrolment.tables import CELLS, ENTITLEMENTS, PARTS, ROUNDS, RoundRow
from shared.contracts.chain import Cleared
from shared.contracts.command import Command
from shared.envelope import event_id
from shared.policy.policy import Policy
from shared.stage import messages
from shared.stage.commands import Emit, Handle, arguments, done, refused
from shared.stage.numbering import caused_by, latest
from shared.stage.records import Origin
from shared.stage.stage import Again, Draft, Input, Message, Settled, Verdict
from shared.store.port import Key, Store
from shared.store.tables import DECISIONS, Decision

RANK, FILL = "rank", "fill"
FILL_MAX = 200
"""Places given by one command; where more are free, there will be another."""


class RankArguments(BaseModel):
    """Which round closes in the cell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    round_id: Annotated[str, Field(max_length=64)]


class FillArguments(BaseModel):
    """Whether those are tried again whom an overlap has kept out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    retry_overlaps: bool = False


class EndArguments(BaseModel):
    """Why the entitlement ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class Desk:
    """The handlers of enrolment's commands, for ``shared.stage.commands.CommandStage``."""

    def __init__(self, policy: Policy, store: Store, logbook: Logbook, now_us: Callable[[], int]) -> None:
        """``now_us`` is µs since 1970 UTC."""
        self._policy, self._store, self._logbook, self._now_us = policy, store, logbook, now_us
        self._express = Express(policy, store, logbook, now_us)
        self._announcer = Announcer(store)

    def handlers(self) -> Mapping[str, Handle]:
        """By command name."""
        return {
            "round.open": self._open_rounds,
            "round.close": self._close_rounds,
            RANK: self._rank,
            FILL: self._fill,
            "entitlement.end": self._end,
        }

    def emitters(self) -> Mapping[str, Emit]:
        """By command name."""
        return {"round.close": _ask_to_rank, FILL: self._announce, "entitlement.end": self._announce}

    async def _open_rounds(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        return [await self._turn(item, "open") for item in items]

    async def _close_rounds(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        return [await self._turn(item, "close") for item in items]

    async def _turn(self, item: Input[Command], kind: str) -> Verdict:
        """Open or close a round: the next row of the programme's rounds."""
        programme = self._policy.programmes.get(item.event.about)
        if programme is None:
            return refused(item, [reason("programme_unknown")])
        if programme.selection != "round":
            return refused(item, [reason("programme_without_rounds")])
        rows = await self._store.find(ROUNDS, "programme", [programme.code])
        row = next((row for row in rows if Origin(row.topic, row.partition, row.offset) == item.record.origin), None)
        if row is None:
            rounds = rounds_of(rows)
            is_open = bool(rounds) and rounds[-1].is_open
            if is_open == (kind == "open"):
                return refused(item, [reason("round_open_already" if is_open else "round_not_open")])
            round_id = rounds[-1].round_id if is_open else next_round_id(programme.code, rounds)
            row = RoundRow(
                programme.code,
                len(rows) + 1,
                kind,
                round_id,
                *item.record.origin,
                item.event.by,
                self._now_us(),
            )
            (stored,) = await self._store.insert(ROUNDS, [row])
            if stored != row:
                return Again()
        if kind == "open":
            return done(item, {"round_id": row.round_id})
        # A cell that comes later holds only people who came later: they join the next round.
        cells = [cell.area for cell in await self._store.find(CELLS, "programme", [programme.code])]
        return done(item, {"round_id": row.round_id, "programme": programme.code, "cells": cells})

    async def _rank(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        """Close a round in its cells: rank those who wait there, offer the free places to the first."""
        asked: dict[str, tuple[CellId, str]] = {}
        verdicts: dict[str, Verdict] = {}
        rows = await self._rounds([arguments(item, RankArguments).round_id for item in items])
        for item in items:
            round_id = arguments(item, RankArguments).round_id
            cell_id = parse(item.event.about)
            if cell_id is None or cell_id.programme not in self._policy.programmes:
                verdicts[item.subject] = refused(item, [reason("cell_unknown")])
            elif rows.get(round_id) != cell_id.programme:
                verdicts[item.subject] = refused(item, [reason("round_not_open")])
            elif asked.setdefault(cell_id.log, (cell_id, round_id))[1] != round_id:
                verdicts[item.subject] = Again()  # the round before it comes first

        def propose(cells: Mapping[str, Cell]) -> dict[str, list[Step]]:
            steps: dict[str, list[Step]] = {}
            for log, (cell_id, round_id) in asked.items():
                if not _is_closed(cells[log], round_id):
                    plan = self._express.plan(cells[log], cell_id)
                    plan.close(round_id)
                    steps[log] = plan.steps()
            return steps

        cells = await self._logbook.change(asked, items[0].record.origin, propose) if asked else {}
        for item in items:
            if item.subject not in verdicts:
                cell = cells[item.event.about]
                result = {"cell": cell.log, "round_id": asked[cell.log][1], "ranked": len(cell.ranked)}
                verdicts[item.subject] = done(item, result)
        return [verdicts[item.subject] for item in items]

    async def _rounds(self, round_ids: Sequence[str]) -> dict[str, str]:
        """The programmes of those of these rounds that are closed."""
        rows = await self._store.find(ROUNDS, "round_id", round_ids)
        return {row.round_id: row.programme for row in rows if row.kind == "close"}

    async def _fill(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        return [await self._fill_one(item) for item in items]

    async def _fill_one(self, item: Input[Command]) -> Verdict:
        """Give a rolling cell's free places to those who wait, first in rank first; elsewhere offer them."""
        cell_id = parse(item.event.about)
        if cell_id is None or cell_id.programme not in self._policy.programmes:
            return refused(item, [reason("cell_unknown")])
        origin = item.record.origin
        rolling = self._policy.programmes[cell_id.programme].selection == "rolling"
        retry = arguments(item, FillArguments).retry_overlaps
        drafts: dict[str, Draft] = {}
        seen: set[str] = set()
        while True:

            def propose(cells: Mapping[str, Cell]) -> dict[str, list[Step]]:
                cell = cells[cell_id.log]
                plan = self._express.plan(cell, cell_id)
                mine = sum(member.by == origin for member in cell.members.values())
                if not rolling:
                    plan.offer_free()
                elif mine < FILL_MAX:
                    plan.give_to_waiting(origin, FILL_MAX - mine, retry_overlaps=retry)
                return {cell.log: plan.steps()}

            cells = await self._logbook.change([cell_id.log], origin, propose)
            cell = cells[cell_id.log]
            mine = [name for name, member in cell.members.items() if member.by == origin and name not in seen]
            if not mine:
                break
            seen.update(mine)
            cases = await self._cases(mine, cell, cell_id, origin)
            for draft in await self._express.drafts(cases, cells):
                if draft is not None:
                    drafts[draft.subject] = draft
        gave = sum(member.by == origin and member.status is Status.HELD for member in cell.members.values())
        others = list(drafts.values())
        return done(item, {"cell": cell.log, "given": gave}, others)

    async def _end(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        return [await self._end_one(item) for item in items]

    async def _end_one(self, item: Input[Command]) -> Verdict:
        """End an entitlement and free its place."""
        arguments(item, EndArguments)
        origin = item.record.origin
        known = await self._store.get(ENTITLEMENTS, [(item.event.about,)])
        owner = next(iter(known.values())).application_id if known else item.event.about
        rows = await self._store.find(DECISIONS, "subject", [owner])
        last = latest(rows)
        said = decided(last) if last is not None else None
        if said is None or last is None:
            return refused(item, [reason("entitlement_unknown")])
        mine = bool(caused_by(rows, origin))
        if said.active == "no" and not mine:
            return refused(item, [reason("entitlement_unknown")])

        def propose(cells: Mapping[str, Cell]) -> dict[str, list[Step]]:
            cell = cells[said.cell.log]
            member = cell.members.get(owner)
            plan: Plan = self._express.plan(cell, said.cell)
            if member is not None and member.status is Status.HELD:
                at = Version(owner, *member.version, member.order, member.received_us)
                plan.go(at, origin)
            return {cell.log: plan.steps()}

        cells = await self._logbook.change([said.cell.log], origin, propose)
        cell = cells[said.cell.log]
        cases = await self._cases([owner], cell, said.cell, origin, "ended_by_operator")
        drafts = [draft for draft in await self._express.drafts(cases, cells) if draft is not None]
        if not drafts:
            raise PlacesContended("places", "an amendment of the application is being decided")
        result = {"application_id": owner, "entitlement": "ended", "reason": arguments(item, EndArguments).reason}
        return done(item, result, drafts)

    async def _cases(
        self,
        names: Sequence[str],
        cell: Cell,
        cell_id: CellId,
        origin: Origin,
        because: str = "withdrawn",
    ) -> list[Case]:
        """The cases of members whose standing a command has changed."""
        rows: dict[str, list[Decision]] = {name: [] for name in names}
        for row in await self._store.find(DECISIONS, "subject", names):
            rows[row.subject].append(row)
        keys: list[Key] = [(name, *cell.members[name].version) for name in names]
        parts = await self._store.get(PARTS, keys)
        return [
            Case(Cleared.read(parts[key].event), cell_id, origin, rows[str(key[0])], because)
            for key in keys
            if key in parts
        ]

    async def _announce(self, settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Message]]:
        return await self._announcer.messages(cast(Sequence[Settled[object]], settled))


def _is_closed(cell: Cell, round_id: str) -> bool:
    """Whether this round, or a later one, has been closed in the cell: rounds are numbered."""
    return cell.round_id is not None and _number(cell.round_id) >= _number(round_id)


def _number(round_id: str) -> int:
    return int(round_id.rpartition(".")[2])


async def _ask_to_rank(settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Message]]:
    """One command for each cell, so that no input does unbounded work."""
    return [[message for row in item.decisions for message in _rank_commands(row)] for item in settled]


def _rank_commands(row: Decision) -> list[Message]:
    result = orjson.loads(row.body)["result"]
    return [
        command_message(
            Command(
                command_id=event_id("enrolment", f"rank.{area}", row.subject, row.revision, row.n),
                name=RANK,
                about=CellId(result["programme"], area).log,
                by="enrolment",
                at=messages.moment(row.at_us),
                arguments={"round_id": result["round_id"]},
            ),
            row.at_us,
        )
        for area in result["cells"]
    ]
