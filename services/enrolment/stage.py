"""The enrolment stage: cleared applications come into their cells, committees' words are taken up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

import msgspec
import orjson

from services.enrolment.announce import Announcer
from services.enrolment.cells import CellId
from services.enrolment.decided import decided, is_answer
from services.enrolment.express import Case, Express, home
from services.enrolment.logbook import Logbook
from services.enrolment.places import Cell, Step, Version
from services.enrolment.reasons import REASONS
from services.enrolment.selection import is_taken_up, take_up
from services.enrolment.tables import CELLS, PARTS, CellRow, PartsRow
from shared.contracts.base import NotAsAgreed
from shared.contracts.chain import Cleared
from shared.contracts.command import SelectionDecided
from shared.envelope import BadEnvelope, Envelope
from shared.policy.policy import Policy
from shared.stage import messages
from shared.stage.digests import digest_of_content
from shared.stage.numbering import caused_by, latest, repeated
from shared.stage.records import Origin, Record
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
from shared.store.port import Insert, Store
from shared.store.tables import DECISIONS, Decision

CLEARED, SELECTION = "application.cleared.v1", "selection.decided.v1"
TYPES = frozenset({CLEARED, SELECTION})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUPERSEDED: Final = Kind.SUPERSEDED  # a look into an enum takes ten times as long, and each record asks

Event = Cleared | SelectionDecided


class _Arrival(msgspec.Struct, frozen=True, gc=False):
    """A cleared event to take up: in ``cell``, and out of ``left`` where an earlier version stood elsewhere.

    ``log`` is the cell's, put together once.
    """

    item: Input[Event]
    event: Cleared
    version: Version
    cell: CellId
    log: str
    left: CellId | None
    rows: Sequence[Decision]

    @property
    def origin(self) -> Origin:
        return self.item.record.origin


@dataclass(frozen=True, slots=True)
class _Word:
    """A committee's word on an application in ``cell``; ``done`` is its answer where that is stored already."""

    item: Input[Event]
    event: SelectionDecided
    cell: CellId
    parts: Mapping[tuple[int, int], Cleared]
    rows: Sequence[Decision]
    done: tuple[Decision, ...]

    @property
    def origin(self) -> Origin:
        return self.item.record.origin


