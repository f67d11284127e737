"""A reviewer's word: it states facts about two applications, and the one that it is about is decided anew by them."""

from collections.abc import Callable, Mapping, Sequence

from services.dedup.concede import Known
from services.dedup.reasons import reason
from services.dedup.register import Register
from services.dedup.reopen import Facts, Request
from services.dedup.ruling import Ruling, Standing, State, read
from services.dedup.taking import is_open, moment_us, subject_of, taken
from shared.contracts.command import ReviewDecided
from shared.contracts.status import Reason
from shared.policy.reviews import ReviewPolicy
from shared.stage.stage import Input
from shared.store.tables import Decision

Judged = Facts | Reason
Judge = Callable[[ReviewDecided, Known, Ruling, Known | None], Judged]


class Verdicts:
    """Makes requests of verdicts, under the rules of the reviewers' desk."""

    def __init__(self, register: Register, rules: ReviewPolicy) -> None:
        self._register, self._rules = register, rules

    async def requests(self, items: Sequence[Input[ReviewDecided]]) -> list[Request]:
        """The request that each verdict makes."""
        if not items:
            return []
        takings = await self._register.decisions({subject_of(item.subject) for item in items})
        split = [item.subject for item in items if item.event.verdict == "split"]
        refused_for = await self._register.known(split) if split else {}
        return [self._request(item, takings, _original(refused_for.get(item.subject))) for item in items]

    def _request(
        self, item: Input[ReviewDecided], takings: Mapping[str, Sequence[Decision]], original: str | None
    ) -> Request:
        said = item.event

        def examine(me: Known, other: Known | None) -> Judged:
            ruling = me.ruling
            if ruling is None or (me.row.revision, me.n) != (said.revision, said.n):
                return reason("no_such_hold" if said.verdict in _ENDS else "decided_anew")
            holder = taken(me, takings.get(subject_of(me.application_id), ()), moment_us(item.record))
            if holder is not None and holder.by != said.by:
                return reason("taken_by_another")
            if said.verdict in _REVERSES and self._rules.second_person and said.by in _authors(me, other):
                return reason("second_person_needed")
            judged = _JUDGES[said.verdict](said, me, ruling, other)
            return judged if isinstance(judged, Reason) else judged.said(said.verdict, said.by, said.reason)

        other = original if said.verdict == "split" else said.duplicate_of
        return Request(item.record.origin, item.digest, said.command_id, said.application_id, examine, other)


def _original(me: Known | None) -> str | None:
    """The accepted application that one was refused for."""
    original = me.ruling.original if me is not None and me.ruling is not None else None
    return original.application_id if original is not None else None


def last_verdict(rows: Sequence[Decision]) -> int | None:
    """The place of the last decision among ``rows`` that a reviewer's word led to."""
    return next((at for at in reversed(range(len(rows))) if read(rows[at].body).verdict is not None), None)


def _authors(me: Known, other: Known | None) -> set[str]:
    """Whose word would be taken back: the last one on this application, or the other's that has parted the two."""
    at = last_verdict(me.rows)
    by = {read(me.rows[at].body).by} if at is not None else set()
    if other is not None and other.ruling is not None and me.application_id in other.ruling.distinct:
        theirs = last_verdict(other.rows)
        by |= {read(other.rows[theirs].body).by} if theirs is not None else set()
    return {name for name in by if name is not None}


def _distinct(said: ReviewDecided, me: Known, ruling: Ruling, other: Known | None) -> Judged:
    """It is none of those that it was held for."""
    if not is_open(me, said.revision, said.n):
        return reason("no_such_hold")
    return Facts.of(ruling).parted(suspect.application_id for suspect in ruling.suspects)


def _duplicate(said: ReviewDecided, me: Known, ruling: Ruling, other: Known | None) -> Judged:
    """In the same programme that makes it a duplicate, in another one the person is recognised."""
    if not is_open(me, said.revision, said.n):
        return reason("no_such_hold")
    return _joined(said, ruling, other)


def _split(said: ReviewDecided, me: Known, ruling: Ruling, other: Known | None) -> Judged:
    """It is not the one that it was refused or recognised for, nor of that person under any other name."""
    if ruling.state not in (State.DUPLICATE, State.CLEARED) or not ruling.suspects:
        return reason("nothing_to_split")
    person = ruling.person or (other.ruling.person if other is not None and other.ruling is not None else None)
    cluster = set(person.cluster) if person is not None else set()
    return Facts.of(ruling).parted(
        {*(suspect.application_id for suspect in ruling.suspects), *cluster} - {said.application_id}
    )


def _merge(said: ReviewDecided, me: Known, ruling: Ruling, other: Known | None) -> Judged:
    """An accepted one is of the same person as another accepted one."""
    if me.standing is not Standing.ACCEPTED:
        return reason("not_accepted")
    return _joined(said, ruling, other)


def _joined(said: ReviewDecided, ruling: Ruling, other: Known | None) -> Judged:
    if said.duplicate_of is None:
        return reason("original_missing")
    itself = said.duplicate_of == said.application_id
    if other is None or itself or other.standing is not Standing.ACCEPTED:
        return reason("original_not_accepted")
    return Facts.of(ruling).joined(said.duplicate_of)


def _undo(said: ReviewDecided, me: Known, ruling: Ruling, other: Known | None) -> Judged:
    """What held before the last reviewer's word holds again, and the application is decided by that."""
    at = last_verdict(me.rows)
    if at is None or read(me.rows[at].body).verdict == "undo":
        return reason("nothing_to_undo")
    return Facts.of(read(me.rows[at - 1].body)) if at else Facts(frozenset(), frozenset())


_ENDS = frozenset({"distinct", "duplicate"})
_REVERSES = frozenset({"split", "merge", "undo"})
_JUDGES: Mapping[str, Judge] = {
    "distinct": _distinct,
    "duplicate": _duplicate,
    "split": _split,
    "merge": _merge,
    "undo": _undo,
}
