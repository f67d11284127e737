"""The HTTP gateway: applications in, and what intake can be asked about them."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.intake.completeness import FIELDS
from services.intake.gateway import Entry, Turned, entries_of
from services.intake.inquiries import completeness, fates_of
from shared import topics
from shared.contracts.status import Reason
from shared.envelope import Envelope
from shared.http.auth import require
from shared.http.keys import Principal
from shared.http.problems import Problem
from shared.policy.policy import Policy
from shared.policy.sources import SourcePolicy
from shared.privacy import Pseudonyms
from shared.reference.ccds import MANDATORY_FIELDS, OPTIONAL_FIELDS
from shared.stage.ports import Sink
from shared.stage.records import Origin, Outgoing
from shared.store.port import Store

REFERENCES_MAX = 100
_NO_INPUT = Origin("", -1, -1)
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_STATUSES = {"not_json": 400, "too_large": 413, "invalid": 422}
_LABELS = MANDATORY_FIELDS | OPTIONAL_FIELDS
_FORM = {"type": "object", "required": ["source_ref"], "description": "The common form, application.submitted.v1."}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"oneOf": [_FORM, {"type": "array", "items": _FORM}]}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One form on each line."}},
        },
    }
}


class Taken(BaseModel):
    """An application that is durable in Kafka.

    ``reference`` names this content of this revision: ask for it at ``/v1/submissions``. ``event_id`` is the record's
    ``ce_id``.
    """

    application_id: str
    reference: str
    event_id: str


class AllTaken(BaseModel):
    """In the order in which they were sent."""

    applications: list[Taken]


class SubmissionFate(BaseModel):
    """``pending`` until intake has decided; then ``accepted``, ``rejected``, ``conflicting_revision``, ..."""

    reference: str
    state: str
    reasons: tuple[Reason, ...] = ()


class Fates(BaseModel):
    """In the order in which they were asked for."""

    submissions: list[SubmissionFate]


class FieldCount(BaseModel):
    """One CCDS field in the forms of one source."""

    field: str
    label_en: str
    label_bn: str
    mandatory: bool
    filled: int
    empty: int


class SourceCompleteness(BaseModel):
    """``forms`` are those examined: accepted or rejected, each content once."""

    source: str
    name_en: str
    name_bn: str
    forms: int
    fields: list[FieldCount]


class CompletenessReport(BaseModel):
    """Which source leaves which field empty."""

    sources: list[SourceCompleteness]


def intake_router(
    policy: Policy,
    pseudonyms: Pseudonyms,
    store: Store,
    sink: Sink,
    *,
    now_us: Callable[[], int],
    new_id: Callable[[], UUID],
) -> APIRouter:
    """The three addresses of intake."""
    router = APIRouter(prefix="/v1", tags=["applications"])
    one_report_at_a_time = asyncio.Lock()

    @router.post(
        "/applications",
        status_code=202,
        summary="Send one application, or many; all of them are taken or none.",
        openapi_extra=_BODY,
    )
    async def send(
        request: Request, who: Annotated[Principal, Depends(require("source"))], source: str | None = None
    ) -> Taken | AllTaken:
        sender = _sender(policy, who, source)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            entries, single = entries_of(
                await request.body(), lines=kind in _LINES, pseudonyms=pseudonyms, source=sender.code
            )
        except Turned as turned:
            raise _problem(turned) from None
        taken = [
            Taken(application_id=entry.application_id, reference=entry.reference, event_id=str(new_id()))
            for entry in entries
        ]
        at_us, trace = now_us(), request.state.traceparent
        await sink.send(
            [
                _outgoing(sender.code, entry, said.event_id, at_us, trace)
                for entry, said in zip(entries, taken, strict=True)
            ]
        )
        return taken[0] if single else AllTaken(applications=taken)

    @router.get("/submissions", summary="What became of submissions, by the references that the gateway gave.")
    async def ask(
        who: Annotated[Principal, Depends(require("source"))],
        reference: Annotated[list[str], Query(min_length=1, max_length=REFERENCES_MAX)],
    ) -> Fates:
        fates = await fates_of(store, pseudonyms, reference, who.codes("source"))
        return Fates(submissions=[SubmissionFate(**fate._asdict()) for fate in fates])

    @router.get("/completeness", summary="Which source leaves which CCDS field empty.")
    async def complete(who: Annotated[Principal, Depends(require("operator", "source"))]) -> CompletenessReport:
        seen = [code for code in policy.sources if who.has("operator") or code in who.codes("source")]
        async with one_report_at_a_time:
            counts = await completeness(store, seen)
        return CompletenessReport(
            sources=[
                SourceCompleteness(
                    source=of.source,
                    name_en=policy.sources[of.source].name_en,
                    name_bn=policy.sources[of.source].name_bn,
                    forms=of.forms,
                    fields=[_field(field, of.filled[field], of.forms) for field in FIELDS],
                )
                for of in counts
            ]
        )

    return router


def _sender(policy: Policy, who: Principal, named: str | None) -> SourcePolicy:
    codes = who.codes("source")
    if named is None and len(codes) > 1:
        raise Problem(422, "source_missing", f"This key sends for several; say which: ?source={' or '.join(codes)}.")
    code = named or codes[0]
    if code not in codes:
        raise Problem(403, "role_missing", "This key is not for that source.")
    declared = policy.sources.get(code)
    if declared is None:
        raise Problem(403, "source_undeclared", f"The policy in force declares no source {code}.")
    return declared


def _problem(turned: Turned) -> Problem:
    code = "not_json" if turned.because == "not_json" else f"applications_{turned.because}"
    count = "One thing is" if len(turned.reasons) == 1 else f"{len(turned.reasons)} things are"
    return Problem(
        _STATUSES[turned.because],
        code,
        f"{count} wrong in the request; nothing of it was taken. Mend it and send it whole.",
        turned.reasons,
    )


def _outgoing(source: str, entry: Entry, event_id: str, at_us: int, traceparent: str) -> Outgoing:
    envelope = Envelope(
        id=event_id,
        source=f"/{source}/http",
        type="application.submitted.v1",
        subject=entry.application_id,
        time_us=at_us,
        traceparent=traceparent,
    )
    key = entry.application_id.encode()
    return Outgoing(topics.submitted(source), key, entry.value, envelope.to_headers(), _NO_INPUT)


def _field(field: str, filled: int, forms: int) -> FieldCount:
    return FieldCount(
        field=field,
        label_en=_LABELS[field].en,
        label_bn=_LABELS[field].bn,
        mandatory=field in MANDATORY_FIELDS,
        filled=filled,
        empty=forms - filled,
    )