class EnrolmentStage:
    """See ``shared.stage.stage.Stage``."""

    name = "enrolment"

    def __init__(self, policy: Policy, store: Store, logbook: Logbook, now_us: Callable[[], int]) -> None:
        """``now_us`` is µs since 1970 UTC."""
        self.policy = policy.hash
        self._policy, self._store, self._logbook = policy, store, logbook
        self._express = Express(policy, store, logbook, now_us)
        self._announcer = Announcer(store)
        self._cells_known: set[CellId] = set()

    def read(self, record: Record) -> Input[Event]:
        """A cleared application or a committee's word; raises ``BadRecord``."""
        value = record.value or b""
        try:
            envelope = Envelope.from_headers(record.headers, TYPES)
            if envelope.type == CLEARED:
                cleared = Cleared.read(value)
            else:
                word = SelectionDecided.read(value)
                if not word.application_id or not word.command_id:
                    raise BadRecord("not_a_selection")
                return Input(record, envelope, word, word.application_id, 0, digest_of_content(value))
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except NotAsAgreed:
            raise BadRecord("not_a_selection" if envelope.type == SELECTION else "not_a_cleared_application") from None
        if not cleared.application_id:
            raise BadRecord("not_a_cleared_application")
        if cleared.programme not in self._policy.programmes:
            raise BadRecord("programme_unknown")
        return Input(record, envelope, cleared, cleared.application_id, cleared.revision, digest_of_content(value))

    async def decide(self, inputs: Sequence[Input[Event]], history: History) -> Sequence[Verdict]:
        """Bring all into their cells' logs in one go, then say what has become of each."""
        verdicts: dict[str, Verdict] = {}
        arrivals: list[_Arrival] = []
        asked: list[Input[Event]] = []
        for item in inputs:
            event, rows = item.event, history[item.subject]
            # Not the other way round: pydantic's models answer ``isinstance`` by a call for all that are not of them.
            if not isinstance(event, Cleared):
                asked.append(item)
            elif rows and (known := _known(item, event, rows)) is not None:
                verdicts[item.subject] = known
            else:
                arrivals.append(self._arrival(item, event, rows))
        words = await self._words(asked, history, verdicts) if asked else []
        if arrivals or words:
            verdicts |= await self._take_up(arrivals, words)
        return [verdicts[item.subject] for item in inputs]

    async def emit(self, settled: Sequence[Settled[Event]]) -> Sequence[Sequence[Message]]:
        """Status lines and changes of entitlements; an answer to what came late."""
        said = await self._announcer.messages(cast(Sequence[Settled[object]], settled))
        for place, item in enumerate(settled):
            if item.kind is _SUPERSEDED and item.input is not None and isinstance(item.input.event, Cleared):
                event = item.input.event
                about = messages.About(event.application_id, event.source, event.source_ref, event.revision)
                said[place] = [messages.superseded("enrolment", about, item.record.origin, item.at_us)]
        return said

    def _arrival(self, item: Input[Event], event: Cleared, rows: Sequence[Decision]) -> _Arrival:
        last = latest(rows) if rows else None
        before = decided(last) if last is not None else None
        cell, left = home(event, self._policy), None
        if before is not None and before.cell != cell:
            if event.outcome == "withdrawn":
                cell = before.cell
            else:
                left = before.cell
        since = event.received_at - _EPOCH
        received_us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        version = Version(event.application_id, event.revision, event.n, event.rank.order, received_us)
        return _Arrival(item, event, version, cell, cell.log, left, rows)

    def _parts(self, arrivals: Sequence[_Arrival]) -> list[Insert]:
        """To be stored before anything else: what a command or a committee will need to publish later on."""
        if not arrivals:
            return []
        parts = [PartsRow(*each.version[:3], each.item.record.value or b"") for each in arrivals]
        cells = {each.cell for each in arrivals} - self._cells_known
        return [
            Insert(PARTS, parts),
            *([Insert(CELLS, [CellRow(cell.programme, cell.area) for cell in sorted(cells)])] if cells else ()),
        ]

    async def _words(
        self, asked: Sequence[Input[Event]], history: History, verdicts: dict[str, Verdict]
    ) -> list[_Word]:
        """The committees' words that are still to be taken up; the verdicts on the others are noted."""
        events = [cast(SelectionDecided, item.event) for item in asked]
        answers: dict[str, list[Decision]] = {}
        for row in await self._store.find(DECISIONS, "subject", [event.command_id for event in events]):
            # A committee names its commands itself, and may do so by the application that one is about.
            if is_answer(row):
                answers.setdefault(row.subject, []).append(row)
        parts: dict[str, dict[tuple[int, int], Cleared]] = {}
        for kept in await self._store.find(PARTS, "application_id", [event.application_id for event in events]):
            parts.setdefault(kept.application_id, {})[kept.revision, kept.n] = Cleared.read(kept.event)
        words: list[_Word] = []
        named: set[str] = set()
        for item, event in zip(asked, events, strict=True):
            rows = history[item.subject]
            if event.command_id in named:
                # Taken up in one go both would change their cells, and only one of them be answered.
                verdicts[item.subject] = Again()
                continue
            named.add(event.command_id)
            known = _answered(item, answers.get(event.command_id, ()), rows)
            if known is not None:
                verdicts[item.subject] = known
            elif item.subject not in parts:
                verdicts[item.subject] = _refused(event, "not_in_a_round")
            else:
                of = parts[item.subject]
                last = latest(rows)
                before = decided(last) if last is not None else None
                cell = before.cell if before is not None else home(of[max(of)], self._policy)
                done = caused_by(answers.get(event.command_id, ()), item.record.origin)
                words.append(_Word(item, event, cell, of, rows, done))
        return words

    async def _take_up(self, arrivals: Sequence[_Arrival], words: Sequence[_Word]) -> dict[str, Verdict]:
        first = (arrivals or words)[0].origin
        ids = {each.log: each.cell for each in arrivals}
        ids |= {each.cell.log: each.cell for each in words}
        ids |= {each.left.log: each.left for each in arrivals if each.left is not None}
        refusals: dict[str, str] = {}

        def propose(cells: Mapping[str, Cell]) -> dict[str, list[Step]]:
            plans = {log: self._express.plan(cell, ids[log]) for log, cell in cells.items() if log in ids}
            for each in arrivals:
                origin = each.item.record.origin
                if each.left is not None:
                    plans[each.left.log].go(each.version, origin)
                if each.event.outcome == "withdrawn":
                    plans[each.log].withdraw(each.version, origin)
                else:
                    plans[each.log].arrive(each.version, origin)
            refusals.clear()
            for word in words:
                plan = plans[word.cell.log]
                if not is_taken_up(plan.cell.members.get(word.event.application_id), word.origin):
                    refused = take_up(plan, word.event, word.origin)
                    if refused is not None:
                        refusals[word.item.subject] = refused
            for log, plan in plans.items():
                if self._policy.programmes[ids[log].programme].selection == "rolling":
                    plan.give_to_arrivals()
            return {log: plan.steps() for log, plan in plans.items()}

        cells = await self._logbook.change(ids, first, propose, before=self._parts(arrivals))
        self._cells_known.update(each.cell for each in arrivals)
        cases = [Case(each.event, each.cell, each.item.record.origin, each.rows) for each in arrivals]
        taken_up: list[_Word] = []
        for word in words:
            member = cells[word.cell.log].members.get(word.event.application_id)
            if word.item.subject not in refusals and member is not None and member.version in word.parts:
                taken_up.append(word)
                cases.append(Case(word.parts[member.version], word.cell, word.origin, word.rows))
        drafts = await self._express.drafts(cases, cells)
        said = {case.application_id: draft for case, draft in zip(cases, drafts, strict=True)}
        verdicts: dict[str, Verdict] = {}
        for each in arrivals:
            draft = said[each.item.subject]
            verdicts[each.item.subject] = Settle(Kind.SUPERSEDED) if draft is None else Decide((draft,))
        for word in words:
            name = word.item.subject
            if word not in taken_up:
                # Taken up and answered once, and by now another word has gone over it and says what is so.
                refused = _refused(word.event, refusals.get(name, "not_in_a_round"))
                verdicts[name] = Stored(word.done) if word.done else refused
                continue
            draft = said[name]
            answer = _done(word.event, None if draft is None else draft.state)
            verdicts[name] = Decide((answer,) if draft is None else (draft, answer))
        return verdicts


