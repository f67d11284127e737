"""``/v1/pairs``: who is in the lists of beneficiaries twice, and what reviewers say of it. Nobody is stopped by it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.dedup.http.review_shown import FieldShown
from services.dedup.http.review_specs import Name, PairWish, Specs, areas_of
from services.dedup.listed import Word
from services.dedup.matching.engine import Engine
from services.dedup.pairs import Pair, listed_pairs
from services.dedup.register import Register
from services.dedup.tables import RevisionRow
from shared.http.auth import require
from shared.http.commands import CommandAnswer, produce
from shared.http.keys import Principal
from shared.http.problems import documented
from shared.stage.messages import moment
from shared.stage.ports import Sink
from shared.store.port import Key, Store

PAGE_MAX = 200
_Upazila = Annotated[str | None, Query(pattern=r"^[0-9]{8}$", description="BBS code, eight digits.")]
_Cursor = Annotated[str | None, Query(max_length=160, pattern=r"^[0-9]{8}:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$")]


class Listed(BaseModel):
    """A record of a list, as its source knows it."""

    application_id: str
    source: str
    source_ref: str
    programme: str


class WordShown(BaseModel):
    """What a reviewer has said of a pair; ``undo`` is that the word before no longer holds."""

    verdict: Literal["same", "different", "undo"]
    by: str
    reason: str
    at: datetime


class ListedPair(BaseModel):
    """Two records that look like one person: ``duplicate`` (one programme), ``overlap`` (two) or ``unclear``.

    To be looked at by ``due_on``. The probabilities are that the two are one person, relatives, or strangers. Every
    value in the evidence is masked. ``n`` is how many words reviewers have said of the pair, ``word`` the last one.
    """

    upazila: str
    due_on: date
    kind: str
    ours: Listed
    theirs: Listed
    p_same: float
    p_relative: float
    p_stranger: float
    fields: list[FieldShown]
    n: int
    word: WordShown | None = None


class ListedPairs(BaseModel):
    """A page; go on with ``after`` until ``next`` is null, also where a page is short or empty."""

    pairs: list[ListedPair]
    next: str | None = None


def pairs_router(
    store: Store,
    register: Register,
    engine: Engine,
    sink: Sink,
    specs: Specs,
    *,
    now_us: Callable[[], int],
    new_id: Callable[[], UUID],
) -> APIRouter:
    """For reviewers, and operators may look; a reviewer of an area sees that area. ``new_id`` gives random UUIDs."""
    router = APIRouter(prefix="/v1/pairs", tags=["reviews"], responses=documented(401, 403, 422, 503))

    @router.get("", summary="Pairs found within loaded lists, by upazila.", response_model_exclude_none=True)
    async def listed(
        who: Annotated[Principal, Depends(require("reviewer", "operator"))],
        upazila: _Upazila = None,
        due_by: Annotated[date | None, Query(description="To be looked at by this day.")] = None,
        undecided: Annotated[bool, Query(description="Only pairs of which no reviewer's word holds.")] = False,
        after: _Cursor = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    ) -> ListedPairs:
        key: Key | None = tuple(after.split(":")) if after is not None else None
        due = due_by.isoformat() if due_by is not None else None
        areas = tuple(area[:8] for area in areas_of(who))
        page = await listed_pairs(store, register, engine, areas, upazila, due, key, limit, only_open=undecided)
        following = ":".join(map(str, page.after)) if page.after is not None else None
        return ListedPairs(pairs=[_shown(pair) for pair in page.pairs], next=following)

    @router.post("/{application_id}/verdict", status_code=202, response_model=CommandAnswer, summary="Say what it is.")
    async def verdict(
        application_id: Name, wish: PairWish, request: Request, who: Annotated[Principal, Depends(require("reviewer"))]
    ) -> Response:
        """Of the pair with ``other``. See Location for what became of it: ``done``, or ``refused`` with the reason."""
        return await produce(
            "dedup",
            specs.pair,
            application_id,
            wish,
            who,
            sink=sink,
            at_us=now_us(),
            command_id=new_id(),
            traceparent=request.state.traceparent,
        )

    return router


def _shown(pair: Pair) -> ListedPair:
    comparison = pair.comparison
    return ListedPair(
        upazila=pair.finding.upazila,
        due_on=date.fromisoformat(pair.finding.due_on),
        kind=pair.finding.kind,
        ours=_listed(pair.ours),
        theirs=_listed(pair.theirs),
        p_same=comparison.p_same,
        p_relative=comparison.p_relative,
        p_stranger=comparison.p_stranger,
        fields=[
            FieldShown(
                field=each.field,
                agreement=each.level,
                ours=pair.our_values.get(each.field, ""),
                theirs=pair.their_values.get(each.field, ""),
                bits=bits,
            )
            for each, bits in zip(comparison.fields, comparison.bits, strict=True)
        ],
        n=pair.word.n if pair.word is not None else 0,
        word=_said(pair.word) if pair.word is not None else None,
    )


def _said(word: Word) -> WordShown:
    return WordShown.model_validate(
        {"verdict": word.verdict, "by": word.by, "reason": word.note, "at": moment(word.at_us)}
    )


def _listed(row: RevisionRow) -> Listed:
    return Listed(
        application_id=row.application_id, source=row.source, source_ref=row.source_ref, programme=row.programme
    )
