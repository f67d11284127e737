"""The content of a decision on an application: all that is published from it, or asked of it later, is in here."""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from shared.store.tables import Decision


class State(StrEnum):
    """Of an application's decision. The first three are the states of the status line (design.md §3)."""

    CLEARED = "cleared"
    DUPLICATE = "duplicate"
    REVIEW = "review"
    WITHDRAWN = "withdrawn"


class Hold(StrEnum):
    """Whom an application under review waits for: other applications, or a person."""

    SYSTEM = "system"
    REVIEWER = "reviewer"


class Standing(StrEnum):
    """What an application is to others."""

    UNDECIDED = "undecided"
    HELD = "held"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Waits(NamedTuple):
    """Until that application's revision has a decision numbered ``n`` or higher that settles it."""

    application_id: str
    revision: int
    n: int


class Identity(NamedTuple):
    """A person: the id, and all ids that this person is known by."""

    person_id: str
    cluster: tuple[str, ...]


class Compared(NamedTuple):
    """One field of the evidence, both values masked; "" where there is none.

    ``agreement`` is the level that the model saw, "" where there was nothing to compare. ``bits`` is by how much that
    speaks for (above 0) or against one person.
    """

    field: str
    agreement: str
    ours: str
    theirs: str
    bits: float = 0.0


class Suspect(NamedTuple):
    """An application that this one was compared with, and how they agree.

    ``level`` is *same* or *suspicious*. ``weight`` is log2 of the odds that both are one person: the ``prior`` and the
    bits of all fields, calibrated; then the probabilities that they are one person, relatives or strangers. ``gate``:
    the model allows an automatic decision on the pair. ``keys``: the kinds of key by which it was found.
    """

    application_id: str
    revision: int
    n: int
    level: str
    fields: tuple[Compared, ...]
    weight: float = 0.0
    prior: float = 0.0
    p_same: float = 0.0
    p_relative: float = 0.0
    p_stranger: float = 0.0
    gate: bool = False
    keys: tuple[str, ...] = ()


class Ref(NamedTuple):
    """A decision by its key."""

    application_id: str
    revision: int
    n: int


class Ruling(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A decision's body.

    ``original`` is the accepted application that a duplicate copies; ``suspects`` is the evidence. ``distinct`` and
    ``same`` hold what reviewers have said of this revision and others. ``withdraws`` is who was passed on by an earlier
    decision and is no more. ``verdict`` is the reviewer's word that led to it; ``by``, ``note``: who said so, and why.
    ``model`` is the id of the matching model and the beginning of its hash. ``truncated`` names the kinds of key of
    which the index could not show everybody; ``looked_at``: a reviewer has released this revision all the same.
    """

    state: State
    source: str
    source_ref: str
    person: Identity | None = None
    original: Ref | None = None
    hold: Hold | None = None
    waits_for: tuple[Waits, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    distinct: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    withdraws: Identity | None = None
    verdict: str | None = None
    by: str | None = None
    note: str | None = None
    model: str | None = None
    truncated: tuple[str, ...] = ()
    looked_at: bool = False

    @property
    def standing(self) -> Standing:
        """What the application is to others after this decision."""
        if self.hold is Hold.SYSTEM:
            return Standing.UNDECIDED
        return _STANDINGS[self.state]

    def write(self) -> bytes:
        """Canonical JSON; what was not said is left out."""
        return _WRITER.encode(self)


_WRITER: Final = msgspec.json.Encoder(order="sorted")
_READER: Final = msgspec.json.Decoder(Ruling)

_STANDINGS = {
    State.CLEARED: Standing.ACCEPTED,
    State.DUPLICATE: Standing.REFUSED,
    State.REVIEW: Standing.HELD,
    State.WITHDRAWN: Standing.WITHDRAWN,
}


@lru_cache(maxsize=4_096)
def read(body: bytes) -> Ruling:
    """The ruling of a decision's body. The runtime's ``with``, the rows stored beside this one, is passed over."""
    return _READER.decode(body)


def passed_on(rows: Sequence[Decision]) -> Identity | None:
    """As whom an application stands downstream, given its decisions in order; None if it does not."""
    identity: Identity | None = None
    for row in rows:
        if row.state == State.CLEARED:
            identity = read(row.body).person
        elif identity is not None and read(row.body).withdraws is not None:
            identity = None
    return identity
