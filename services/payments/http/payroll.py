"""Payrolls over HTTP: what may be asked for, and what can be read."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from services.payments.accounts import desk as accounts
from services.payments.http.arguments import as_arguments
from services.payments.payroll import asked
from services.payments.payroll.view import PayrollView
from services.payments.treasury import asked as treasury
from shared.http.auth import require
from shared.http.commands import CommandSpec
from shared.http.problems import Problem

READERS = ("operator", "treasury", "approver")

SPECS = (
    CommandSpec("cycle.freeze", as_arguments(asked.FreezeCycle), summary="Freeze the next list of a cycle."),
    CommandSpec(
        "cycle.approve", as_arguments(asked.ApproveList), roles=("approver",), summary="Put a signature under a list."
    ),
    CommandSpec(
        "cycle.send-back",
        as_arguments(asked.SendBack),
        roles=("approver", "operator"),
        summary="Do not sign a list, and say why.",
    ),
    CommandSpec(
        "cycle.withhold",
        as_arguments(asked.OfOneEntitlement),
        summary="Propose to take an entitlement's payment off a cycle's lists.",
    ),
    CommandSpec(
        "cycle.restore",
        as_arguments(asked.OfOneEntitlement),
        summary="Propose to put a payment that is withheld on the next list.",
    ),
    CommandSpec("cycle.release", as_arguments(asked.ReleaseList), summary="Send an approved list."),
    CommandSpec(
        "treasury.allocate", as_arguments(treasury.Order), roles=("treasury",), summary="An allocation, by its order."
    ),
    CommandSpec(
        "treasury.release", as_arguments(treasury.Order), roles=("treasury",), summary="A release, by its order."
    ),
    CommandSpec(
        "treasury.lapse",
        as_arguments(treasury.Lapse),
        roles=("treasury",),
        summary="Take back what a fiscal year that is over has left unspent.",
    ),
    CommandSpec(
        "recovery.order",
        as_arguments(treasury.Recover),
        roles=("approver",),
        summary="Hold an overpayment back from later payments.",
    ),
    CommandSpec("account.decide", as_arguments(accounts.DecideAccount), summary="End a review of an account."),
    CommandSpec(
        "account.confirm",
        as_arguments(accounts.ConfirmChange),
        summary="Stand for a changed account, as a second person.",
    ),
    CommandSpec("account.reject", as_arguments(accounts.RejectChange), summary="Do not pay to a changed account."),
)
"""What people may ask."""


def payroll_router(view: PayrollView) -> APIRouter:
    """Lists, their manifests and files, and the changed accounts that wait."""
    router = APIRouter(prefix="/v1", tags=["payrolls"], dependencies=[Depends(require(*READERS))])

    @router.get("/payrolls/{programme}/{cycle}", summary="The lists of a cycle, with who has signed and who is next.")
    async def lists(programme: str, cycle: str) -> dict[str, Any]:
        return {"programme": programme, "cycle": cycle, "lists": await view.lists(programme, cycle)}

    @router.get("/payrolls/{programme}/{cycle}/{number}/eft", summary="The EFT file of a released list.")
    async def eft(programme: str, cycle: str, number: int) -> Response:
        content = await view.eft(programme, cycle, number)
        if content is None:
            raise Problem(404, "no_eft_file", "This list has not left, or does not leave as an EFT file.")
        return Response(content, media_type="text/csv; charset=utf-8")

    @router.get("/accounts/changes", summary="Changed accounts that are not paid yet, and why.")
    async def changes(limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> dict[str, Any]:
        return {"changes": await view.changes(limit)}

    return router
