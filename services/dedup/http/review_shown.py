"""A review as it is shown: the queue's line, and the whole case with its evidence."""

from collections.abc import Mapping

from pydantic import BaseModel

from services.dedup.concede import Known
from services.dedup.reviews import Case, Open, area_of, held_since_us
from services.dedup.ruling import Suspect, read
from services.dedup.taking import Taking
from shared.stage.messages import moment
from shared.store.tables import Decision


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


def summary(one: Open) -> Review:
    """A line of the queue."""
    return _review(one.me, {}, one.taking, None)


def whole(case: Case) -> Review:
    """A case with its evidence and its decisions."""
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
