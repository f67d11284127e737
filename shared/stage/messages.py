"""How a stage words what it publishes: chain events, status lines and answers, with ids that a replay repeats."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from shared import topics
from shared.contracts.base import Contract, Event
from shared.contracts.status import Reason, Stage, StatusLine
from shared.envelope import event_id
from shared.stage.records import Origin
from shared.stage.stage import Message
from shared.store.tables import Decision

Next = Literal["nobody", "pipeline", "applicant", "source", "reviewer", "committee", "provider", "operator"]


class About(NamedTuple):
    """Which application a line is about, in its source's terms."""

    application_id: str
    source: str
    source_ref: str
    revision: int


@lru_cache(maxsize=16)
def moment(at_us: int) -> datetime:
    """µs since 1970 as an aware UTC datetime; remembered, as the decisions of a batch are of one moment."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC)


def status(
    stage: Stage,
    about: About,
    decision: Decision,
    *,
    state: str,
    next: Next,
    reasons: Sequence[Reason] = (),
    subject: str | None = None,
    submission: str | None = None,
    same_key: bool = True,
) -> Message:
    """The status line of a stored decision. ``subject`` is the payment, in lines of payments.

    ``submission`` names the submitted record where the source cannot tell it by its own reference.
    """
    line = StatusLine(
        application_id=about.application_id,
        source=about.source,
        source_ref=about.source_ref,
        revision=about.revision,
        stage=stage,
        subject=subject,
        n=decision.n,
        state=state,
        reasons=tuple(reasons),
        next=next,
        at=moment(decision.at_us),
        about="application",
        submission=submission,
    )
    return Message(
        topic=topics.status(about.source),
        key=about.application_id,
        type="application.status.v1",
        subject=about.application_id,
        event_id=event_id(stage, "application.status.v1", subject or about.application_id, about.revision, decision.n),
        time_us=decision.at_us,
        value=line.write(),
        same_key=same_key,
    )


def answer(
    stage: Stage,
    about: About,
    submission: str,
    at_us: int,
    *,
    state: str,
    next: Next,
    reasons: Sequence[Reason] = (),
    same_key: bool = False,
) -> Message:
    """An answer about one submitted record, ``submission`` by its event id; the application's state stays."""
    line = StatusLine(
        application_id=about.application_id,
        source=about.source,
        source_ref=about.source_ref,
        revision=about.revision,
        stage=stage,
        state=state,
        reasons=tuple(reasons),
        next=next,
        at=moment(at_us),
        about="submission",
        submission=submission,
    )
    return Message(
        topic=topics.status(about.source),
        key=about.application_id,
        type="application.status.v1",
        subject=about.application_id,
        event_id=event_id(stage, "application.status.v1", submission, about.revision, 0),
        time_us=at_us,
        value=line.write(),
        same_key=same_key,
    )


SUPERSEDED = Reason(
    code="superseded",
    text_en="A later revision of this application is known, so this one was not looked at.",
    text_bn="এই আবেদনের পরবর্তী সংশোধন আগেই পাওয়া গেছে, তাই এটি বিবেচনা করা হয়নি।",
)


def superseded(stage: Stage, about: About, origin: Origin, at_us: int) -> Message:
    """The answer to a revision that came after a higher one; keyed as the chain is, by application."""
    return answer(
        stage,
        about,
        submission_id(origin),
        at_us,
        state="superseded",
        next="nobody",
        reasons=[SUPERSEDED],
        same_key=True,
    )


def event(
    stage: str,
    topic: str,
    message_type: str,
    key: str,
    content: Contract | Event,
    decision: Decision,
    *,
    same_key: bool,
) -> Message:
    """A chain event or an instruction that a stored decision leads to; ``key`` is also its subject."""
    return Message(
        topic=topic,
        key=key,
        type=message_type,
        subject=key,
        event_id=event_id(stage, message_type, key, decision.revision, decision.n),
        time_us=decision.at_us,
        value=content.write(),
        same_key=same_key,
    )


def submission_id(origin: Origin) -> str:
    """The event id of a submitted record: from where it stands in Kafka, never from the sender's ``ce_id``."""
    return event_id("submission", origin.topic, str(origin.partition), origin.offset, 0)
