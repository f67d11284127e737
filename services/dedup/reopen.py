"""Decide an application again, because a reviewer or a timer says so.

The input's own decision is its answer, under its ``command_id``. The application's decision goes with it and is stored
before it, so that there is an answer only where the decision stands.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import orjson
from msgspec.structs import replace

from services.dedup.adjudicate import Adjudicator, Hearing, LookAgain, Outcome, Ruled, Superseded
from services.dedup.concede import Case, Known
from services.dedup.reasons import reason
from services.dedup.register import Found, Register, known
from services.dedup.ruling import Hold, Ruling, Standing, State, passed_on, read
from shared.contracts.status import Reason
from shared.stage.commands import DONE, REFUSED
from shared.stage.numbering import caused_by
from shared.stage.records import Origin
from shared.stage.stage import Again, Decide, Draft, Kind, Settle, Stored, Verdict
from shared.store.tables import Decision


class Facts(NamedTuple):
    """What holds from now on: which applications reviewers call other people, and which the same person.

    ``verdict`` is the reviewer's word that says so, ``by`` and ``note`` are who said it, and why; None for a timer.
    """

    distinct: frozenset[str]
    same: frozenset[str]
    verdict: str | None = None
    by: str | None = None
    note: str | None = None

    @staticmethod
    def of(ruling: Ruling) -> "Facts":
        """What has held so far."""
        return Facts(frozenset(ruling.distinct), frozenset(ruling.same))

    def parted(self, names: Iterable[str]) -> "Facts":
        """These are other people."""
        others = frozenset(names)
        return self._replace(distinct=self.distinct | others, same=self.same - others)

    def joined(self, name: str) -> "Facts":
        """This one is the same person."""
        return self._replace(distinct=self.distinct - {name}, same=self.same | {name})

    def said(self, verdict: str, by: str, note: str) -> "Facts":
        """A reviewer has said so."""
        return self._replace(verdict=verdict, by=by, note=note)


class Request(NamedTuple):
    """An input that asks for a decision on ``application_id``, perhaps with regard to ``other``.

    ``examine`` is given both as they stand (None: not there) and answers with the facts to decide by, with a reason to
    refuse, or with None if there is nothing to decide.
    """

    origin: Origin
    digest: str
    command_id: str
    application_id: str
    examine: Callable[[Known, Known | None], Facts | Reason | None]
    other: str | None = None


class _Opened(NamedTuple):
    """A request on which an application is heard."""

    place: int
    hearing: Hearing
    facts: Facts


class Reopener:
    """Takes requests to verdicts; the number of store calls does not grow with the batch."""

    def __init__(self, register: Register, adjudicator: Adjudicator) -> None:
        self._register, self._adjudicator = register, adjudicator

    async def decide(self, requests: Sequence[Request]) -> list[Verdict]:
        """One verdict for each request. Of several on one application one is decided, the others are asked again."""
        if not requests:
            return []
        names = {name for each in requests for name in (each.application_id, each.other) if name is not None}
        # Decisions before the index: a decision's number rests on what was stored before anybody was looked at.
        decisions = await self._register.decisions({*names, *(request.command_id for request in requests)})
        found = await self._register.find(names)
        reserved = await self._register.reservations([(each.application_id, each.origin) for each in requests])
        verdicts: list[Verdict] = [Again()] * len(requests)
        opened: dict[str, _Opened] = {}
        for place, request in enumerate(requests):
            name = request.application_id
            answered = _answered(request, decisions.get(request.command_id, ()))
            own = caused_by(decisions.get(name, ()), request.origin)
            if answered is not None:
                verdicts[place] = answered
            elif own:
                # A replay after a crash between the decision and its answer.
                verdicts[place] = _done(request.command_id, map(as_draft, (own[0], *reserved[place])))
            elif name not in found:
                verdicts[place] = refusal(request.command_id, reason("application_unknown"))
            elif name not in opened:
                me = known(found[name].latest, decisions.get(name, ()))
                verdict = self._open(place, request, me, found, decisions, reserved[place])
                if isinstance(verdict, _Opened):
                    opened[name] = verdict
                else:
                    verdicts[place] = verdict
        for place, verdict in await self._hear(list(opened.values()), requests):
            verdicts[place] = verdict
        return verdicts

    def _open(
        self,
        place: int,
        request: Request,
        me: Known,
        found: Mapping[str, Found],
        decisions: Mapping[str, tuple[Decision, ...]],
        reserved: tuple[Decision, ...],
    ) -> _Opened | Verdict:
        name, history = request.application_id, decisions.get(request.application_id, ())
        other = request.other
        theirs = known(found[other].latest, decisions.get(other, ())) if other is not None and other in found else None
        facts = request.examine(me, theirs)
        if isinstance(facts, Reason):
            return refusal(request.command_id, facts, others=reserved)
        ruling = me.ruling
        if facts is None or ruling is None:
            # Without a decision its own event is on its way, and decides.
            return Stored(reserved) if reserved else Settle(Kind.RECOGNISED, against=history[-1:])
        if ruling.standing is Standing.REFUSED:
            # Held first and decided the next time: while it looks, others must see that it is undecided (concede.py).
            held = Ruling(
                State.REVIEW,
                ruling.source,
                ruling.source_ref,
                hold=Hold.SYSTEM,
                distinct=tuple(sorted(facts.distinct)),
                same=tuple(sorted(facts.same)),
                verdict=facts.verdict,
                by=facts.by,
                note=facts.note,
                looked_at=facts.by is not None or ruling.looked_at,
            )
            draft = Draft(name, me.row.revision, me.n + 1, held.state.value, held.write())
            return _done(request.command_id, (draft, *map(as_draft, reserved)))
        looked_at = facts.by is not None or ruling.looked_at
        looking = self._register.looking(me.row)
        case = Case(me, looking, request.origin, request.digest, me.n + 1, *facts[:2], looked_at)
        return _Opened(place, Hearing(case, history), facts)

    async def _hear(self, opened: Sequence[_Opened], requests: Sequence[Request]) -> list[tuple[int, Verdict]]:
        verdicts: list[tuple[int, Verdict]] = []
        outcomes = await self._adjudicator.hear([each.hearing for each in opened])
        for each, outcome in zip(opened, outcomes, strict=True):
            verdicts.append((each.place, _verdict(each, outcome, requests[each.place].command_id)))
        return verdicts


def _verdict(each: _Opened, outcome: Outcome, command_id: str) -> Verdict:
    if isinstance(outcome, LookAgain):
        return Again()
    if isinstance(outcome, Superseded):
        return refusal(command_id, reason("no_such_hold"), others=outcome.reservations)
    if each.facts.by is None and _changes_nothing(each.hearing, outcome):
        return Settle(Kind.RECOGNISED, against=each.hearing.history[-1:])
    case = each.hearing.case
    facts = each.facts
    ruling = replace(outcome.ruling, verdict=facts.verdict, by=facts.by, note=facts.note)
    before = passed_on(each.hearing.history)
    if facts.verdict == "merge" and ruling.person is not None and before is not None:
        # What was paid under the name that the person had until now must still be known to be hers (I3).
        cluster = tuple(sorted({*ruling.person.cluster, *before.cluster}))
        ruling = replace(ruling, person=ruling.person._replace(cluster=cluster))
    row = case.known.row
    draft = Draft(row.application_id, row.revision, case.n, ruling.state.value, ruling.write())
    return _done(command_id, (draft, *map(as_draft, outcome.reservations)))


def refusal(command_id: str, *reasons: Reason, others: Sequence[Decision] = ()) -> Decide:
    """The request is refused, for all these reasons; ``others`` are the reservations that it made before."""
    body = orjson.dumps({"reasons": msgspec.to_builtins(list(reasons))})
    return Decide((Draft(command_id, 0, 1, REFUSED, body), *map(as_draft, others)), Kind.REFUSED)


def _answered(request: Request, rows: Sequence[Decision]) -> Verdict | None:
    """The verdict where the command has its answer: a replay, or the same command sent twice."""
    if not rows:
        return None
    own = caused_by(rows, request.origin)
    if own:
        return Stored(own, Kind.REFUSED if own[0].state == REFUSED else Kind.DECISION)
    return Settle(Kind.RECOGNISED, against=tuple(rows[-1:]))


def _done(command_id: str, drafts: Iterable[Draft]) -> Decide:
    """The answer that names the decision, the first of ``drafts``; the others are the reservations made for it."""
    first, *rest = drafts
    result = {"application_id": first.subject, "revision": first.revision, "n": first.n, "state": first.state}
    body = orjson.dumps({"result": result}, option=orjson.OPT_SORT_KEYS)
    return Decide((Draft(command_id, 0, 1, DONE, body), first, *rest))


def as_draft(row: Decision) -> Draft:
    """A stored row as the draft that finds it again."""
    return Draft(row.subject, row.revision, row.n, row.state, row.body, tuple(row.claims.split()))


def _changes_nothing(hearing: Hearing, outcome: Ruled) -> bool:
    """Whether it is still held for the same, and nobody has conceded to the decision that would be stored."""
    before, after = read(hearing.history[-1].body), outcome.ruling
    waited_for = {entry[:2] for entry in before.waits_for}
    return (
        not outcome.reservations
        and before.hold is after.hold is Hold.SYSTEM
        and all(entry[:2] in waited_for for entry in after.waits_for)
    )
