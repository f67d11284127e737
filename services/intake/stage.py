"""The intake stage: submitted forms in; accepted, rejected or answered. The order of the steps, and nothing else."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

import orjson

from services.intake import answers
from services.intake.addressee import Addressee, addressee_of
from services.intake.decided import (
    ACCEPTED,
    REFUSALS,
    REJECTED,
    Acceptance,
    Refusal,
    Rejection,
    empty_fields,
    reasons_in,
    words,
)
from services.intake.examine import Accepted, Examiner, Parts, parts_again
from services.intake.faults import reason_of
from services.intake.receipt import received_ms
from services.intake.submission import Submission, UnreadableForm, digest_of_form, open_submission
from shared import topics
from shared.contracts.chain import Validated
from shared.envelope import BadEnvelope, Envelope
from shared.policy.dates import policy_date
from shared.policy.policy import Policy
from shared.policy.sources import SourcePolicy
from shared.privacy import Pseudonyms
from shared.stage import messages
from shared.stage.numbering import next_number, repeated
from shared.stage.records import Record
from shared.stage.stage import BadRecord, Decide, Draft, History, Input, Kind, Message, Settle, Settled, Verdict
from shared.store.port import Store
from shared.store.tables import Decision

TYPES: Final = frozenset({"application.submitted.v1"})

_STATES: Final[dict[Kind, tuple[str, messages.Next]]] = {
    Kind.RECOGNISED: ("recognised", "nobody"),
    Kind.CONFLICTING: ("conflicting_revision", "source"),
    Kind.LATE: ("late_revision", "nobody"),
    Kind.REJECTED: (REJECTED, "source"),
}
_DETAILS: Final[dict[Kind, bytes]] = {
    kind: orjson.dumps({"reasons": words([reason])})
    for kind, reason in (
        (Kind.RECOGNISED, answers.RECOGNISED),
        (Kind.CONFLICTING, answers.CONFLICTING),
        (Kind.LATE, answers.LATE),
    )
}

CountFields = Callable[[str, Mapping[frozenset[str], int]], None]
"""Hears of a batch's fresh forms: source, and how many forms filled exactly these CCDS fields."""


class Submitted:
    """A submitted form on its way through one batch. What ``decide`` read of it ``emit`` need not read again."""

    __slots__ = ("addressee", "examined", "source", "submission")

    def __init__(self, source: SourcePolicy, submission: Submission, addressee: Addressee) -> None:
        self.source, self.submission, self.addressee = source, submission, addressee
        self.examined: tuple[bytes, Acceptance, Parts] | None = None


