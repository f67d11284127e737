"""The places of one cell: a state that is computed from the cell's own log, rows 1…n, and from nothing else.

A row holds steps. A step is a list whose first item says what it does; the constructors below are the only place that
makes them. Whoever stores row n+1 has decided on rows 1…n, so two instances never both give the last place.

There is one log for a programme and an area, for good: a place that is held stays held when a year or a round begins.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from services.enrolment.ranking import RankKey, rank_key
from shared.errors import DsrError
from shared.stage.records import Origin
from shared.store.port import Table

Step = tuple[Any, ...]

_WRITER: Final = msgspec.json.Encoder()
"""Not orjson, whose results hold four kilobytes each, however short: a batch writes a row for each of its cells."""


class PlacesRow(NamedTuple):
    """Row n of a cell's log: one batch's or one command's steps, as a JSON array of arrays. Times in µs since 1970."""

    log: str
    n: int
    steps: bytes
    topic: str
    partition: int
    offset: int
    at_us: int


PLACES: Table[PlacesRow] = Table("enrolment_places", PlacesRow, ("log", "n"))


class PlacesBroken(DsrError):
    """A row is missing in a cell's log, or a step does not fit what stands before it: a fault of ours."""

    def __init__(self, log: str, n: int, why: str) -> None:
        self.log, self.n, self.why = log, n, why
        super().__init__(f"Row {n} of the places of {log} does not follow: {why}.")


class Status(StrEnum):
    """What an application is in a cell. Held and offered ones occupy a place."""

    WAITING = "waiting"
    OFFERED = "offered"
    HELD = "held"
    REJECTED = "rejected"
    OVERLAP = "overlap"
    GONE = "gone"


# By themselves: several are looked at for each application, and to look into an enum takes ten times as long.
WAITING: Final = Status.WAITING
OFFERED: Final = Status.OFFERED
HELD: Final = Status.HELD
OVERLAP: Final = Status.OVERLAP
GONE: Final = Status.GONE

_STATUSES: dict[str, Status] = {status.value: status for status in Status}
OCCUPY = frozenset({OFFERED, HELD})


class Member(msgspec.Struct, gc=False):
    """An application in a cell, at the upstream (revision, n) that its standing is for.

    ``by`` is the record that last changed its status. ``round_id`` is the last round that ranked it.
    """

    application_id: str
    revision: int
    n: int
    order: float | None
    received_us: int
    status: Status
    by: Origin
    round_id: str | None = None

    @property
    def version(self) -> tuple[int, int]:
        """The upstream (revision, n)."""
        return self.revision, self.n

    @property
    def rank(self) -> RankKey:
        """Its place in the order of the cell."""
        return rank_key(self.order, self.received_us, self.application_id)


class Version(NamedTuple):
    """What a step about an application's upstream event carries."""

    application_id: str
    revision: int
    n: int
    order: float | None
    received_us: int


def quota(places: int) -> Step:
    """Policy gives the cell so many places."""
    return ("quota", places)


def join(version: Version, by: Origin) -> Step:
    """Comes in, or comes in anew, and waits."""
    return ("join", *version, *by)


def keep(version: Version) -> Step:
    """A new version of a member leaves its standing as it is."""
    return ("keep", *version)


def leave(version: Version, by: Origin) -> Step:
    """Goes out, with its place if it has one."""
    return ("leave", *version, *by)


def move(application_id: str, status: Status, by: Origin, why: str | None = None) -> Step:
    """Changes a member's status. ``why`` is the reason of an override."""
    return ("move", application_id, status, *by) if why is None else ("move", application_id, status, *by, why)


def close(round_id: str, ranked: list[str]) -> Step:
    """The round closes: these are its members, poorest first; offers of earlier rounds lapse."""
    return ("close", round_id, ranked)


def offer(application_id: str) -> Step:
    """A place is offered: the committee decides."""
    return ("offer", application_id)


def lapse(application_id: str) -> Step:
    """An offer is taken back, to make room for an override; the member waits again."""
    return ("lapse", application_id)


