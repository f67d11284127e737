"""What the runtime keeps about dead letters besides their fates, and all tables that it needs."""

from typing import NamedTuple

from shared.stage.publishing import UNDELIVERED
from shared.store.port import Table
from shared.store.tables import COMMON


class Replayed(NamedTuple):
    """The record at ``offset``, which was a dead letter, came again at ``as_offset`` of the same partition."""

    topic: str
    partition: int
    offset: int
    as_offset: int
    at_us: int


class Disposition(NamedTuple):
    """What a person decided about the dead letter of a record; whoever was first has decided.

    ``state`` is ``replayed`` or ``discarded``; ``reason`` is the person's own words.
    """

    topic: str
    partition: int
    offset: int
    state: str
    command_id: str
    by: str
    reason: str
    at_us: int


REPLAYED: Table[Replayed] = Table("replayed", Replayed, ("topic", "partition", "offset", "as_offset"))
DISPOSITIONS: Table[Disposition] = Table("dispositions", Disposition, ("topic", "partition", "offset"))

RUNTIME = (*COMMON, UNDELIVERED, REPLAYED, DISPOSITIONS)
"""The tables of every stage."""
