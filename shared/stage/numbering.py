"""Which number a decision takes, and what a repeated input is. Used by every stage's ``decide``."""

from collections.abc import Sequence

from shared.stage.records import Origin
from shared.stage.stage import E, Input, Kind, Settle, Stored, Verdict
from shared.store.tables import Decision


def caused_by(rows: Sequence[Decision], origin: Origin) -> tuple[Decision, ...]:
    """The rows that this very record led to, when it was seen before."""
    return tuple(row for row in rows if (row.topic, row.partition, row.offset) == origin)


def next_number(rows: Sequence[Decision], revision: int, origin: Origin) -> int:
    """The number to propose for the next decision of this revision; a replay proposes its own again."""
    last = 0
    for row in rows:
        if row.revision == revision:
            if (row.topic, row.partition, row.offset) == origin:
                return row.n
            last = max(last, row.n)
    return last + 1


def latest(rows: Sequence[Decision]) -> Decision | None:
    """The row with the highest (revision, n)."""
    return max(rows, key=lambda row: (row.revision, row.n), default=None)


def repeated(item: Input[E], rows: Sequence[Decision], *, lower: Kind) -> Verdict | None:
    """The verdict on an input that brings nothing new, or None if it is for the stage to decide.

    ``lower`` is what an input of a lower revision than a known one is called: LATE at intake, SUPERSEDED elsewhere.
    """
    if not rows:
        return None
    own = caused_by(rows, item.record.origin)
    if own:
        return Stored(own)
    highest = max(row.revision for row in rows)
    if item.revision < highest:
        return Settle(lower, against=tuple(row for row in rows if row.revision == highest)[-1:])
    same = tuple(row for row in rows if row.revision == item.revision and row.digest == item.digest)
    if same:
        return Settle(Kind.RECOGNISED, against=same[-1:])
    return None
