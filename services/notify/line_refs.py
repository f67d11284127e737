"""The index from an application to its status lines; the lines themselves stand in the fates of their records.

Applications come in no order, so each line dirties another page of the index, and a batch as many as the index has
until there are more than lines. A row is therefore kept short: a hash for the application, the source for its topic.
Whoever looks up filters by the application that the line names, which a hash may share with another.
"""

from functools import partial
from typing import Final, NamedTuple
from zlib import crc32

from shared import topics
from shared.stage.records import Origin
from shared.store.port import Table


class LineRef(NamedTuple):
    """Where a line about an application stands, in the status topic of ``source``."""

    application: int
    source: str
    partition: int
    offset: int

    @property
    def origin(self) -> Origin:
        """The record that holds the line."""
        return Origin(topics.status(self.source), self.partition, self.offset)


LINE_REFS: Table[LineRef] = Table("line_refs", LineRef, ("application", "source", "partition", "offset"))


_LINE_REF = partial(tuple.__new__, LineRef)
"""Makes a row of a tuple at a third of what a call of ``LineRef`` costs."""

_HALF: Final = 2**31
"""Taken off, so that every hash fits the four bytes of a signed number, in which stores keep it."""


def hash_of(application_id: str) -> int:
    """What stands for an application in the index: 32 bits, since ids are keyed hashes and so evenly spread.

    Of fifty million applications one in ninety shares its hash with another; that costs a few more fates to look at.
    """
    return crc32(application_id.encode()) - _HALF


def line_ref(application_id: str, origin: Origin) -> LineRef:
    """The entry of the line in the record at ``origin`` of a status topic."""
    topic, partition, offset = origin
    return _LINE_REF((hash_of(application_id), topics.source_of_status(topic), partition, offset))