def pack(steps: list[Step]) -> bytes:
    """Steps as they are stored."""
    return _WRITER.encode(steps)


def unpack(row: PlacesRow) -> list[list[Any]]:
    """A row's steps."""
    steps: list[list[Any]] = orjson.loads(row.steps)
    return steps


class Cell:
    """The state after row ``n``. It moves on by ``apply`` only, and only to what is stored."""

    __slots__ = ("held", "log", "members", "n", "offered", "quota", "ranked", "round_id", "waiting")

    def __init__(self, log: str) -> None:
        self.log, self.n, self.quota, self.held, self.offered = log, 0, 0, 0, 0
        self.members: dict[str, Member] = {}
        self.waiting: dict[str, Member] = {}
        self.round_id: str | None = None
        self.ranked: list[str] = []

    @property
    def free(self) -> int:
        """Places that nobody holds or is offered; below zero after policy has taken some back."""
        return self.quota - self.held - self.offered

    def status(self, application_id: str) -> Status | None:
        """What the application is here; None if it never was."""
        member = self.members.get(application_id)
        return None if member is None else member.status

    def ranked_waiting(self) -> Iterator[str]:
        """Who was ranked in the last closed round and still waits, poorest first."""
        for application_id in self.ranked:
            member = self.waiting.get(application_id)
            if member is not None and member.round_id == self.round_id:
                yield application_id

    def apply(self, row: PlacesRow) -> None:
        """Move on by a stored row; one that is applied already is passed over. Raises ``PlacesBroken``."""
        if row.n <= self.n:
            return
        if row.log != self.log or row.n != self.n + 1:
            raise PlacesBroken(row.log, row.n, f"the state is at {self.log} row {self.n}")
        for step in unpack(row):
            self.apply_step(step, row.n)
        self.n = row.n

    def apply_step(self, step: list[Any], n: int) -> None:
        """One step of row ``n``."""
        match step:
            # What each application does comes first: cases are tried in turn.
            case ["join", application_id, revision, up, order, received_us, topic, partition, offset]:
                by = Origin(topic, partition, offset)
                self._put(Member(application_id, revision, up, order, received_us, WAITING, by))
            case ["move", application_id, status, topic, partition, offset, *_]:
                self._set(self._member(application_id, n), _STATUSES[status], Origin(topic, partition, offset))
            case ["quota", places]:
                self.quota = places
            case ["keep", application_id, revision, up, order, received_us]:
                member = self._member(application_id, n)
                member.revision, member.n, member.order, member.received_us = revision, up, order, received_us
            case ["leave", application_id, revision, up, order, received_us, topic, partition, offset]:
                by = Origin(topic, partition, offset)
                self._put(Member(application_id, revision, up, order, received_us, GONE, by))
            case ["offer", application_id]:
                self._set(self._member(application_id, n), OFFERED)
            case ["lapse", application_id]:
                self._set(self._member(application_id, n), WAITING)
            case ["close", round_id, ranked]:
                self.round_id, self.ranked = round_id, ranked
                for application_id in ranked:
                    member = self._member(application_id, n)
                    member.round_id = round_id
                    self._set(member, WAITING)
            case _:
                raise PlacesBroken(self.log, n, "it holds an unknown step")

    def _member(self, application_id: str, n: int) -> Member:
        member = self.members.get(application_id)
        if member is None:
            raise PlacesBroken(self.log, n, "it names an application that never joined")
        return member

    def _put(self, member: Member) -> None:
        before = self.members.get(member.application_id)
        if before is not None:
            self._count(before, -1)
        self.members[member.application_id] = member
        self._count(member, 1)

    def _set(self, member: Member, status: Status, by: Origin | None = None) -> None:
        self._count(member, -1)
        member.status = status
        if by is not None:
            member.by = by
        self._count(member, 1)

    def _count(self, member: Member, change: int) -> None:
        status = member.status
        if status is HELD:
            self.held += change
        elif status is OFFERED:
            self.offered += change
        elif status is WAITING:
            if change > 0:
                self.waiting[member.application_id] = member
            else:
                self.waiting.pop(member.application_id, None)
