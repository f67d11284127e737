"""The labelled pairs over HTTP, for those who measure the matching."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.dedup.labels import labelled_pairs
from services.dedup.matching.engine import Engine
from services.dedup.register import Register
from shared.http.auth import require
from shared.http.problems import documented
from shared.store.port import Store

_Cursor = Annotated[str | None, Query(max_length=160, pattern=r"^[A-Za-z0-9_/-]+:[0-9]{1,9}:[0-9]{1,9}$")]


class LabelledPair(BaseModel):
    """Two applications by their pseudonymous ids, what a reviewer found, and how their fields agree."""

    left: str
    right: str
    label: Literal["same", "different"]
    levels: dict[str, str]


class LabelledPairs(BaseModel):
    """A page; go on with ``after`` until ``next`` is null, also where a page is empty."""

    pairs: list[LabelledPair]
    next: str | None = None


def labels_router(store: Store, register: Register, engine: Engine) -> APIRouter:
    """The one address, for operators."""
    router = APIRouter(
        prefix="/v1/labels",
        tags=["labels"],
        dependencies=[Depends(require("operator"))],
        responses=documented(401, 403, 422, 503),
    )

    @router.get("", summary="Pairs that reviewers have looked at.", response_model_exclude_none=True)
    async def listed(after: _Cursor = None) -> LabelledPairs:
        key = None
        if after is not None:
            subject, revision, n = after.split(":")
            key = (subject, int(revision), int(n))
        page = await labelled_pairs(store, register, engine, key)
        return LabelledPairs(
            pairs=[LabelledPair(**pair._asdict()) for pair in page.pairs],
            next=":".join(map(str, page.after)) if page.after is not None else None,
        )

    return router
