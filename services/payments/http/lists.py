"""Lists over HTTP for those who account for money: where it is, what is left to people, how providers do."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from services.payments.books.trace import AXES, By
from services.payments.view import View
from shared.http.auth import require
from shared.http.problems import Problem

READERS = ("operator", "treasury")


def lists_router(view: View) -> APIRouter:
    """Their addresses."""
    router = APIRouter(prefix="/v1", tags=["payments"], dependencies=[Depends(require(*READERS))])

    @router.get("/trace/{order_ref:path}", summary="Where each poisha of a release order is.")
    async def trace(
        order_ref: str,
        by: Annotated[list[By] | None, Query()] = None,
        payments_after: Annotated[int | None, Query(ge=0)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> dict[str, Any]:
        axes = by or list(AXES)
        found = await view.trace(order_ref, axes)
        if found is None:
            raise Problem(404, "order_unknown", "No release order is known under this reference.")
        parts = [{**dict(zip(axes, part.by, strict=True)), **part._asdict()} for part in found.parts]
        answer = {**found._asdict(), "parts": [{k: v for k, v in part.items() if k != "by"} for part in parts]}
        if payments_after is not None:
            answer["payments"], answer["onward"] = await view.traced_payments(order_ref, payments_after, limit)
        return answer

    @router.get("/left-to/{who}", summary="Payments that wait for an operator, or for an account from a ministry.")
    async def left_to(
        who: Literal["operator", "source"],
        cursor: Annotated[str, Query(max_length=100)] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> dict[str, Any]:
        found, onward = await view.left_to(who, cursor, limit)
        return {"payments": found, "cursor": onward}

    @router.get("/waiting", summary="What waits for providers' hours and rates, by provider, and until when.")
    async def waiting() -> dict[str, Any]:
        return {"providers": await view.waiting()}

    @router.get("/scorecards", summary="How providers do: time to report, failures, returns, silence, money by age.")
    async def scorecards() -> dict[str, Any]:
        return {"providers": [card._asdict() for card in await view.scorecards()]}

    return router
