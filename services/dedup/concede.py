"""Copies that arrive at the same moment: the protocol by which exactly one of them is accepted.

Applications have a total order, (place, application_id), that never changes. An application is written into the index
*before* it looks at others, and looks at them and their decisions before it decides. What it then meets decides:

1. An *accepted* one that is the same person in the same programme: it is a duplicate of that one. Only an accepted
   application makes a duplicate: one that is itself refused is not looked at, since its original will be met.
2. An *undecided* one that may be the same person and is *earlier*: it waits for that one (a system hold).
3. An accepted one that is doubtful, or an *earlier* one that is held for a reviewer: a reviewer decides.
4. Otherwise it may be accepted, once every *later* one that may be the same person, and is undecided or held for a
   reviewer, has *conceded*: the next-numbered decision row of the later one is inserted for it, as a system hold that
   names this application. Decisions are numbered and the first writer of a number wins, so the later one's own process,
   if it was slow and did not see this application, can no longer store an acceptance under that number. It has to look
   again, and it sees.

Why two of a pair are never both accepted. Let A be earlier than B. The reads that led to B's acceptance cannot have
shown A, or B would be held or a duplicate; so they came before A was in the index, hence before A looked. So A saw B
undecided and took B's next number; and B's acceptance, computed before, carries that same number or a lower one: it
lost, or it was stored already, and A's insert lost and A looked again and saw B accepted. Either way one gives way.

Waiting always goes from later to earlier, so nobody waits in a circle. A refused application whose ground is gone is
not decided at once: it is held first, so that it is undecided to others while it looks. Otherwise two that were refused
for the same original would pass each other by.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import msgspec

from services.dedup.index import Looking
from services.dedup.ruling import Hold, Identity, Ref, Ruling, Standing, State, Waits, read
from services.dedup.tables import RevisionRow
from shared.stage.records import Origin
from shared.store.tables import Decision


class Level(IntEnum):
    """What a pair of applications says; one that says nothing is not met."""

    SUSPICIOUS = 1
    SAME = 2


class Known(msgspec.Struct, frozen=True, gc=False):
    """An application as the store shows it: its highest revision, and that revision's decisions in order."""

    row: RevisionRow
    rows: tuple[Decision, ...]

    @property
    def application_id(self) -> str:
        """Its id."""
        return self.row.application_id

    @property
    def place(self) -> tuple[int, str]:
        """Its place in the total order."""
        return self.row.place_us, self.row.application_id

    @property
    def n(self) -> int:
        """The number of its last decision, 0 where there is none."""
        return self.rows[-1].n if self.rows else 0

    @property
    def ruling(self) -> Ruling | None:
        """Its last decision. Somebody of a list that was loaded is there from the beginning, as a person of its own."""
        if self.rows:
            return read(self.rows[-1].body)
        row = self.row
        if row.revision:
            return None
        person = Identity(row.application_id, (row.application_id,))
        return Ruling(State.CLEARED, row.source, row.source_ref, person=person)

    @property
    def standing(self) -> Standing:
        """What it is to others."""
        ruling = self.ruling
        return ruling.standing if ruling is not None else Standing.UNDECIDED

    @property
    def ref(self) -> Ref:
        """Its last decision by key."""
        return Ref(self.row.application_id, self.row.revision, self.n)


class Case(msgspec.Struct, frozen=True, gc=False):
    """An application that is to be decided now, for the record at ``origin``, as its decision number ``n``.

    ``distinct`` and ``same`` are what reviewers have said of it and others. ``looked_at``: a reviewer has looked at it,
    so that what the index could not show holds it no more.
    """

    known: Known
    looking: Looking
    origin: Origin
    digest: str
    n: int
    distinct: frozenset[str] = frozenset()
    same: frozenset[str] = frozenset()
    looked_at: bool = False


class Met(msgspec.Struct, frozen=True, gc=False):
    """Another application that may be the same person, and the kinds of key by which it was found."""

    known: Known
    level: Level
    keys: tuple[str, ...] = ()

    @property
    def application_id(self) -> str:
        """Its id."""
        return self.known.row.application_id

    @property
    def standing(self) -> Standing:
        """What it is to others."""
        return self.known.standing

    @property
    def person_id(self) -> str | None:
        """Whose it is, where that is decided."""
        ruling = self.known.ruling
        return ruling.person.person_id if ruling is not None and ruling.person is not None else None


class Refuse(NamedTuple):
    """A duplicate of ``original``."""

    original: Met


class Wait(NamedTuple):
    """Held until the earlier ones are decided."""

    earlier: tuple[Met, ...]


class Ask(NamedTuple):
    """Held for a reviewer."""

    suspects: tuple[Met, ...]