def _known(item: Input[Event], event: Cleared, rows: Sequence[Decision]) -> Verdict | None:
    """The verdict on what brings nothing new, by upstream (revision, n); ``rows`` are those of its application."""
    known = repeated(item, rows, lower=Kind.SUPERSEDED)
    if known is not None:
        return known
    seen = [(said.version, row) for row in rows if (said := decided(row)) is not None]
    if not seen:
        return None
    highest, row = max(seen, key=lambda pair: (pair[0], pair[1].revision, pair[1].n))
    if highest > (event.revision, event.n):
        return Settle(Kind.SUPERSEDED, against=(row,))
    # Said already by a command or a committee that was faster than this record.
    return Settle(Kind.RECOGNISED, against=(row,)) if highest == (event.revision, event.n) else None


def _answered(item: Input[Event], answers: Sequence[Decision], rows: Sequence[Decision]) -> Verdict | None:
    """The verdict on a committee's word that has been answered, for this record or for another one like it."""
    own = caused_by(answers, item.record.origin)
    if any(row.state == "refused" for row in own):
        return Stored(own, Kind.REFUSED)
    said = caused_by(rows, item.record.origin)
    if own and said:
        return Stored(said)
    if answers and not own:
        return Settle(Kind.RECOGNISED, against=tuple(answers[-1:]))
    return None


def _done(event: SelectionDecided, state: str | None) -> Draft:
    result: dict[str, object] = {
        "application_id": event.application_id,
        "round_id": event.round_id,
        "selected": event.selected,
        "override": event.override,
        "reason": event.reason,
        "state": state,
    }
    body = orjson.dumps({"result": result}, option=orjson.OPT_SORT_KEYS)
    return Draft(event.command_id, 0, 1, "done", body)


def _refused(event: SelectionDecided, code: str) -> Decide:
    body = orjson.dumps({"reasons": msgspec.to_builtins([REASONS[code]])})
    return Decide((Draft(event.command_id, 0, 1, "refused", body),), Kind.REFUSED)
