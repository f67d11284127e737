"""Judge a batch of applications that are in the index: look at others, reserve what competes, say what is decided."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from services.dedup.concede import (
    Accept,
    Agenda,
    Ask,
    Case,
    Judgement,
    Known,
    Level,
    Met,
    Refuse,
    Wait,
    concession,
    has_conceded,
    judge,
    waits,
)
from services.dedup.evidence import masked, suspect
from services.dedup.matching.engine import Engine
from services.dedup.matching.evidence import Outcome as Finding
from services.dedup.register import Found, Neighbourhood, Register, Wanted, known
from services.dedup.ruling import Hold, Identity, Ruling, Standing, State, Suspect, passed_on
from services.dedup.tables import HOLDS, RESTS, HoldRow, RestRow
from shared.store.port import Insert, Store
from shared.store.tables import DECISIONS, Decision

Truncated = Callable[[str], None]
"""Told the kind of a key of which not everybody could be looked at, once for each application."""


class Ruled(msgspec.Struct, frozen=True, gc=False):
    """Decided: to be stored as the case's next decision, with the ``reservations`` that are stored already."""

    ruling: Ruling
    reservations: tuple[Decision, ...]


class LookAgain(NamedTuple):
    """Something was lost to another, or is about to be decided in this batch."""


class Superseded(NamedTuple):
    """A higher revision of the application is in the index."""

    reservations: tuple[Decision, ...]


Outcome = Ruled | LookAgain | Superseded


class _Hearing(msgspec.Struct):
    """One case while it is heard.

    ``hood`` are all near it, ``touched`` those that it matches in any revision, with the highest level of each revision
    that matches; ``met`` those of them that are not, by a reviewer's word, other people; ``strangers`` as in ``judge``.
    ``overtaken``: a higher revision of the application is in the index.
    """

    case: Case
    history: tuple[Decision, ...]
    hood: Neighbourhood
    overtaken: bool
    touched: dict[str, dict[int, Level]]
    reserved: list[Decision] = []
    met: list[Met] = []
    strangers: frozenset[str] = frozenset()
    judgement: Judgement | None = None


class Hearing(msgspec.Struct, frozen=True, gc=False):
    """A case, and all decisions on its application."""

    case: Case
    history: tuple[Decision, ...]


