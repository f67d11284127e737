"""The scoring stage: each accepted revision is judged once, by its programme's criteria and the proxy means test."""

from collections.abc import Sequence
from typing import Literal

from services.scoring.eligibility import Assessment, assess
from services.scoring.model import Points
from shared import topics
from shared.contracts.base import Event, NotAsAgreed
from shared.contracts.chain import Rank, Scored, Validated
from shared.contracts.status import Reason
from shared.envelope import BadEnvelope, Envelope
from shared.policy.policy import Policy
from shared.stage import messages
from shared.stage.digests import digest_of_content
from shared.stage.numbering import next_number, repeated
from shared.stage.records import Record
from shared.stage.stage import BadRecord, Decide, Draft, History, Input, Kind, Message, Settled, Verdict
from shared.store.tables import Decision

TYPES = frozenset({"application.validated.v1"})
NEXT: dict[str, messages.Next] = {"eligible": "pipeline", "ineligible": "nobody", "insufficient_data": "source"}


class Outcome(Event, frozen=True, kw_only=True):
    """Of a stored decision of scoring what is published.

    ``withdraws`` says that an earlier revision was passed on and this one does not qualify.
    """

    state: Literal["eligible", "ineligible", "insufficient_data"]
    reasons: tuple[Reason, ...]
    rank: Rank
    rate_class: str
    withdraws: bool = False


class Assessed(Outcome, frozen=True, kw_only=True):
    """A stored decision of scoring. The score is ``constant`` plus all ``points``; anyone can add it up (I9).

    ``likelihood`` is the model's poverty likelihood in percent (national lower and upper line) where it publishes one.
    """

    constant: str | None = None
    contributions: tuple[Points, ...] = ()
    likelihood: tuple[str, str] | None = None


class Accepted:
    """An accepted application on its way through one batch. What ``decide`` made of it ``emit`` need not read again."""

    __slots__ = ("application", "assessed")

    def __init__(self, application: Validated) -> None:
        self.application = application
        self.assessed: tuple[bytes, Outcome] | None = None

    def outcome(self, row: Decision) -> Outcome:
        """What the stored decision says."""
        if self.assessed is not None and self.assessed[0] == row.body:
            return self.assessed[1]
        return Outcome.read(row.body)


class ScoringStage:
    """See ``shared.stage.stage.Stage``."""

    name = "scoring"

    def __init__(self, policy: Policy) -> None:
        self.policy = policy.hash
        self._policy = policy

    def read(self, record: Record) -> Input[Accepted]:
        """An accepted application; raises ``BadRecord``."""
        try:
            envelope = Envelope.from_headers(record.headers, TYPES)
            event = Validated.read(record.value or b"")
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except NotAsAgreed:
            raise BadRecord("not_a_validated_application") from None
        digest = digest_of_content(record.value or b"")
        return Input(record, envelope, Accepted(event), event.application_id, event.revision, digest)

    async def decide(self, inputs: Sequence[Input[Accepted]], history: History) -> Sequence[Verdict]:
        """Assess each revision that was not assessed before."""
        return [self._decide(item, history[item.subject]) for item in inputs]

    def _decide(self, item: Input[Accepted], rows: Sequence[Decision]) -> Verdict:
        known = repeated(item, rows, lower=Kind.SUPERSEDED)
        if known is not None:
            return known
        assessment = assess(item.event.application, self._policy)
        passed_before = bool(rows) and max(rows, key=lambda row: (row.revision, row.n)).state == "eligible"
        decided = _assessed(assessment, withdraws=passed_before and assessment.state != "eligible")
        n = next_number(rows, item.revision, item.record.origin)
        body = decided.write()
        item.event.assessed = body, decided
        return Decide((Draft(item.subject, item.revision, n, assessment.state, body),))

    async def emit(self, settled: Sequence[Settled[Accepted]]) -> Sequence[Sequence[Message]]:
        """The status line, and the event for dedup: passed on, or withdrawn after it had been."""
        return [self._emit(item) for item in settled]

    def _emit(self, settled: Settled[Accepted]) -> list[Message]:
        if settled.input is None or settled.kind is Kind.RECOGNISED:
            return []
        event = settled.input.event.application
        about = messages.About(event.application_id, event.source, event.source_ref, event.revision)
        if settled.kind is Kind.SUPERSEDED:
            return [messages.superseded("scoring", about, settled.record.origin, settled.at_us)]
        (row,) = settled.decisions
        decided = settled.input.event.outcome(row)
        said = [
            messages.status(
                "scoring",
                about,
                row,
                state=decided.state,
                reasons=decided.reasons,
                next=NEXT[decided.state],
            )
        ]
        if decided.state == "eligible" or decided.withdraws:
            scored = _scored(event, row, decided)
            said.append(
                messages.event(
                    "scoring",
                    topics.SCORED,
                    "application.scored.v1",
                    event.application_id,
                    scored,
                    row,
                    same_key=True,
                )
            )
        return said


def _assessed(assessment: Assessment, *, withdraws: bool) -> Assessed:
    score = assessment.score
    return Assessed(
        state=assessment.state,
        reasons=assessment.reasons,
        rank=assessment.rank,
        rate_class=assessment.rate_class,
        constant=None if score is None else f"{score.constant:f}",
        contributions=() if score is None else score.points,
        likelihood=None if score is None or score.band is None else score.band.texts,
        withdraws=withdraws,
    )


def _scored(event: Validated, row: Decision, decided: Outcome) -> Scored:
    return Scored(
        application_id=event.application_id,
        source=event.source,
        source_ref=event.source_ref,
        revision=event.revision,
        n=row.n,
        programme=event.programme,
        received_at=event.received_at,
        outcome="withdrawn" if decided.withdraws else "passed",
        person=event.person,
        payee=event.payee,
        rank=decided.rank,
        rate_class=decided.rate_class,
        gaps=event.gaps,
    )
