"""Why an application was decided as it was: every decision with its evidence, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from services.dedup.http.review_specs import areas_of, check_area
from services.dedup.register import Register
from services.dedup.ruling import Ruling, Suspect, read
from shared.http.auth import require
from shared.http.keys import Principal
from shared.http.problems import Problem, documented
from shared.stage.messages import moment
from shared.store.tables import Decision


class ComparedField(BaseModel):
    """One field: the level that the model saw (empty: nothing to compare) and both values, masked.

    ``bits``: by how much that speaks for (above 0) or against one person.
    """

    field: str
    level: str
    bits: float
    ours: str
    theirs: str


class ComparedApplication(BaseModel):
    """An application that it was compared with.

    ``prior`` and the bits of all fields make the weight, which is calibrated: log2 of the odds that both are one
    person. ``gate``: the model allows an automatic decision on the pair.
    """

    application_id: str
    revision: int
    level: str
    prior: float
    weight: float
    p_same: float
    p_relative: float
    p_stranger: float
    gate: bool
    keys: list[str]
    fields: list[ComparedField]


class ExplainedDecision(BaseModel):
    """One decision. ``truncated``: the kinds of key of which the index could not show everybody."""

    revision: int
    n: int
    state: str
    at: str
    waits_for: str | None = None
    person_id: str | None = None
    original: str | None = None
    model: str | None = None
    truncated: list[str]
    verdict: str | None = None
    by: str | None = None
    note: str | None = None
    compared: list[ComparedApplication]


class Explanation(BaseModel):
    """All decisions on an application, the last one last."""

    application_id: str
    decisions: list[ExplainedDecision]


def explanation_router(register: Register) -> APIRouter:
    """The one address, for reviewers and operators."""
    router = APIRouter(prefix="/v1/applications", tags=["reviews"])

    @router.get(
        "/{application_id}/explanation",
        summary="Why an application was decided as it was: levels and bits by field, probabilities, keys, gate.",
        response_model_exclude_none=True,
        responses=documented(401, 403, 404, 503),
    )
    async def explained(
        application_id: str, who: Annotated[Principal, Depends(require("reviewer", "operator"))]
    ) -> Explanation:
        me = (await register.known([application_id])).get(application_id)
        rows = (await register.decisions([application_id])).get(application_id, ())
        if me is None or not rows:
            raise Problem(404, "application_unknown", "Nothing has been decided on such an application here.")
        check_area(areas_of(who), me)
        return Explanation(application_id=application_id, decisions=[_decision(row) for row in rows])

    return router


def _decision(row: Decision) -> ExplainedDecision:
    ruling: Ruling = read(row.body)
    return ExplainedDecision(
        revision=row.revision,
        n=row.n,
        state=ruling.state.value,
        at=moment(row.at_us).isoformat(),
        waits_for=ruling.hold.value if ruling.hold is not None else None,
        person_id=ruling.person.person_id if ruling.person is not None else None,
        original=ruling.original.application_id if ruling.original is not None else None,
        model=ruling.model,
        truncated=list(ruling.truncated),
        verdict=ruling.verdict,
        by=ruling.by,
        note=ruling.note,
        compared=[_compared(suspect) for suspect in ruling.suspects],
    )


def _compared(suspect: Suspect) -> ComparedApplication:
    fields = [
        ComparedField(field=one.field, level=one.agreement, bits=one.bits, ours=one.ours, theirs=one.theirs)
        for one in suspect.fields
    ]
    return ComparedApplication(
        application_id=suspect.application_id,
        revision=suspect.revision,
        level=suspect.level,
        prior=suspect.prior,
        weight=suspect.weight,
        p_same=suspect.p_same,
        p_relative=suspect.p_relative,
        p_stranger=suspect.p_stranger,
        gate=suspect.gate,
        keys=list(suspect.keys),
        fields=fields,
    )
