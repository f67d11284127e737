"""Judge a batch of applications that are in the index: look at others, reserve what competes, say what is decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from services.dedup.concede import (
    Accept,
    Agenda,
    Ask,
    Case,
    Judgement,
    Met,
    Refuse,
    Wait,
    concession,
    has_conceded,
    judge,
    waits,
)
from services.dedup.evidence import evidence
from services.dedup.features import Features
from services.dedup.register import Found, Register, known, unpacked
from services.dedup.rules import Level, Match, compare
from services.dedup.ruling import Hold, Identity, Ruling, State, Suspect, passed_on
from services.dedup.tables import HOLDS, RESTS, FeaturesRow, HoldRow, RestRow
from shared.contracts.chain import Scored
from shared.contracts.person import Person
from shared.privacy import Pseudonyms
from shared.store.claims import Claims, Holder, Wanted
from shared.store.port import Insert, Store
from shared.store.tables import DECISIONS, Decision


class Ruled(NamedTuple):
    """Decided: to be stored as the case's next decision, with the ``reservations`` that are stored already."""

    ruling: Ruling
    claims: tuple[str, ...]
    reservations: tuple[Decision, ...]


class LookAgain(NamedTuple):
    """Something was lost to another, or is about to be decided in this batch."""


class Superseded(NamedTuple):
    """A higher revision of the application is in the index."""

    reservations: tuple[Decision, ...]


Outcome = Ruled | LookAgain | Superseded


@dataclass(slots=True)
class _Hearing:
    """One case while it is heard.

    ``found`` are all near it, ``touched`` those that it matches in any revision, ``apart`` those of whom a reviewer has
    said that they are other people, ``met`` the rest.
    """

    case: Case
    history: tuple[Decision, ...]
    found: Mapping[str, Found]
    met: list[Met]
    touched: dict[str, Match]
    apart: set[str]
    reserved: list[Decision]
    judgement: Judgement | None = None
    claims: tuple[str, ...] = ()


class Hearing(NamedTuple):
    """A case, all decisions on its application, and where its own person's masked values are read from."""

    case: Case
    history: tuple[Decision, ...]
    person: Person


