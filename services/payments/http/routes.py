"""Payments over HTTP, for operators and the treasury: totals, one payment, cycles, discrepancies."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.payments import asked, attending
from services.payments.books.ledger import Axis
from services.payments.http.arguments import as_arguments
from services.payments.statements.loading import AskedToLoad
from services.payments.view import View
from shared.http.auth import require
from shared.http.commands import CommandSpec
from shared.http.problems import Problem
from shared.stage.records import Origin

READERS = ("operator", "treasury")


SPECS = (
    CommandSpec("cycle.open", as_arguments(asked.OpenCycle), summary="Open a cycle and pay who is entitled."),
    CommandSpec("cycle.close", as_arguments(asked.CloseCycle), summary="Close a cycle: nothing more is sent for it."),
    CommandSpec(
        "payment.cancel", as_arguments(attending.AskedOfOne), summary="Have a provider refuse an attempt for ever."
    ),
    CommandSpec("payment.retry", as_arguments(attending.AskedOfOne), summary="Propose a new attempt."),
    CommandSpec("payment.correct", as_arguments(attending.AskedToCorrect), summary="Propose a correction."),
    CommandSpec(
        "payment.confirm", as_arguments(attending.AskedToConfirm), summary="Confirm what somebody else proposed."
    ),
    CommandSpec("statement.load", as_arguments(AskedToLoad), summary="Bring in a piece of a settlement statement."),
)
"""What people may ask; pieces and timers are the service's own and have no door here."""


class TotalsRow(BaseModel):
    """Amounts in poisha by the axes asked for; ``allocated`` and ``released`` are not known by district or provider."""

    by: dict[str, str]
    allocated: int
    committed: int
    released: int
    sent: int
    reached: int
    returned: int
    in_transit: int
    credited: int
    suspense: int
    back: int
    fees: int


class StateCount(BaseModel):
    """How many payments of a provider are in a state."""

    provider: str
    state: str
    payments: int


class TotalsAnswer(BaseModel):
    """The whole, computed from the transitions."""

    totals: list[TotalsRow]
    states: list[StateCount]


def payments_router(view: View) -> APIRouter:
    """The four addresses."""
    router = APIRouter(prefix="/v1", tags=["payments"], dependencies=[Depends(require(*READERS))])

    @router.get("/totals", summary="Allocated, committed, released, sent, reached, returned; in poisha.")
    async def totals(by: Annotated[list[Axis] | None, Query()] = None) -> TotalsAnswer:
        axes: list[Axis] = by or ["programme", "cycle"]
        ledger = await view.ledger()
        rows = [
            TotalsRow(by=dict(zip(axes, key, strict=True)), **found._asdict()) for key, found in ledger.by(axes).items()
        ]
        states = [
            StateCount(provider=provider, state=state, payments=count)
            for (provider, state), count in sorted(ledger.states().items())
        ]
        return TotalsAnswer(totals=rows, states=states)

    @router.get("/payments/{payment_id}", summary="One payment: its transitions, proposals, and unfitting reports.")
    async def payment(payment_id: UUID) -> dict[str, Any]:
        found = await view.payment(str(payment_id))
        unfitting = await view.discrepancies_of(str(payment_id))
        proposals = await view.proposals_of(str(payment_id))
        if not (found or unfitting or proposals):
            raise Problem(404, "payment_unknown", "No payment is known under this id.")
        return {
            "payment_id": str(payment_id),
            "state": found[-1]["state"] if found else None,
            "orders": await view.orders_of(str(payment_id)),
            "transitions": found,
            "proposals": proposals,
            "discrepancies": unfitting,
        }

    @router.get("/cycles", summary="All cycles, in the order of their opening.")
    async def cycles() -> dict[str, Any]:
        return {
            "cycles": [
                {
                    "programme": cycle.programme,
                    "cycle": cycle.name,
                    "starts_on": cycle.starts_on,
                    "state": "open" if cycle.is_open else "closed",
                }
                for cycle in await view.cycles()
            ]
        }

    @router.get("/discrepancies", summary="Reports that could not be applied, kept for reconciliation.")
    async def discrepancies(
        cursor: Annotated[str | None, Query(max_length=300)] = None, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> dict[str, Any]:
        found, last = await view.discrepancies(_position(cursor), limit)
        return {
            "discrepancies": found,
            "cursor": f"{last.topic}:{last.partition}:{last.offset}" if last is not None else cursor,
        }

    return router


def _position(cursor: str | None) -> Origin | None:
    if not cursor:
        return None
    parts = cursor.split(":")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()) or max(map(len, parts[1:])) > 15:
        raise Problem(422, "cursor_unknown", "Take the cursor of the last answer, or none to begin.")
    return Origin(parts[0], int(parts[1]), int(parts[2]))
