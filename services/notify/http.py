"""What became of an application, over HTTP: by its id, by the source's own reference, and as a feed of changes.

Each source sees its own applications only; somebody else's looks the same as none.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.notify.view import ApplicationView, BadCursor, application, changes
from shared.contracts.status import StatusLine
from shared.http.auth import require
from shared.http.keys import Principal
from shared.http.problems import Problem
from shared.privacy import Pseudonyms
from shared.reference.text import tidy
from shared.store.port import Store


class ApplicationStatus(BaseModel):
    """``state`` is the overall state; ``attention`` are stages further left that stop or hold it.

    While nothing was decided about the application, because no submission of it could be read, state, stage, next and
    revision are those of the last answer, and there are no lines.
    """

    application_id: str
    source_ref: str
    revision: int
    state: str
    stage: str
    next: str
    attention: list[StatusLine]
    lines: list[StatusLine]
    answers: list[StatusLine]


class Changes(BaseModel):
    """``cursor`` is what to ask with next time; no lines means that there is nothing new."""

    lines: list[StatusLine]
    cursor: str


def status_router(store: Store, pseudonyms: Pseudonyms, now_us: Callable[[], int]) -> APIRouter:
    """The three addresses."""
    router = APIRouter(prefix="/v1", tags=["status"])

    async def look(who: Principal, application_ids: dict[str, str]) -> ApplicationStatus:
        for source, application_id in application_ids.items():
            view = await application(store, source, application_id)
            if view is not None:
                return _status(view)
        raise Problem(404, "application_unknown", "No application of yours is known under this name.")

    @router.get("/applications/{application_id}", summary="One application by its id.")
    async def by_id(application_id: str, who: Annotated[Principal, Depends(require("source"))]) -> ApplicationStatus:
        return await look(who, dict.fromkeys(who.codes("source"), application_id))

    @router.get("/applications", summary="One application by the source's own reference.")
    async def by_ref(
        source_ref: Annotated[str, Query(min_length=1, max_length=200)],
        who: Annotated[Principal, Depends(require("source"))],
    ) -> ApplicationStatus:
        ids = {source: pseudonyms.application_id(source, tidy(source_ref)) for source in who.codes("source")}
        return await look(who, ids)

    @router.get("/changes", summary="All status lines of a source beyond a cursor.")
    async def feed(
        who: Annotated[Principal, Depends(require("source"))],
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        source: str | None = None,
    ) -> Changes:
        codes = who.codes("source")
        if source is None and len(codes) > 1:
            raise Problem(422, "source_missing", f"Say which source: {', '.join(codes)}.")
        chosen = source or codes[0]
        if chosen not in codes:
            raise Problem(403, "role_missing", "This key is not for that source.")
        try:
            page = await changes(store, chosen, cursor, limit, now_us())
        except BadCursor as bad:
            raise Problem(422, "cursor_unknown", str(bad)) from None
        return Changes(lines=list(page.lines), cursor=page.cursor)

    return router


def _status(view: ApplicationView) -> ApplicationStatus:
    line = view.answers[-1] if view.overall is None else view.overall.line
    return ApplicationStatus(
        application_id=line.application_id,
        source_ref=line.source_ref,
        revision=line.revision,
        state=line.state if view.overall is None else view.overall.state,
        stage=line.stage,
        next=line.next,
        attention=[] if view.overall is None else list(view.overall.attention),
        lines=list(view.lines),
        answers=list(view.answers),
    )
