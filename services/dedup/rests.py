"""What decisions rest on: when a held one can be decided, and when the ground of a refusal is gone (I10)."""

from collections.abc import Mapping

from services.dedup.concede import Known
from services.dedup.ruling import Hold, Ruling, Standing, State


def grounds(ruling: Ruling) -> tuple[str, ...]:
    """The applications whose decisions this one rests on."""
    if ruling.hold is Hold.SYSTEM:
        return tuple(entry.application_id for entry in ruling.waits_for)
    return (ruling.original.application_id,) if ruling.original is not None else ()


def is_due(me: Known, others: Mapping[str, Known]) -> bool:
    """Whether an application is to be looked at again, given those that it rests on."""
    ruling = me.ruling
    if ruling is None:
        return False
    if ruling.hold is Hold.SYSTEM:
        return all(
            entry.application_id in others and _settled(others[entry.application_id], entry.revision, entry.n)
            for entry in ruling.waits_for
        )
    if ruling.state is State.DUPLICATE and ruling.original is not None:
        original = others.get(ruling.original.application_id)
        return original is not None and not _supports(ruling, me, original)
    return False


def _settled(other: Known, revision: int, n: int) -> bool:
    """Whether it has a decision, and where the very number was reserved, that one."""
    if other.standing is Standing.UNDECIDED:
        return False
    return other.row.revision > revision or other.n >= n


def _supports(ruling: Ruling, me: Known, original: Known) -> bool:
    """Whether a refusal still has its accepted original; one whose amendment is being decided may yet stay.

    Not so one whose very acceptance was taken back and that waits for a reviewer: nobody knows for how long.
    """
    if original.standing is Standing.UNDECIDED:
        return True
    if original.standing is Standing.HELD:
        return ruling.original is None or original.row.revision > ruling.original.revision
    if original.standing is not Standing.ACCEPTED or original.row.programme != me.row.programme:
        return False
    by_reviewer = original.application_id in ruling.same
    return by_reviewer or ruling.original is None or original.row.revision == ruling.original.revision