class Accept(NamedTuple):
    """May be accepted when all ``later`` have conceded. ``recognised``: the same person in another programme."""

    later: tuple[Met, ...]
    recognised: tuple[Met, ...]


Judgement = Refuse | Wait | Ask | Accept

_NOBODY_MET: Final = Accept((), ())


def judge(
    case: Case, met: Sequence[Met], *, is_cut: bool = False, strangers: frozenset[str] = frozenset()
) -> Judgement:
    """What is to become of an application, given all that it met. A pure function: steps 1 to 4 above.

    ``is_cut``: the index could not show everybody who is near, so that a person looks where otherwise nobody would.
    ``strangers`` are persons whose first application this one does not match: whoever matches one of their later
    applications only is not taken for them, since a chain of matches would join everybody to everybody in the end.
    """
    if not met:
        return Ask(()) if is_cut and not case.looked_at else _NOBODY_MET
    programme = case.known.row.programme
    met = sorted(met, key=lambda other: other.known.place)
    accepted = [other for other in met if other.standing is Standing.ACCEPTED]
    same = [other for other in accepted if other.level is Level.SAME]
    originals = [other for other in same if other.known.row.programme == programme]
    if originals:
        return Refuse(next((other for other in originals if other.application_id in case.same), originals[0]))
    open_ones = [other for other in met if other.standing in (Standing.UNDECIDED, Standing.HELD)]
    earlier = [other for other in open_ones if other.known.place < case.known.place]
    waiting = tuple(other for other in earlier if other.standing is Standing.UNDECIDED)
    if waiting:
        return Wait(waiting)
    named = [other for other in same if other.application_id in case.same]
    same = [other for other in same if not any(_told_apart(other, each) for each in named)]
    # Whoever matches two whom a reviewer has told apart may be either of them.
    either = {one.person_id for one in same for other in same if _told_apart(one, other)}
    doubtful = [
        other
        for other in accepted
        if other.level is not Level.SAME or other.person_id in strangers or other.person_id in either
    ]
    if doubtful or earlier:
        return Ask(tuple(sorted((*doubtful, *earlier), key=lambda other: other.known.place)))
    if is_cut and not case.looked_at:
        return Ask(())
    return Accept(tuple(other for other in open_ones if other not in earlier), tuple(same))


def _told_apart(one: Met, other: Met) -> bool:
    """Whether a reviewer has said, of either, that the two are two people."""
    return any(
        ruling is not None and name in ruling.distinct
        for ruling, name in ((one.known.ruling, other.application_id), (other.known.ruling, one.application_id))
    )


def waits(other: Met) -> Waits:
    """What to wait for, before one that has met ``other`` can be decided: the next decision of that one."""
    return Waits(other.application_id, other.known.row.revision, other.known.n + 1)


def has_conceded(later: Known, case: Case) -> bool:
    """Whether a decision of ``later`` shows that it has seen this application, and waits for its next decision."""
    me = case.known.row.application_id, case.known.row.revision
    return any(
        row[3:6] == case.origin or any(entry[:2] == me and entry.n > case.known.n for entry in read(row.body).waits_for)
        for row in later.rows
    )


def concession(later: Known, case: Case, policy: str, at_us: int) -> Decision:
    """The next-numbered decision of ``later``, a reservation by this application: it waits for this one."""
    ruling = later.ruling
    before = ruling.waits_for if ruling is not None and ruling.hold is Hold.SYSTEM else ()
    own = Waits(case.known.application_id, case.known.row.revision, case.n)
    held = Ruling(
        State.REVIEW,
        later.row.source,
        later.row.source_ref,
        hold=Hold.SYSTEM,
        waits_for=(*(entry for entry in before if entry.application_id != own.application_id), own),
        distinct=ruling.distinct if ruling is not None else (),
        same=ruling.same if ruling is not None else (),
    )
    return Decision(
        later.row.application_id,
        later.row.revision,
        later.n + 1,
        *case.origin,
        case.digest,
        State.REVIEW.value,
        "",
        held.write(),
        policy,
        at_us,
    )


class Agenda:
    """The order in which a batch is judged, and what was found of those before: some of a batch meet each other."""

    def __init__(self) -> None:
        self._final: dict[str, bool] = {}

    def note(self, application_id: str, judgement: Judgement | None) -> None:
        """Remember what was found; None: it will be looked at again."""
        self._final[application_id] = judgement is not None and not isinstance(judgement, Wait)

    def soon(self, judgement: Wait) -> bool:
        """Whether one of those waited for is decided in this very round, so that looking again beats holding."""
        return any(self._final.get(other.application_id, False) for other in judgement.earlier)
