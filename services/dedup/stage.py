"""The dedup stage: scored applications and reviewers' verdicts in, decisions out. The order of the steps, no more."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from services.dedup import application
from services.dedup.adjudicate import Adjudicator, Hearing, LookAgain, Outcome, Superseded
from services.dedup.concede import Case
from services.dedup.index import ref_of
from services.dedup.matching.bangladesh.person import record_of
from services.dedup.matching.engine import Engine
from services.dedup.publish import Publisher, superseded
from services.dedup.register import Entry, Register, known
from services.dedup.reopen import Reopener, as_draft
from services.dedup.ruling import Ruling, Standing, State, passed_on, read
from services.dedup.tables import RevisionRow
from services.dedup.verdicts import Verdicts
from shared import topics
from shared.contracts.base import NotAsAgreed
from shared.contracts.chain import Scored
from shared.contracts.command import ReviewDecided
from shared.envelope import BadEnvelope, Envelope
from shared.stage.digests import digest_of_content
from shared.stage.numbering import next_number, repeated
from shared.stage.records import Record
from shared.stage.stage import (
    Again,
    BadRecord,
    Decide,
    Draft,
    History,
    Input,
    Kind,
    Message,
    Settle,
    Settled,
    Stored,
    Verdict,
)
from shared.store.tables import Decision

SCORED_TYPES = frozenset({"application.scored.v1"})
REVIEW_TYPES = frozenset({"review.decided.v1"})

_REVISION_ROW = partial(tuple.__new__, RevisionRow)
"""``RevisionRow`` without counting to ten."""

Event = Scored | ReviewDecided


class DedupStage:
    """One decision for each revision of an application, and further ones by verdict, timer and concession."""

    name = "dedup"

    def __init__(
        self,
        policy: str,
        register: Register,
        engine: Engine,
        adjudicator: Adjudicator,
        reopener: Reopener,
        publisher: Publisher,
        verdicts: Verdicts,
        decided_again: Callable[[str], None] = lambda application_id: None,
        held: Callable[[str], None] = lambda application_id: None,
    ) -> None:
        """``decided_again`` hears of applications whose earlier decision others may rest on, ``held`` of those that
        wait for others: both tell the sweeper where to look."""
        self.policy = policy
        self._register, self._engine = register, engine
        self._adjudicator, self._reopener = adjudicator, reopener
        self._publisher, self._verdicts = publisher, verdicts
        self._decided_again, self._held = decided_again, held

    def read(self, record: Record) -> Input[Event]:
        """A scored application or a reviewer's verdict; raises ``BadRecord``."""
        review = record.origin.topic == topics.REVIEW_DECIDED
        try:
            envelope = Envelope.from_headers(record.headers, REVIEW_TYPES if review else SCORED_TYPES)
            event = ReviewDecided.read(record.value or b"") if review else application.read(record.value or b"")
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except NotAsAgreed:
            raise BadRecord("not_a_verdict" if review else "not_a_scored_application") from None
        digest = digest_of_content(record.value or b"")
        return Input(record, envelope, event, event.application_id, event.revision, digest)

    async def decide(self, inputs: Sequence[Input[Event]], history: History) -> Sequence[Verdict]:
        """First into the index, all of them; then look, reserve and rule."""
        verdicts: list[Verdict] = [Again()] * len(inputs)
        fresh: list[tuple[int, Input[Scored], Entry]] = []
        said: list[tuple[int, Input[ReviewDecided]]] = []
        for place, item in enumerate(inputs):
            if isinstance(item.event, ReviewDecided):
                said.append((place, cast("Input[ReviewDecided]", item)))
                continue
            scored = cast("Input[Scored]", item)
            rows = history[item.subject]
            settled = _settled(scored, rows) if rows else None
            if settled is not None:
                verdicts[place] = settled
            else:
                fresh.append((place, scored, self._entry(scored)))
        for place, verdict in await self._with_reservations(inputs, verdicts):
            verdicts[place] = verdict
        answers = await self._reopener.decide(await self._verdicts.requests([item for _, item in said]))
        for (place, verdict_of), answer in zip(said, answers, strict=True):
            verdicts[place] = answer
            self._decided_again(verdict_of.subject)
            self._held(verdict_of.subject)
        for (place, _, _), verdict in zip(fresh, await self._decide_fresh(fresh, history), strict=True):
            verdicts[place] = verdict
        return verdicts

    async def emit(self, settled: Sequence[Settled[Event]]) -> Sequence[Sequence[Message]]:
        """Status and cleared events of what was decided; an answer to what came too late; silence on the rest."""
        out: list[list[Message]] = [[] for _ in settled]
        verdicts: list[int] = []
        for place, item in enumerate(settled):
            if item.input is None:
                continue
            if isinstance(item.input.event, ReviewDecided):
                if item.kind in (Kind.DECISION, Kind.REFUSED):
                    verdicts.append(place)
                continue
            scored = cast("Input[Scored]", item.input)
            if item.kind is Kind.DECISION:
                out[place] = self._publisher.after_event(item.decisions, scored)
            elif item.kind is Kind.SUPERSEDED:
                out[place] = [superseded(scored, item.at_us)]
        if verdicts:
            worded = await self._publisher.after_request(
                [
                    (each.decisions, each.input.subject if each.input else None)
                    for each in map(settled.__getitem__, verdicts)
                ]
            )
            for place, messages in zip(verdicts, worded, strict=True):
                out[place] = messages
        return out

    async def _decide_fresh(self, fresh: Sequence[tuple[int, Input[Scored], Entry]], history: History) -> list[Verdict]:
        rows = await self._register.enter([entry for _, _, entry in fresh]) if fresh else []
        verdicts: list[Verdict] = [Again()] * len(fresh)
        hearings: list[tuple[int, Hearing]] = []
        for at, ((_, item, entry), row) in enumerate(zip(fresh, rows, strict=True)):
            decisions = tuple(history[item.subject])
            if item.event.outcome == "withdrawn":
                verdicts[at] = Decide((_withdrawn(item, decisions),))
                self._decided_again(item.subject)
                continue
            n = next_number(decisions, item.revision, item.record.origin)
            case = Case(known(row, decisions), entry.looking, item.record.origin, item.digest, n)
            hearings.append((at, Hearing(case, decisions)))
        outcomes = await self._adjudicator.hear([hearing for _, hearing in hearings])
        for (at, hearing), outcome in zip(hearings, outcomes, strict=True):
            verdicts[at] = self._verdict(hearing.case, outcome)
        return verdicts

    async def _with_reservations(
        self, inputs: Sequence[Input[Event]], verdicts: Sequence[Verdict]
    ) -> list[tuple[int, Verdict]]:
        """Of inputs that bring nothing new, those that had others concede before a crash: that is theirs to tell."""
        places = [place for place, verdict in enumerate(verdicts) if isinstance(verdict, Settle)]
        made = [(inputs[place].subject, inputs[place].record.origin) for place in places]
        reserved = await self._register.reservations(made)
        return [(place, Stored(rows)) for place, rows in zip(places, reserved, strict=True) if rows]

    def _entry(self, item: Input[Scored]) -> Entry:
        event = item.event
        record = record_of(event.person)
        features = self._engine.features(record)
        ref = ref_of(event.application_id)
        row = _REVISION_ROW(
            (
                ref,
                event.application_id,
                event.revision,
                event.programme,
                event.source,
                event.source_ref,
                application.place_us(event),
                record["union"],
                self._engine.pack(features),
                item.record.value or b"",
            )
        )
        return Entry(row, self._register.looking_for(features, ref))

    def _verdict(self, case: Case, outcome: Outcome) -> Verdict:
        name, revision = case.known.row.application_id, case.known.row.revision
        if isinstance(outcome, LookAgain):
            return Again()
        if isinstance(outcome, Superseded):
            return Stored(outcome.reservations) if outcome.reservations else Settle(Kind.SUPERSEDED)
        ruling = outcome.ruling
        if revision > 1:
            self._decided_again(name)
        if ruling.standing is Standing.UNDECIDED:
            self._held(name)
        for row in outcome.reservations:
            self._held(row.subject)
        draft = Draft(name, revision, case.n, ruling.state.value, ruling.write())
        return Decide((draft, *map(as_draft, outcome.reservations)))


def _settled(item: Input[Scored], rows: Sequence[Decision]) -> Verdict | None:
    """The verdict on what is decided already; None where the event is to be decided.

    Rows by other origins are no news of the event itself: others make it concede, and a timer may have decided what
    was left over by a crash.
    """
    known_already = repeated(item, rows, lower=Kind.SUPERSEDED)
    if known_already is not None:
        return known_already
    of_revision = [row for row in rows if row.revision == item.revision]
    if of_revision and item.event.outcome == "passed" and read(of_revision[-1].body).standing is not Standing.UNDECIDED:
        return Settle(Kind.RECOGNISED, against=(of_revision[-1],))
    return None


def _withdrawn(item: Input[Scored], rows: Sequence[Decision]) -> Draft:
    """It no longer qualifies: it gives up its claims, and what was passed on is withdrawn."""
    event = item.event
    ruling = Ruling(State.WITHDRAWN, event.source, event.source_ref, withdraws=passed_on(rows))
    n = next_number(rows, item.revision, item.record.origin)
    return Draft(event.application_id, event.revision, n, ruling.state.value, ruling.write())
