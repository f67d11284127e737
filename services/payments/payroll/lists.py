"""The lists of a cycle, read from their log: which there are, how far each has come, and what may follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from services.payments.payroll.approval import Signature
from services.payments.payroll.tables import ListRow

FREEZING, FROZEN, SIGNED, APPROVED = "freezing", "frozen", "signed", "approved"
RELEASING, SHORT, RELEASED, DROPPED = "releasing", "short", "released", "dropped"

HOLDING: Final = frozenset({FREEZING, APPROVED, RELEASING, SHORT})
"""With a list in one of these nothing can be frozen anew."""
UNFINISHED: Final = HOLDING | {FROZEN}
"""A list in one of these has to be released or sent back before its cycle is closed."""


@dataclass(frozen=True, slots=True)
class PayrollList:
    """One list of a cycle. ``manifest`` is None until it is frozen, ``last`` what was said last."""

    number: int
    state: str
    maker: str
    manifest: dict[str, Any] | None
    signatures: tuple[Signature, ...]
    last: dict[str, Any]

    @property
    def poisha(self) -> int:
        """What it adds up to."""
        return int(self.manifest["poisha"]) if self.manifest is not None else 0

    @property
    def problems(self) -> int:
        """How many people of it somebody has to be asked about before anyone signs."""
        return int(self.manifest["problems"]) if self.manifest is not None else 0


def queue_of(programme: str, cycle: str) -> str:
    """The name of a cycle's log of lists."""
    return f"{programme}|{cycle}"


def list_id(programme: str, cycle: str, number: int) -> str:
    """The name of one list: also who holds its money in the logs of allocation and release."""
    return f"list|{programme}|{cycle}|{number:04d}"


def lists_of(rows: Sequence[ListRow]) -> list[PayrollList]:
    """All lists of a cycle, in their order; ``rows`` are its log."""
    by_number: dict[int, list[ListRow]] = {}
    for row in rows:
        by_number.setdefault(row.number, []).append(row)
    last = max(by_number, default=0)
    return [_list(number, own, is_last=number == last) for number, own in sorted(by_number.items())]


def _list(number: int, rows: Sequence[ListRow], *, is_last: bool) -> PayrollList:
    frozen = next((row for row in rows if row.state == FROZEN), None)
    signatures = [
        Signature(content["step"], row.by, tuple(content["areas"]))
        for row in rows
        if row.state in (SIGNED, APPROVED) and (content := orjson.loads(row.body))
    ]
    state = FROZEN if rows[-1].state == SIGNED else rows[-1].state
    return PayrollList(
        number,
        # One that could not be signed, because of its problems, ends when the next one is frozen.
        DROPPED if state == FROZEN and not is_last else state,
        rows[0].by,
        None if frozen is None else orjson.loads(frozen.body),
        tuple(signatures),
        orjson.loads(rows[-1].body),
    )
