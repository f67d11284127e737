"""What a decision of enrolment says, as its body stores it: all that its messages are made from."""

from datetime import date
from typing import Final

import msgspec

from services.enrolment.cells import CellId
from services.enrolment.entitlements import Active, Change
from shared.stage.commands import DONE, REFUSED
from shared.store.tables import Decision


class Decided(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision on one application.

    ``version`` is the upstream (revision, n) that it is about. ``active`` is the entitlement after it, made of the
    cleared event ``made_of`` and running from ``starts``; ``change`` is what is told to payments, if anything.

    Fields are in the order of the alphabet, and so are the bytes.
    """

    active: Active
    cell: CellId
    change: Change | None = None
    made_of: tuple[int, int] | None = None
    reasons: tuple[str, ...] = ()
    source: str
    source_ref: str
    starts: date | None = None
    version: tuple[int, int]

    def write(self) -> bytes:
        """Canonical JSON."""
        return _WRITER.encode(self)


_WRITER: Final = msgspec.json.Encoder()
_READER: Final = msgspec.json.Decoder(Decided)
_ANSWERS: Final = frozenset({DONE, REFUSED})


def is_answer(row: Decision) -> bool:
    """Whether a stored row is the answer to a command."""
    return row.state in _ANSWERS


def decided(row: Decision) -> Decided | None:
    """What a stored row says of an application; None for the answer to a command."""
    return None if row.state in _ANSWERS else _READER.decode(row.body)