class Adjudicator:
    """See ``concede.py`` for the rules; here are their reads and writes, a constant number for each batch."""

    def __init__(
        self,
        store: Store,
        register: Register,
        engine: Engine,
        policy: str,
        now_us: Callable[[], int],
        truncated: Truncated = lambda kind: None,
    ) -> None:
        self._store, self._register, self._engine = store, register, engine
        self._policy, self._now_us, self._truncated = policy, now_us, truncated
        self._model = f"{engine.model.id} {engine.model.hash[:12]}"

    async def hear(self, hearings: Sequence[Hearing]) -> list[Outcome]:
        """One outcome for each, in order. The applications must be in the index already."""
        if not hearings:
            return []
        size = await self._register.size()
        heard = await self._look(hearings, size)
        agenda = Agenda()
        for each in sorted(heard, key=lambda each: each.case.known.place):
            self._judge(each, agenda)
        await self._reserve(heard)
        return [self._outcome(each, size) for each in heard]

    async def _look(self, hearings: Sequence[Hearing], size: int) -> list[_Hearing]:
        """Read who is near, compare, then read the decisions of those that match."""
        cases = [hearing.case for hearing in hearings]
        near = await self._register.neighbours(
            [Wanted(case.looking, case.known.row, case.distinct | case.same) for case in cases]
        )
        heard = [
            _Hearing(
                case, hearing.history, hood, _is_overtaken(case, hood.found), self._touched(case, hood.found, size)
            )
            for case, hearing, hood in zip(cases, hearings, near, strict=True)
        ]
        matching = [each for each in heard if each.touched]
        if matching:
            decisions = await self._register.decisions({name for each in matching for name in each.touched})
            for each in matching:
                _meet(each, decisions)
            await self._look_at_leaders(matching, size)
        return heard

    def _touched(self, case: Case, found: Mapping[str, Found], size: int) -> dict[str, dict[int, Level]]:
        """Those that match in any revision: a reservation made on an earlier one is still ours."""
        own, distinct = case.known.row.application_id, case.distinct
        rows = [row for name, other in found.items() if name != own and name not in distinct for row in other.revisions]
        touched: dict[str, dict[int, Level]] = {}
        if rows:
            scored = self._engine.score_candidates(case.looking.features, [row.packed for row in rows], size)
            for place, _, finding in scored:
                row = rows[place]
                level = Level.SAME if finding is Finding.DUPLICATE else Level.SUSPICIOUS
                touched.setdefault(row.application_id, {})[row.revision] = level
        if case.same:
            for name in case.same - distinct - {own}:
                if name in found:
                    touched[name] = dict.fromkeys((row.revision for row in found[name].revisions), Level.SAME)
        return touched

    async def _look_at_leaders(self, heard: Sequence[_Hearing], size: int) -> None:
        """Compare with the first application of each person that would be recognised, and was not met itself."""
        missing: list[tuple[_Hearing, str]] = []
        for each in heard:
            certain = {other.application_id for other in each.met if other.level is Level.SAME}
            for other in each.met:
                leads = other.person_id
                if (
                    leads is not None
                    and leads not in certain
                    and other.level is Level.SAME
                    and other.standing is Standing.ACCEPTED
                    and other.application_id not in each.case.same
                ):
                    missing.append((each, leads))
        if not missing:
            return
        found = await self._register.find({name for _, name in missing})
        for each, name in missing:
            if name in found and not self._touched(each.case, {name: found[name]}, size):
                each.strangers |= {name}

    def _judge(self, each: _Hearing, agenda: Agenda) -> None:
        if each.overtaken:
            return
        is_cut = bool(each.hood.truncated)
        judgement: Judgement | None = judge(each.case, each.met, is_cut=is_cut, strangers=each.strangers)
        if isinstance(judgement, Wait) and agenda.soon(judgement):
            judgement = None
        agenda.note(each.case.known.application_id, judgement)
        each.judgement = judgement

    async def _reserve(self, heard: Sequence[_Hearing]) -> None:
        """Have later ones concede, and note what the decisions to come rest on. Whoever loses looks again."""
        at_us = self._now_us()
        asked: list[tuple[_Hearing, Decision]] = []
        rests: list[RestRow] = []
        holds: list[HoldRow] = []
        for each in heard:
            me = each.case.known.row
            match each.judgement:
                case Accept(later=later):
                    for other in later:
                        if not has_conceded(other.known, each.case):
                            asked.append((each, concession(other.known, each.case, self._policy, at_us)))
                            rests.append(RestRow(me.application_id, other.application_id, other.known.row.revision))
                case Wait(earlier=earlier):
                    rests += (RestRow(other.application_id, me.application_id, me.revision) for other in earlier)
                case Refuse(original=original):
                    rests.append(RestRow(original.application_id, me.application_id, me.revision))
                case Ask():
                    holds.append(_hold(each.case))
        if not (asked or rests or holds):
            return
        wanted = [row for _, row in asked]
        _, _, stored = await self._store.insert_all(
            [Insert(RESTS, rests), Insert(HOLDS, holds), Insert(DECISIONS, wanted)]
        )
        for (each, row), kept in zip(asked, stored, strict=True):
            if kept[3:6] == row[3:6]:
                each.reserved.append(kept)
            else:
                each.judgement = None

    def _outcome(self, each: _Hearing, size: int) -> Outcome:
        case, judgement = each.case, each.judgement
        row, reserved = case.known.row, tuple(each.reserved)
        if each.overtaken:
            return Superseded(reserved)
        if judgement is None:
            return LookAgain()
        for kind in each.hood.truncated:
            self._truncated(kind)
        shown = _shown(judgement)
        said = Ruling(
            State.CLEARED if isinstance(judgement, Accept) else State.REVIEW,
            row.source,
            row.source_ref,
            person=_identity(case, judgement.recognised) if isinstance(judgement, Accept) else None,
            suspects=self._suspects(case, shown, size) if shown else (),
            distinct=tuple(sorted(case.distinct)) if case.distinct else (),
            same=tuple(sorted(case.same)) if case.same else (),
            model=self._model,
            truncated=each.hood.truncated,
            looked_at=case.looked_at,
        )
        match judgement:
            case Refuse(original=original):
                said = replace(
                    said, state=State.DUPLICATE, original=original.known.ref, withdraws=passed_on(each.history)
                )
            case Wait(earlier=earlier):
                # An earlier revision that was passed on stays so: this lasts until others are decided.
                said = replace(said, hold=Hold.SYSTEM, waits_for=tuple(waits(other) for other in earlier))
            case Ask():
                said = replace(said, hold=Hold.REVIEWER, withdraws=passed_on(each.history))
        return Ruled(said, reserved)

    def _suspects(self, case: Case, shown: Sequence[Met], size: int) -> tuple[Suspect, ...]:
        ours, suspects = masked(case.known.row.event), []
        for other in shown:
            theirs = self._engine.unpack(other.known.row.packed)
            comparison = self._engine.compare(case.looking.features, theirs, size)
            suspects.append(suspect(other, comparison, ours))
        return tuple(suspects)


