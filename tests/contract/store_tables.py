"""The table that the store suite writes to: every column type, and names that are words of SQL."""

from typing import NamedTuple

from shared.store.port import Table


class Note(NamedTuple):
    """A row of each type, nullable and not."""

    group: str
    offset: int
    order: str
    body: bytes
    share: float
    where: str | None
    limit: int | None


NOTES: Table[Note] = Table("select", Note, ("group", "offset"), indexes=(("order",), ("where", "limit")))


class Word(NamedTuple):
    """A row whose key is one column."""

    word: str
    by: str


WORDS: Table[Word] = Table("words", Word, ("word",))


class Entry(NamedTuple):
    """A row that is nothing but its key, which begins with a number."""

    key: int
    ref: int


ENTRIES: Table[Entry] = Table("entries", Entry, ("key", "ref"))

TABLES = (NOTES, WORDS, ENTRIES)


def note(group: str, offset: int, order: str = "o", body: bytes = b"{}", where: str | None = None) -> Note:
    """A row of ``NOTES``."""
    return Note(group, offset, order, body, 0.5, where, None)
