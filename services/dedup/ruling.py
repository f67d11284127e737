"""The content of a decision on an application: all that is published from it, or asked of it later, is in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

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
    """One field of the evidence, both values masked; "" where there is none."""

    field: str
    agreement: str
    ours: str
    theirs: str


class Suspect(NamedTuple):
    """An application that this one was compared with, and how they agree."""

    application_id: str
    revision: int
    n: int
    level: str
    fields: tuple[Compared, ...]


class Ref(NamedTuple):
    """A decision by its key."""

    application_id: str
    revision: int
    n: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision's body.

    ``original`` is the accepted application that a duplicate copies; ``suspects`` is the evidence. ``distinct`` and
    ``same`` hold what reviewers have said of this revision and others. ``withdraws`` is who was passed on by an earlier
    decision and is no more. ``verdict`` is the reviewer's word that led to it; ``by``, ``note``: who said so, and why.
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

    @property
    def standing(self) -> Standing:
        """What the application is to others after this decision."""
        if self.hold is Hold.SYSTEM:
            return Standing.UNDECIDED
        return _STANDINGS[self.state]

    def write(self) -> bytes:
        """Canonical JSON; what is empty is left out."""
        content = {name: _plain(value) for name in self.__slots__ if (value := getattr(self, name))}
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    """Named tuples as lists, which is how JSON knows them."""
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


_STANDINGS = {
    State.CLEARED: Standing.ACCEPTED,
    State.DUPLICATE: Standing.REFUSED,
    State.REVIEW: Standing.HELD,
    State.WITHDRAWN: Standing.WITHDRAWN,
}


@lru_cache(maxsize=4_096)
def read(body: bytes) -> Ruling:
    """The ruling of a decision's body."""
    content = orjson.loads(body)
    suspects = tuple(
        Suspect(name, revision, n, level, tuple(Compared(*field) for field in fields))
        for name, revision, n, level, fields in content.get("suspects", ())
    )
    return Ruling(
        state=State(content["state"]),
        source=content["source"],
        source_ref=content["source_ref"],
        person=_identity(content.get("person")),
        original=Ref(*content["original"]) if "original" in content else None,
        hold=Hold(content["hold"]) if "hold" in content else None,
        waits_for=tuple(Waits(*entry) for entry in content.get("waits_for", ())),
        suspects=suspects,
        distinct=tuple(content.get("distinct", ())),
        same=tuple(content.get("same", ())),
        withdraws=_identity(content.get("withdraws")),
        verdict=content.get("verdict"),
        by=content.get("by"),
        note=content.get("note"),
    )


def _identity(content: Sequence[object] | None) -> Identity | None:
    if content is None:
        return None
    person_id, cluster = content
    return Identity(str(person_id), tuple(map(str, cluster)))  # type: ignore[call-overload]


def passed_on(rows: Sequence[Decision]) -> Identity | None:
    """As whom an application stands downstream, given its decisions in order; None if it does not."""
    identity: Identity | None = None
    for row in rows:
        if row.state == State.CLEARED:
            identity = read(row.body).person
        elif identity is not None and read(row.body).withdraws is not None:
            identity = None
    return identity
