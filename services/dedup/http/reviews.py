"""Reviews over HTTP: the queue, the evidence, and what a reviewer says, which is produced and decided as any input."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.dedup.commands import CLAIM, RELEASE, HoldArguments
from services.dedup.concede import Known
from services.dedup.register import Register
from services.dedup.reviews import Case, Open, Wanted, area_of, case_of, held_since_us, open_reviews
from services.dedup.ruling import Suspect, read
from services.dedup.taking import Taking
from shared import topics
from shared.contracts.command import Command, ReviewDecided
from shared.http.auth import require
from shared.http.commands import Arguments, CommandAnswer, CommandSpec, produce
from shared.http.keys import Principal
from shared.http.problems import Problem, documented
from shared.policy.dates import DHAKA
from shared.stage.messages import moment
from shared.stage.ports import Sink
from shared.stage.stage import Message
from shared.store.port import Key, Store
from shared.store.tables import Decision

PAGE_MAX = 500
HOUR_US = 3_600_000_000
NAMES_OTHER = ("duplicate", "merge")
_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
_Upazila = Annotated[str | None, Query(pattern=r"^[0-9]{8}$", description="BBS code, eight digits.")]
_Code = Annotated[str | None, Query(max_length=41, pattern=r"^[a-z][a-z0-9_-]*$")]
_Day = Annotated[date | None, Query(description="Dhaka date, included.")]
_Cursor = Annotated[str | None, Query(max_length=120, pattern=r"^[0-9]{1,18}:[A-Za-z0-9_-]+:[0-9]{1,9}$")]


class HoldWish(HoldArguments, Arguments):
    """The hold ``n`` of ``revision``."""


class VerdictWish(Arguments):
    """A verdict on the decision ``n`` of ``revision``, which must be the application's present one.

    *distinct* and *duplicate* end a hold; *split*, *merge* and *undo* take back what was decided. ``duplicate_of`` is
    the accepted application of the same person, with *duplicate* and *merge* only.
    """

    revision: Annotated[int, Field(ge=1)]
    n: Annotated[int, Field(ge=1)]
    verdict: Literal["distinct", "duplicate", "split", "merge", "undo"]
    duplicate_of: _Name | None = None
    reason: Annotated[str, Field(min_length=3, max_length=500)]

    @model_validator(mode="after")
    def _names_the_other(self) -> "VerdictWish":
        if (self.verdict in NAMES_OTHER) != (self.duplicate_of is not None):
            raise PydanticCustomError("original_missing", "duplicate_of goes with duplicate and merge, and only there")
        return self


def _worded(command: Command, wish: VerdictWish) -> Message:
    said = ReviewDecided(
        command_id=command.command_id, application_id=command.about, by=command.by, at=command.at, **wish.model_dump()
    )
    return Message(
        topic=topics.REVIEW_DECIDED,
        key=command.about,
        type="review.decided.v1",
        subject=command.about,
        event_id=command.command_id,
        time_us=int(command.at.timestamp() * 1_000_000),
        value=said.write(),
    )


class Specs:
    """The commands of reviewers: who has an area may speak about applications of that area only."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.review = CommandSpec(
            "review",
            VerdictWish,
            roles=("reviewer",),
            summary="End the hold of the application that the command is about, or take back what was decided of it.",
            wording=_worded,
            guard=self._in_area,
        )
        self.claim = CommandSpec(
            CLAIM,
            HoldWish,
            roles=("reviewer",),
            summary="Take the held application that the command is about, so that nobody else looks at it meanwhile.",
            guard=self._in_area,
        )
        self.release = CommandSpec(
            RELEASE, HoldWish, roles=("reviewer",), summary="Give it back to the others.", guard=self._in_area
        )

    @property
    def all(self) -> tuple[CommandSpec, ...]:
        """For the address of commands."""
        return self.review, self.claim, self.release

    async def _in_area(self, who: Principal, about: str) -> None:
        areas = areas_of(who)
        if areas:
            me = (await self._register.known([about])).get(about)
            if me is not None:
                check_area(areas, me)


class FieldShown(BaseModel):
    """One field of the evidence: how it agrees, and both values masked; "" where a form has none.

    ``bits`` is by how much it speaks for (above 0) or against one person.
    """

    field: str
    agreement: str
    ours: str
    theirs: str
    bits: float


class Resembled(BaseModel):
    """An application that this one resembles. ``fields`` are shown when one review is asked for.

    The three probabilities are that the two are one person, relatives, or strangers.
    """

    application_id: str
    level: str
    p_same: float
    p_relative: float
    p_stranger: float
    source: str | None = None
    source_ref: str | None = None
    programme: str | None = None
    standing: str | None = None
    fields: list[FieldShown] | None = None


class Step(BaseModel):
    """A decision on this revision; ``verdict``, ``by`` and ``reason`` where a reviewer's word led to it."""

    n: int
    state: str
    at: str
    verdict: str | None = None
    by: str | None = None
    reason: str | None = None


