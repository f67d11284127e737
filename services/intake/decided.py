"""What intake stores of a decision: enough to publish it again, byte for byte, without a look at policy.

The form itself is not stored; it is in the submitted record. ``empty`` keeps the CCDS fields that the source left
empty, which the completeness counts are made from.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from services.intake.completeness import FIELDS
from services.intake.examine import Grounds
from shared.contracts.status import Reason
from shared.store.port import Table

ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"


class Acceptance(NamedTuple):
    """``received_us`` is when the application was first received, µs since 1970 UTC; a later revision keeps it.

    ``on`` is the Dhaka date that this revision's form was examined on.
    """

    source: str
    empty: tuple[str, ...]
    grounds: Grounds
    received_us: int
    on: date

    def write(self) -> bytes:
        """As a decision's body."""
        return _canonical(
            {
                "source": self.source,
                "empty": self.empty,
                "grounds": self.grounds.to_json(),
                "received_us": self.received_us,
                "on": self.on,
            }
        )

    @classmethod
    def read(cls, body: bytes) -> "Acceptance":
        """Back from a decision's body."""
        content = orjson.loads(body)
        return cls(
            content["source"],
            tuple(content["empty"]),
            Grounds.from_json(content["grounds"]),
            content["received_us"],
            date.fromisoformat(content["on"]),
        )


class Rejection(NamedTuple):
    """Every fault, in words, as the source was told."""

    source: str
    empty: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def write(self) -> bytes:
        """As a decision's body, or as the detail of an answer about a later revision."""
        return _canonical({"source": self.source, "empty": self.empty, "reasons": words(self.reasons)})

    @classmethod
    def read(cls, body: bytes) -> "Rejection":
        """Back from where it was stored."""
        content = orjson.loads(body)
        return cls(content["source"], tuple(content["empty"]), reasons_in(content))


class Refusal(NamedTuple):
    """An invalid later revision, which leaves no decision: kept so that its sender can ask what became of it."""

    application_id: str
    revision: int
    digest: str
    detail: bytes


REFUSALS: Table[Refusal] = Table("refusals", Refusal, ("application_id", "revision", "digest"))


def empty_fields(filled: Collection[str]) -> tuple[str, ...]:
    """The CCDS fields that are not among those filled, in the standard's order."""
    return tuple(field for field in FIELDS if field not in filled)


def words(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons as JSON objects."""
    plain: list[dict[str, Any]] = msgspec.to_builtins(list(reasons))
    return plain


def reasons_in(content: dict[str, Any]) -> tuple[Reason, ...]:
    """The reasons of a stored JSON object; none where it has none."""
    return msgspec.convert(content.get("reasons", ()), tuple[Reason, ...])


def _canonical(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