class Adjudicator:
    """See ``concede.py`` for the rules; here are their reads and writes, a constant number for each batch."""

    def __init__(
        self, store: Store, register: Register, pseudonyms: Pseudonyms, policy: str, now_us: Callable[[], int]
    ) -> None:
        self._store, self._register, self._pseudonyms = store, register, pseudonyms
        self._policy, self._now_us = policy, now_us
        self._claims = Claims(store)

    async def hear(self, hearings: Sequence[Hearing]) -> list[Outcome]:
        """One outcome for each, in order. The applications must be in the index already."""
        if not hearings:
            return []
        heard = await self._look(hearings)
        agenda = Agenda()
        for each in sorted(heard, key=lambda each: each.case.known.place):
            self._judge(each, agenda)
        await self._reserve(heard)
        await self._claim([each for each in heard if isinstance(each.judgement, Accept)])
        people = await self._people(heard)
        return [self._outcome(each, hearing.person, people) for each, hearing in zip(heard, hearings, strict=True)]

    async def _look(self, hearings: Sequence[Hearing]) -> list[_Hearing]:
        """Read who is near, compare, then read the decisions of those that match."""
        near = await self._register.neighbours(
            [(case.features, (*case.distinct, *case.same)) for case, _, _ in hearings]
        )
        heard = [
            _Hearing(case, history, found, [], _touched(case, found), set(case.distinct), [])
            for (case, history, _), found in zip(hearings, near, strict=True)
        ]
        decisions = await self._register.decisions({name for each in heard for name in each.touched})
        for each in heard:
            self._meet(each, decisions)
        return heard

    def _meet(self, each: _Hearing, decisions: Mapping[str, tuple[Decision, ...]]) -> None:
        case = each.case
        for name in each.touched:
            rows = decisions.get(name, ())
            each.reserved += (row for row in rows if row[3:6] == case.origin)
            latest = each.found[name].latest
            match = _match(case, latest)
            other = known(latest, rows)
            if match is None:
                continue
            ruling = other.ruling
            if ruling is not None and case.known.application_id in ruling.distinct and name not in case.same:
                each.apart.add(name)
                continue
            each.met.append(Met(other, match))

    def _judge(self, each: _Hearing, agenda: Agenda) -> None:
        own = each.found.get(each.case.known.application_id)
        if own is not None and own.latest.revision > each.case.known.row.revision:
            return
        judgement: Judgement | None = judge(each.case, each.met)
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

    async def _claim(self, accepted: Sequence[_Hearing]) -> None:
        """Take the claims on the national ids of those to be accepted (design.md §5)."""
        keys = [self._claim_keys(each.case.features) for each in accepted]
        wanted = [
            Wanted(key, each.case.known.application_id, each.case.origin)
            for each, of_it in zip(accepted, keys, strict=True)
            for key in of_it
        ]
        if not wanted:
            return
        holders = await self._claims.take(wanted)
        for each, of_it in zip(accepted, keys, strict=True):
            for key in of_it:
                self._settle_claim(each, key, holders[key])
        asking = [_hold(each.case) for each in accepted if isinstance(each.judgement, Ask)]
        if asking:
            await self._store.insert(HOLDS, asking)

    def _settle_claim(self, each: _Hearing, key: str, holder: Holder) -> None:
        """Ours; or another's, who is this same person, or was found to be somebody else, or must be looked at.

        An undecided holder that was met has conceded: it stays without the claim, and this one goes on without it too,
        since the protocol keeps the pair apart by itself.
        """
        if not isinstance(each.judgement, Accept):
            return
        if holder.owner == each.case.known.application_id:
            each.claims = (*each.claims, key)
            return
        recognised = {other.application_id for other in each.judgement.recognised}
        if holder.owner in recognised or holder.owner in each.apart:
            return
        found = each.found.get(holder.owner)
        if found is None or (holder.decided and _match(each.case, found.latest) is not None):
            # It came, or was decided, after we looked.
            each.judgement = None
        elif holder.decided:
            # Its present revision names another id; until that is decided, this id is its.
            match = compare(each.case.features, unpacked(found.revisions[0].packed)) or Match(Level.SUSPICIOUS, ())
            other = known(found.latest, ())
            each.judgement = Ask((Met(other, match),))

    def _claim_keys(self, features: Features) -> tuple[str, ...]:
        numbers = (("n10", features.n10), ("n13", features.n13))
        return tuple(f"{kind}:{self._pseudonyms.hash_of(f'national-id-{kind}', n)}" for kind, n in numbers if n)

    async def _people(self, heard: Sequence[_Hearing]) -> Mapping[tuple[str, int], Person]:
        """The persons of the others that evidence is about."""
        refs = [(other.application_id, other.known.row.revision) for each in heard for other in _shown(each.judgement)]
        if not refs:
            return {}
        parts = await self._register.parts(refs)
        return {ref: Scored.read(event).person for ref, event in parts.items()}

    def _outcome(self, each: _Hearing, person: Person, people: Mapping[tuple[str, int], Person]) -> Outcome:
        case, judgement = each.case, each.judgement
        row, reserved = case.known.row, tuple(each.reserved)
        own = each.found.get(row.application_id)
        if own is not None and own.latest.revision > row.revision:
            return Superseded(reserved)
        if judgement is None:
            return LookAgain()
        said = Ruling(
            State.REVIEW if not isinstance(judgement, Accept) else State.CLEARED,
            row.source,
            row.source_ref,
            person=_identity(case, judgement.recognised) if isinstance(judgement, Accept) else None,
            suspects=tuple(_suspect(other, person, people) for other in _shown(judgement)),
            distinct=tuple(sorted(case.distinct)),
            same=tuple(sorted(case.same)),
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
        return Ruled(said, each.claims, reserved)


def _touched(case: Case, found: Mapping[str, Found]) -> dict[str, Match]:
    """Those that match in any revision: a reservation made on an earlier one is still ours."""
    touched: dict[str, Match] = {}
    for name, other in found.items():
        if name == case.known.application_id:
            continue
        for row in other.revisions:
            match = _match(case, row)
            if match is not None:
                touched[name] = match
    return touched


def _match(case: Case, other: FeaturesRow) -> Match | None:
    """The match by the rules, unless a reviewer has said what it is."""
    if other.application_id in case.distinct:
        return None
    match = compare(case.features, unpacked(other.packed))
    if other.application_id in case.same:
        return Match(Level.SAME, match.evidence if match is not None else ())
    return match


def _hold(case: Case) -> HoldRow:
    """The entry in the queue of reviews."""
    row = case.known.row
    return HoldRow(row.place_us, row.application_id, row.revision, case.features.union[:8])


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


def _suspect(other: Met, person: Person, people: Mapping[tuple[str, int], Person]) -> Suspect:
    row = other.known.row
    fields = evidence(other.match, person, people.get((row.application_id, row.revision)))
    return Suspect(row.application_id, row.revision, other.known.n, other.match.level.name.lower(), fields)


def _identity(case: Case, recognised: Sequence[Met]) -> Identity:
    """The person of the earliest application that is recognised, or a new one, named by its first application."""
    identities = [ruling.person for other in recognised if (ruling := other.known.ruling) and ruling.person]
    if not identities:
        name = case.known.application_id
        return Identity(name, (name,))
    return Identity(identities[0].person_id, tuple(sorted({one for person in identities for one in person.cluster})))
