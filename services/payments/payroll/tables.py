"""The rows of payrolls. All immutable: a list moves on by the next row of its cycle's log."""

from typing import NamedTuple

from shared.store.port import Table


class ListRow(NamedTuple):
    """The n-th thing that happened to the lists of a cycle: number ``number`` came to ``state``, by somebody.

    ``queue`` is ``programme|cycle``. ``body`` is JSON: the manifest of a frozen list, the level and areas of a
    signature, what a release came to.
    """

    queue: str
    n: int
    number: int
    state: str
    by: str
    body: bytes
    topic: str
    partition: int
    offset: int
    at_us: int


class PieceBody(NamedTuple):
    """One piece of a list as it was frozen: ``body`` is JSON, {until, entries, left_out}. First writer wins."""

    list_id: str
    piece: int
    body: bytes


class PieceHead(NamedTuple):
    """What a piece adds up to, computed from its stored body. ``areas`` and ``problems`` are JSON."""

    list_id: str
    piece: int
    entries: int
    poisha: int
    digest: str
    areas: bytes
    problems: bytes


class PersonRow(NamedTuple):
    """Who was put on a list for a person, a national id, and an account: the second one finds the first."""

    list_id: str
    name: str
    entitlement_id: str
    application_id: str
    source: str


class SentRow(NamedTuple):
    """What of a piece leaves: ``left_out`` is JSON, [[place, code], …]. First writer wins, so that a replay agrees."""

    list_id: str
    piece: int
    left_out: bytes


LISTS: Table[ListRow] = Table("payroll_lists", ListRow, ("queue", "n"))
BODIES: Table[PieceBody] = Table("payroll_bodies", PieceBody, ("list_id", "piece"))
HEADS: Table[PieceHead] = Table("payroll_heads", PieceHead, ("list_id", "piece"))
PERSONS: Table[PersonRow] = Table("payroll_persons", PersonRow, ("list_id", "name"))
SENT: Table[SentRow] = Table("payroll_sent", SentRow, ("list_id", "piece"))

TABLES = (LISTS, BODIES, HEADS, PERSONS, SENT)
