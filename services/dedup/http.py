"""Reviews over HTTP: the queue, the evidence, and the verdict, which is produced and decided like any other input."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.dedup.concede import Known
from services.dedup.register import Register
from services.dedup.reviews import open_review, open_reviews
from services.dedup.ruling import Suspect
from shared import topics
from shared.contracts.command import Command, ReviewDecided
from shared.envelope import Envelope
from shared.http.auth import require
from shared.http.commands import NO_INPUT, Arguments, CommandAnswer, CommandSpec
from shared.http.keys import Principal
from shared.http.problems import Problem
from shared.stage.messages import moment
from shared.stage.ports import Sink
from shared.stage.records import Outgoing
from shared.stage.stage import Message
from shared.store.port import Store

PAGE_MAX = 500
_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class VerdictWish(Arguments):
    """A verdict on the hold ``n`` of ``revision``. ``duplicate_of``: the accepted application of the same person."""

    revision: Annotated[int, Field(ge=1)]
    n: Annotated[int, Field(ge=1)]
    verdict: Literal["distinct", "duplicate"]
    duplicate_of: _Name | None = None
    reason: Annotated[str, Field(min_length=3, max_length=500)]


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


REVIEW = CommandSpec(
    "review",
    VerdictWish,
    roles=("reviewer",),
    summary="End the hold of the application that the command is about.",
    wording=_worded,
)


class Resembled(BaseModel):
    """An application that the held one resembles. ``fields`` are shown when one review is asked for."""

    application_id: str
    level: str
    source: str | None = None
    source_ref: str | None = None
    programme: str | None = None
    standing: str | None = None
    fields: list[Mapping[str, str]] | None = None


class Review(BaseModel):
    """An open review. A verdict must name ``revision`` and ``n``. Every value in the evidence is masked."""

    application_id: str
    source: str
    source_ref: str
    programme: str
    revision: int
    n: int
    held_since: str
    suspects: list[Resembled]


class Reviews(BaseModel):
    """A page of open reviews; go on with ``after`` until ``next`` is null, also where a page is short or empty."""

    reviews: list[Review]
    next: str | None = None


def review_router(
    store: Store, register: Register, sink: Sink, *, now_us: Callable[[], int], new_id: Callable[[], UUID]
) -> APIRouter:
    """The three addresses, for reviewers; operators may look. ``new_id`` gives random UUIDs."""
    router = APIRouter(prefix="/v1/reviews", tags=["reviews"])
    looks = Depends(require("reviewer", "operator"))

    @router.get(
        "", summary="The applications held for a reviewer.", dependencies=[looks], response_model_exclude_none=True
    )
    async def listed(
        after: Annotated[str | None, Query(max_length=100, pattern=r"^[A-Za-z0-9_-]+:[0-9]{1,9}$")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    ) -> Reviews:
        key = None
        if after is not None:
            name, _, revision = after.partition(":")
            key = (name, int(revision))
        page = await open_reviews(store, register, key, limit)
        following = f"{page.after[0]}:{page.after[1]}" if page.after is not None else None
        return Reviews(reviews=[_review(me, {}) for me in page.held], next=following)

    @router.get(
        "/{application_id}", summary="One open review with its evidence.", dependencies=[looks],
        response_model_exclude_none=True,
    )  # fmt: skip
    async def shown(application_id: str) -> Review:
        found = await open_review(register, application_id)
        if found is None:
            raise Problem(404, "review_unknown", "This application is not held for a reviewer.")
        return _review(*found)

    @router.post(
        "/{application_id}/verdict", status_code=202, summary="End the hold; see Location for what became of it."
    )
    async def verdict(
        application_id: _Name,
        wish: VerdictWish,
        request: Request,
        who: Annotated[Principal, Depends(require("reviewer"))],
    ) -> Response:
        command = Command(
            command_id=str(new_id()), name=REVIEW.name, about=application_id, by=who.name, at=moment(now_us())
        )
        message = _worded(command, wish)
        envelope = Envelope(
            message.event_id,
            "/dsr/dedup/reviews",
            message.type,
            message.subject,
            message.time_us,
            traceparent=request.state.traceparent,
        )
        await sink.send([Outgoing(message.topic, message.key.encode(), message.value, envelope.to_headers(), NO_INPUT)])
        answer = CommandAnswer(command_id=command.command_id, state="pending")
        headers = {"Location": f"/v1/commands/{command.command_id}"}
        return Response(answer.model_dump_json(exclude_none=True), 202, headers, "application/json")

    return router


def _review(me: Known, others: Mapping[str, Known]) -> Review:
    ruling = me.ruling
    suspects = ruling.suspects if ruling is not None else ()
    return Review(
        application_id=me.row.application_id,
        source=me.row.source,
        source_ref=me.row.source_ref,
        programme=me.row.programme,
        revision=me.row.revision,
        n=me.n,
        held_since=moment(me.rows[-1].at_us).isoformat(),
        suspects=[_resembled(suspect, others.get(suspect.application_id)) for suspect in suspects],
    )


def _resembled(suspect: Suspect, other: Known | None) -> Resembled:
    if other is None:
        return Resembled(application_id=suspect.application_id, level=suspect.level)
    return Resembled(
        application_id=suspect.application_id,
        level=suspect.level,
        source=other.row.source,
        source_ref=other.row.source_ref,
        programme=other.row.programme,
        standing=other.standing.value,
        fields=[field._asdict() for field in suspect.fields],
    )