class IntakeStage:
    """See ``shared.stage.stage.Stage``. An application is accepted or rejected once for each revision."""

    name = "intake"

    def __init__(
        self,
        policy: Policy,
        pseudonyms: Pseudonyms,
        store: Store,
        count_fields: CountFields = lambda source, forms: None,
    ) -> None:
        self.policy = policy.hash
        self._sources = {topics.submitted(source.code): source for source in policy.sources.values()}
        self._examiner, self._pseudonyms, self._store = Examiner(policy), pseudonyms, store
        self._count_fields = count_fields

    def read(self, record: Record) -> Input[Submitted]:
        """A form that can be answered; raises ``BadRecord``, which names whom to answer where that can be told."""
        source = self._sources[record.origin.topic]
        # Even under headers that nobody reads the value may tell whom to answer.
        try:
            submission = open_submission(record.value or b"")
        except UnreadableForm as bad:
            answer_to = None if bad.answer_to is None else self._addressee(source, bad.answer_to).write()
            raise BadRecord(_wrong_headers(record) or bad.reason, answer_to) from None
        addressee = self._addressee(source, submission)
        try:
            envelope = Envelope.from_headers(record.headers, TYPES)
            digest = digest_of_form(submission.form)
        except (BadEnvelope, UnreadableForm) as bad:
            raise BadRecord(bad.reason, addressee.write()) from None
        event = Submitted(source, submission, addressee)
        return Input(record, envelope, event, addressee.application_id, submission.revision, digest)

    def _addressee(self, source: SourcePolicy, submission: Submission) -> Addressee:
        return addressee_of(self._pseudonyms, source.code, submission)

    async def decide(self, inputs: Sequence[Input[Submitted]], history: History) -> Sequence[Verdict]:
        """Examine what is new; answer what is not."""
        verdicts: list[Verdict] = []
        refusals: list[Refusal] = []
        filled: defaultdict[str, Counter[frozenset[str]]] = defaultdict(Counter)
        received = await received_ms(self._store, [item.record for item in inputs])
        for item, at_ms in zip(inputs, received, strict=True):
            rows = history[item.subject]
            verdict = _known(item, rows)
            if verdict is None:
                verdict, fields = self._judge(item, rows, at_ms)
                filled[item.event.source.code][fields] += 1
            if isinstance(verdict, Settle) and verdict.kind is Kind.REJECTED:
                refusals.append(Refusal(item.subject, item.revision, item.digest, verdict.detail))
            verdicts.append(verdict)
        if refusals:
            await self._store.insert(REFUSALS, refusals)
        for source, forms in filled.items():
            self._count_fields(source, forms)
        return verdicts

    def _judge(self, item: Input[Submitted], rows: Sequence[Decision], at_ms: int) -> tuple[Verdict, frozenset[str]]:
        """The verdict on a new revision, and the CCDS fields that it fills."""
        event = item.event
        source, on = event.source, _dhaka_date(at_ms)
        found = self._examiner.examine(event.submission, source, on)
        n = next_number(rows, item.revision, item.record.origin)
        accepted = [row for row in rows if row.state == ACCEPTED]
        if isinstance(found, Accepted):
            received_us = Acceptance.read(accepted[0].body).received_us if accepted else at_ms * 1000
            acceptance = Acceptance(
                source=source.code,
                empty=empty_fields(found.filled),
                grounds=found.grounds,
                received_us=received_us,
                on=on,
            )
            body = acceptance.write()
            event.examined = body, acceptance, found.parts
            return Decide((Draft(item.subject, item.revision, n, ACCEPTED, body),)), found.filled
        reasons = tuple(map(reason_of, found.faults))
        body = Rejection(source=source.code, empty=empty_fields(found.filled), reasons=reasons).write()
        if accepted:
            return Settle(Kind.REJECTED, body, (accepted[-1],)), found.filled
        return Decide((Draft(item.subject, item.revision, n, REJECTED, body),)), found.filled

    async def emit(self, settled: Sequence[Settled[Submitted]]) -> Sequence[Sequence[Message]]:
        """The status line, with the event for scoring where a revision was accepted; or an answer."""
        return [self._emit(item) for item in settled]

    def _emit(self, settled: Settled[Submitted]) -> list[Message]:
        if settled.input is None:
            return self._unreadable(settled)
        item = settled.input
        about = item.event.addressee.about(item.event.source.code)
        if settled.kind is not Kind.DECISION:
            state, next_ = _STATES[settled.kind]
            reasons = reasons_in(orjson.loads(settled.detail))
            submission = messages.submission_id(settled.record.origin)
            return [
                messages.answer("intake", about, submission, settled.at_us, state=state, next=next_, reasons=reasons)
            ]
        (row,) = settled.decisions
        if row.state == REJECTED:
            return [_rejection(item, about, row)]
        return [
            messages.status("intake", about, row, state=ACCEPTED, next="pipeline", same_key=False),
            messages.event(
                "intake",
                topics.VALIDATED,
                "application.validated.v1",
                about.application_id,
                _validated(item.event, about, row),
                row,
                same_key=False,
            ),
        ]

    def _unreadable(self, settled: Settled[Submitted]) -> list[Message]:
        detail: Mapping[str, str | None] = orjson.loads(settled.detail)
        answer_to = detail["answer_to"]
        if answer_to is None:
            return []
        source = self._sources[settled.record.origin.topic]
        return [
            messages.answer(
                "intake",
                Addressee.read(answer_to).about(source.code),
                messages.submission_id(settled.record.origin),
                settled.at_us,
                state="unreadable",
                next="source",
                reasons=[answers.unreadable(str(detail["reason"]))],
            )
        ]


def _known(item: Input[Submitted], rows: Sequence[Decision]) -> Verdict | None:
    """The answer to what was received before; a revision number belongs to the content that came first."""
    verdict = repeated(item, rows, lower=Kind.LATE)
    if verdict is None:
        same = [row for row in rows if row.revision == item.revision]
        return Settle(Kind.CONFLICTING, _DETAILS[Kind.CONFLICTING], (same[-1],)) if same else None
    if isinstance(verdict, Settle):
        return Settle(verdict.kind, _DETAILS[verdict.kind], verdict.against)
    return verdict


def _wrong_headers(record: Record) -> str | None:
    try:
        Envelope.from_headers(record.headers, TYPES)
    except BadEnvelope as bad:
        return bad.reason
    return None


def _rejection(item: Input[Submitted], about: messages.About, row: Decision) -> Message:
    submission = messages.submission_id(item.record.origin) if item.event.addressee.is_masked else None
    return messages.status(
        "intake",
        about,
        row,
        state=REJECTED,
        next="source",
        reasons=Rejection.read(row.body).reasons,
        submission=submission,
        same_key=False,
    )


def _validated(event: Submitted, about: messages.About, row: Decision) -> Validated:
    """What scoring gets: a pure function of the form and the stored row."""
    if event.examined is not None and event.examined[0] == row.body:
        _, acceptance, parts = event.examined
    else:
        acceptance = Acceptance.read(row.body)
        parts = parts_again(event.submission, acceptance.grounds, acceptance.on)
    return Validated(
        application_id=about.application_id,
        source=about.source,
        source_ref=about.source_ref,
        revision=about.revision,
        n=row.n,
        programme=parts.programme,
        received_at=messages.moment(acceptance.received_us),
        outcome="passed",
        person=parts.person,
        household=parts.household,
        declarations=parts.declarations,
        payee=parts.payee,
        gaps=acceptance.grounds.gaps,
        derived=tuple(sorted(acceptance.grounds.derived)),
    )


@lru_cache(maxsize=1024)
def _dhaka_date(at_ms: int) -> date:
    return policy_date(messages.moment(at_ms * 1000))
