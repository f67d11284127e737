"""Reviews over HTTP: the queue, the evidence, and what a reviewer says, which is produced and decided as any input."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.dedup.http.review_shown import Review, Reviews, summary, whole
from services.dedup.http.review_specs import HoldWish, Name, Specs, VerdictWish, areas_of, check_area
from services.dedup.register import Register
from services.dedup.reviews import Wanted, case_of, open_reviews
from shared.http.auth import require
from shared.http.commands import Arguments, CommandAnswer, CommandSpec, produce
from shared.http.keys import Principal
from shared.http.problems import Problem, documented
from shared.policy.dates import DHAKA
from shared.stage.ports import Sink
from shared.store.port import Key, Store

PAGE_MAX = 500
HOUR_US = 3_600_000_000
_Upazila = Annotated[str | None, Query(pattern=r"^[0-9]{8}$", description="BBS code, eight digits.")]
_Code = Annotated[str | None, Query(max_length=41, pattern=r"^[a-z][a-z0-9_-]*$")]
_Day = Annotated[date | None, Query(description="Dhaka date, included.")]
_Cursor = Annotated[str | None, Query(max_length=120, pattern=r"^[0-9]{1,18}:[A-Za-z0-9_-]+:[0-9]{1,9}$")]


def review_router(
    store: Store, register: Register, sink: Sink, specs: Specs, *, now_us: Callable[[], int], new_id: Callable[[], UUID]
) -> APIRouter:
    """The addresses of reviewers; operators may look. ``new_id`` gives random UUIDs."""
    router = APIRouter(prefix="/v1/reviews", tags=["reviews"], responses=documented(401, 403, 422, 503))
    Looks = Annotated[Principal, Depends(require("reviewer", "operator"))]
    Decides = Annotated[Principal, Depends(require("reviewer"))]

    @router.get(
        "", summary="The applications held for a reviewer, who applied first first.", response_model_exclude_none=True
    )
    async def listed(
        who: Looks,
        upazila: _Upazila = None,
        source: _Code = None,
        programme: _Code = None,
        held_from: _Day = None,
        held_to: _Day = None,
        older_than_h: Annotated[int | None, Query(ge=1, le=24 * 366, description="Held for longer, hours.")] = None,
        free: Annotated[bool, Query(description="Only what nobody has taken.")] = False,
        after: _Cursor = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    ) -> Reviews:
        at_us = now_us()
        ends = [_midnight_us(held_to + timedelta(days=1))] if held_to is not None else []
        ends += [at_us - older_than_h * HOUR_US] if older_than_h is not None else []
        wanted = Wanted(
            areas_of(who),
            upazila,
            source,
            programme,
            None if held_from is None else _midnight_us(held_from),
            min(ends, default=None),
            at_us if free else None,
        )
        page = await open_reviews(store, register, wanted, at_us, _key(after), limit)
        following = ":".join(map(str, page.after)) if page.after is not None else None
        return Reviews(reviews=[summary(one) for one in page.held], next=following)

    @router.get(
        "/{application_id}", summary="One application: the evidence side by side, and what was decided.",
        response_model_exclude_none=True, responses=documented(404),
    )  # fmt: skip
    async def shown(application_id: Name, who: Looks) -> Review:
        case = await case_of(register, application_id, now_us())
        if case is None:
            raise Problem(404, "application_unknown", "There is no such application here, or nothing is decided of it.")
        check_area(areas_of(who), case.me)
        return whole(case)

    async def ask(spec: CommandSpec, name: str, wish: Arguments, who: Principal, request: Request) -> Response:
        return await produce(
            "dedup",
            spec,
            name,
            wish,
            who,
            sink=sink,
            at_us=now_us(),
            command_id=new_id(),
            traceparent=request.state.traceparent,
        )

    @router.post("/{application_id}/claim", status_code=202, response_model=CommandAnswer, summary="Take the hold.")
    async def claim(application_id: Name, wish: HoldWish, request: Request, who: Decides) -> Response:
        """Nobody else can decide it until the time of the policy is over; taking it again is to have it for longer."""
        return await ask(specs.claim, application_id, wish, who, request)

    @router.post("/{application_id}/release", status_code=202, response_model=CommandAnswer, summary="Give it back.")
    async def release(application_id: Name, wish: HoldWish, request: Request, who: Decides) -> Response:
        """Others can take it at once."""
        return await ask(specs.release, application_id, wish, who, request)

    @router.post("/{application_id}/verdict", status_code=202, response_model=CommandAnswer, summary="Say what it is.")
    async def verdict(application_id: Name, wish: VerdictWish, request: Request, who: Decides) -> Response:
        """See Location for what became of it: ``done``, or ``refused`` with the reason."""
        return await ask(specs.review, application_id, wish, who, request)

    return router


def _midnight_us(day: date) -> int:
    return int(datetime.combine(day, time(), DHAKA).timestamp() * 1_000_000)


def _key(after: str | None) -> Key | None:
    if after is None:
        return None
    place_us, name, revision = after.split(":")
    return int(place_us), name, int(revision)