class Review(BaseModel):
    """An application as it stands. A verdict must name ``revision`` and ``n``. Every value in the evidence is masked.

    ``held`` says whether it waits for a reviewer; ``since`` is when it was decided so. ``truncated`` names the kinds of
    key that so many share that not everybody could be looked at. ``decisions`` are shown when one review is asked for.
    """

    application_id: str
    source: str
    source_ref: str
    programme: str
    upazila: str
    revision: int
    n: int
    state: str
    held: bool
    since: str
    taken_by: str | None = None
    taken_until: str | None = None
    suspects: list[Resembled]
    truncated: list[str]
    decisions: list[Step] | None = None


class Reviews(BaseModel):
    """A page of open reviews; go on with ``after`` until ``next`` is null, also where a page is short or empty."""

    reviews: list[Review]
    next: str | None = None


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
        return Reviews(reviews=[_summary(one) for one in page.held], next=following)

    @router.get(
        "/{application_id}", summary="One application: the evidence side by side, and what was decided.",
        response_model_exclude_none=True, responses=documented(404),
    )  # fmt: skip
    async def shown(application_id: _Name, who: Looks) -> Review:
        case = await case_of(register, application_id, now_us())
        if case is None:
            raise Problem(404, "application_unknown", "There is no such application here, or nothing is decided of it.")
        check_area(areas_of(who), case.me)
        return _whole(case)

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
    async def claim(application_id: _Name, wish: HoldWish, request: Request, who: Decides) -> Response:
        """Nobody else can decide it until the time of the policy is over; taking it again is to have it for longer."""
        return await ask(specs.claim, application_id, wish, who, request)

    @router.post("/{application_id}/release", status_code=202, response_model=CommandAnswer, summary="Give it back.")
    async def release(application_id: _Name, wish: HoldWish, request: Request, who: Decides) -> Response:
        """Others can take it at once."""
        return await ask(specs.release, application_id, wish, who, request)

    @router.post("/{application_id}/verdict", status_code=202, response_model=CommandAnswer, summary="Say what it is.")
    async def verdict(application_id: _Name, wish: VerdictWish, request: Request, who: Decides) -> Response:
        """See Location for what became of it: ``done``, or ``refused`` with the reason."""
        return await ask(specs.review, application_id, wish, who, request)

    return router


def areas_of(who: Principal) -> tuple[str, ...]:
    """Where this principal may look; () is everywhere."""
    return () if who.roles & {"reviewer", "operator"} else who.codes("reviewer")


def check_area(areas: tuple[str, ...], me: Known) -> None:
    """Raise ``Problem`` where an application lies in none of these areas."""
    if areas and not area_of(me).startswith(areas):
        raise Problem(403, "area_not_yours", "This application lies in another area than your key is for.")


def _midnight_us(day: date) -> int:
    return int(datetime.combine(day, time(), DHAKA).timestamp() * 1_000_000)


def _key(after: str | None) -> Key | None:
    if after is None:
        return None
    place_us, name, revision = after.split(":")
    return int(place_us), name, int(revision)


def _summary(one: Open) -> Review:
    return _review(one.me, {}, one.taking, None)


def _whole(case: Case) -> Review:
    return _review(case.me, case.others, case.taking, [_step(row) for row in case.me.rows])


def _review(me: Known, others: Mapping[str, Known], taking: Taking | None, steps: list[Step] | None) -> Review:
    ruling = me.ruling
    suspects = ruling.suspects if ruling is not None else ()
    return Review(
        application_id=me.row.application_id,
        source=me.row.source,
        source_ref=me.row.source_ref,
        programme=me.row.programme,
        upazila=area_of(me)[:8],
        revision=me.row.revision,
        n=me.n,
        state=me.rows[-1].state,
        held=me.standing.value == "held",
        since=moment(held_since_us(me)).isoformat(),
        taken_by=taking.by if taking is not None else None,
        taken_until=moment(taking.until_us).isoformat() if taking is not None else None,
        suspects=[_resembled(suspect, others.get(suspect.application_id)) for suspect in suspects],
        truncated=list(ruling.truncated) if ruling is not None else [],
        decisions=steps,
    )


def _step(row: Decision) -> Step:
    ruling = read(row.body)
    return Step(
        n=row.n,
        state=row.state,
        at=moment(row.at_us).isoformat(),
        verdict=ruling.verdict,
        by=ruling.by,
        reason=ruling.note,
    )


def _resembled(suspect: Suspect, other: Known | None) -> Resembled:
    shown = Resembled(
        application_id=suspect.application_id,
        level=suspect.level,
        p_same=suspect.p_same,
        p_relative=suspect.p_relative,
        p_stranger=suspect.p_stranger,
    )
    if other is None:
        return shown
    return shown.model_copy(
        update={
            "source": other.row.source,
            "source_ref": other.row.source_ref,
            "programme": other.row.programme,
            "standing": other.standing.value,
            "fields": [FieldShown(**field._asdict()) for field in suspect.fields],
        }
    )
