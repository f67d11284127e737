"""What committees and operators may look at: rounds, and the ranked members of a cell by application_id."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.enrolment.cells import CellId
from services.enrolment.commands import EndArguments, FillArguments, RankArguments
from services.enrolment.logbook import Logbook
from services.enrolment.places import PLACES, Cell, Status, unpack
from services.enrolment.rounds import Round, rounds_of
from services.enrolment.tables import CELLS, ROUNDS
from shared.contracts.command import Command, SelectionDecided
from shared.http.auth import require
from shared.http.commands import Arguments, CommandSpec
from shared.http.problems import Problem
from shared.policy.policy import Policy
from shared.stage import messages
from shared.stage.stage import Message
from shared.store.port import Store
from shared.topics import SELECTION_DECIDED

ROLES = ("committee", "operator")
PAGE_MAX = 1_000


class NoArguments(Arguments):
    """The command is about a programme, and that is all."""


class RankWish(RankArguments, Arguments):
    """Which round to close in the cell."""


class FillWish(FillArguments, Arguments):
    """Whether those are tried again whom an overlap has kept out."""


class EndWish(EndArguments, Arguments):
    """Why the entitlement ends."""


class SelectWish(Arguments):
    """A committee's word on the application that the command is about."""

    round_id: Annotated[str, Field(max_length=64)]
    selected: bool
    override: bool = False
    reason: Annotated[str | None, Field(max_length=500)] = None


def _selection(command: Command, wish: SelectWish) -> Message:
    content = SelectionDecided(
        command_id=command.command_id,
        application_id=command.about,
        round_id=wish.round_id,
        selected=wish.selected,
        override=wish.override,
        by=command.by,
        reason=wish.reason,
        at=command.at,
    )
    return Message(
        topic=SELECTION_DECIDED,
        key=command.about,
        type="selection.decided.v1",
        subject=command.about,
        event_id=command.command_id,
        time_us=int(command.at.timestamp() * 1_000_000),
        value=content.write(),
    )


SPECS = (
    CommandSpec("round.open", NoArguments, summary="Open a round of the programme that the command is about."),
    CommandSpec("round.close", NoArguments, summary="Close its open round: every cell is ranked and places offered."),
    CommandSpec("rank", RankWish, summary="Close a round in one cell (programme|area), if that was missed."),
    CommandSpec("fill", FillWish, summary="Give a cell's free places to those who wait, first in rank first."),
    CommandSpec("entitlement.end", EndWish, summary="End an entitlement; its place becomes free."),
    CommandSpec(
        "select",
        SelectWish,
        roles=("committee",),
        summary="Take or refuse the application that the command is about, to whom a round has offered a place.",
        wording=_selection,
    ),
)


def enrolment_router(policy: Policy, store: Store, logbook: Logbook) -> APIRouter:
    """Rounds and cells, for committees and operators only. Times are ISO 8601 UTC."""
    router = APIRouter(prefix="/v1", tags=["enrolment"], dependencies=[Depends(require(*ROLES))])

    @router.get("/rounds", summary="The rounds of all programmes, or of one.")
    async def rounds(programme: str | None = None) -> dict[str, Any]:
        codes = [code for code, each in policy.programmes.items() if each.selection == "round"]
        wanted = codes if programme is None else [code for code in codes if code == programme]
        rows = await store.find(ROUNDS, "programme", wanted)
        return {
            "rounds": [
                _shown(each) for code in wanted for each in rounds_of([row for row in rows if row.programme == code])
            ]
        }

    @router.get("/rounds/{round_id}", summary="The cells of a round.")
    async def one_round(
        round_id: str, after: str = "", limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX
    ) -> dict[str, Any]:
        found = await _round(store, round_id)
        areas = sorted(row.area for row in await store.find(CELLS, "programme", [found.programme]))
        page = [area for area in areas if area > after][:limit]
        cells = await logbook.read(CellId(found.programme, area).log for area in page)
        shown = [_counts(area, cells[CellId(found.programme, area).log], round_id) for area in page]
        return {**_shown(found), "cells": shown, "next": page[-1] if page and page[-1] != areas[-1] else None}

    @router.get("/rounds/{round_id}/cells/{area}", summary="The members of a cell in a closed round, poorest first.")
    async def one_cell(round_id: str, area: str) -> dict[str, Any]:
        found = await _round(store, round_id)
        log = CellId(found.programme, area).log
        rows = await store.follow(PLACES, [(log, 0)])
        cell, ranked = Cell(log), None
        for row in rows:
            steps = unpack(row)
            # What came of a round is what it was when the next one closed.
            if ranked is not None and any(step[0] == "close" for step in steps):
                break
            cell.apply(row)
            ranked = next((step[2] for step in steps if step[:2] == ["close", round_id]), ranked)
        if ranked is None:
            raise Problem(404, "not_ranked", "This round has not been closed in this cell.")
        return {
            "round_id": round_id,
            "cell": area,
            "quota": cell.quota,
            "free": max(0, cell.free),
            "members": [
                {"application_id": name, "rank": place, "state": _state(cell.members[name].status)}
                for place, name in enumerate(ranked, start=1)
            ],
        }

    @router.get("/cells/{programme}/{area}", summary="The places of a cell as they are now.")
    async def places_of(programme: str, area: str) -> dict[str, Any]:
        cell_id = CellId(programme, area)
        cell = (await logbook.read([cell_id.log]))[cell_id.log]
        if programme not in policy.programmes or cell.n == 0:
            raise Problem(404, "cell_unknown", "Nobody has applied in this cell.")
        return {
            "programme": programme,
            "cell": area,
            "quota": cell.quota,
            "confirmed": cell.held,
            "offered": cell.offered,
            "free": max(0, cell.free),
            "waiting": len(cell.waiting),
            "overlap": sum(member.status is Status.OVERLAP for member in cell.members.values()),
            "round_id": cell.round_id,
        }

    return router


async def _round(store: Store, round_id: str) -> Round:
    rows = await store.find(ROUNDS, "round_id", [round_id])
    if not rows:
        raise Problem(404, "round_unknown", "There is no such round.")
    return rounds_of(sorted(rows, key=lambda row: row.n))[-1]


def _shown(each: Round) -> dict[str, Any]:
    return {
        "round_id": each.round_id,
        "programme": each.programme,
        "state": "open" if each.is_open else "closed",
        "opened_at": messages.moment(each.opened_us).isoformat(),
        "closed_at": None if each.closed_us is None else messages.moment(each.closed_us).isoformat(),
    }


def _counts(area: str, cell: Cell, round_id: str) -> dict[str, Any]:
    return {
        "cell": area,
        "ranked": cell.round_id == round_id,
        "quota": cell.quota,
        "confirmed": cell.held,
        "offered": cell.offered,
        "waiting": len(cell.waiting),
    }


def _state(status: Status) -> str:
    return "confirmed" if status is Status.HELD else status.value