def _is_overtaken(case: Case, found: Mapping[str, Found]) -> bool:
    """Whether a higher revision of the application is in the index."""
    row = case.known.row
    own = found.get(row.application_id)
    return own is not None and own.latest.revision > row.revision


def _meet(each: _Hearing, decisions: Mapping[str, tuple[Decision, ...]]) -> None:
    """Tell, given the decisions of those that it touches, whom a case has met."""
    case = each.case
    for name, levels in each.touched.items():
        rows = decisions.get(name, ())
        each.reserved += (row for row in rows if row[3:6] == case.origin)
        found = each.hood.found[name]
        other = known(found.latest, rows)
        level = levels.get(found.latest.revision)
        if level is None:
            before = _still_standing(other, found, levels, rows)
            if before is None:
                continue
            other, level = before, Level.SUSPICIOUS
        ruling = other.ruling
        if ruling is not None and case.known.application_id in ruling.distinct and name not in case.same:
            continue
        each.met.append(Met(other, level, found.keys))


def _still_standing(other: Known, found: Found, levels: Mapping[int, Level], rows: Sequence[Decision]) -> Known | None:
    """The accepted earlier revision that is met where the latest, which is not, has yet to be decided."""
    if other.standing is not Standing.UNDECIDED:
        return None
    for row in reversed(found.revisions):
        before = known(row, rows)
        if row.revision in levels and before.standing is Standing.ACCEPTED:
            return before
    return None


def _hold(case: Case) -> HoldRow:
    """The entry in the queue of reviews."""
    row = case.known.row
    return HoldRow(row.place_us, row.application_id, row.revision, row.area[:8])


def _shown(judgement: Judgement | None) -> tuple[Met, ...]:
    """Those that the evidence of a decision is about."""
    match judgement:
        case Refuse(original=original):
            return (original,)
        case Ask(suspects=suspects):
            return suspects
        case Accept(recognised=recognised):
            return recognised
    return ()


def _identity(case: Case, recognised: Sequence[Met]) -> Identity:
    """The person of the earliest application that is recognised, or a new one, named by its first application."""
    identities = [ruling.person for other in recognised if (ruling := other.known.ruling) and ruling.person]
    if not identities:
        name = case.known.application_id
        return Identity(name, (name,))
    return Identity(identities[0].person_id, tuple(sorted({one for person in identities for one in person.cluster})))
