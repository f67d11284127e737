"""What a decision of enrolment says, as its body stores it: all that its messages are made from."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.enrolment.cells import CellId
from services.enrolment.entitlements import Active, Change
from shared.store.tables import Decision


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on one application.

    ``version`` is the upstream (revision, n) that it is about. ``active`` is the entitlement after it, made of the
    cleared event ``made_of`` and running from ``starts``; ``change`` is what is told to payments, if anything.
    """

    version: tuple[int, int]
    cell: CellId
    source: str
    source_ref: str
    reasons: tuple[str, ...] = ()
    active: Active = "no"
    change: Change | None = None
    made_of: tuple[int, int] | None = None
    starts: date | None = None

    def write(self) -> bytes:
        """Canonical JSON."""
        content: dict[str, Any] = {
            "version": self.version,
            "cell": tuple(self.cell),
            "source": self.source,
            "source_ref": self.source_ref,
            "active": self.active,
        }
        if self.reasons:
            content["reasons"] = self.reasons
        if self.change is not None:
            content["change"] = self.change
        if self.made_of is not None:
            content |= {"made_of": self.made_of, "starts": self.starts}
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def decided(row: Decision) -> Decided | None:
    """What a stored row says of an application; None for the answer to a command."""
    content = orjson.loads(row.body)
    if "version" not in content:
        return None
    revision, n = content["version"]
    made_of = content.get("made_of")
    return Decided(
        (revision, n),
        CellId(*content["cell"]),
        content["source"],
        content["source_ref"],
        tuple(content.get("reasons", ())),
        content["active"],
        content.get("change"),
        (made_of[0], made_of[1]) if made_of else None,
        date.fromisoformat(content["starts"]) if made_of else None,
    )
