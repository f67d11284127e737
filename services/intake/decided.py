"""What intake stores of a decision: enough to publish it again, byte for byte, without a look at policy.

The form itself is not stored; it is in the submitted record. ``empty`` keeps the CCDS fields that the source left
empty, which the completeness counts are made from.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from services.intake.completeness import FIELDS
from services.intake.examine import Grounds
from shared.contracts.base import Event
from shared.contracts.status import Reason
from shared.store.port import Table

ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"


class Acceptance(Event, frozen=True, kw_only=True):
    """``received_us`` is when the application was first received, µs since 1970 UTC; a later revision keeps it.

    ``on`` is the Dhaka date that this revision's form was examined on.
    """

    source: str
    empty: tuple[str, ...]
    grounds: Grounds
    received_us: int
    on: date


class Rejection(Event, frozen=True, kw_only=True):
    """Every fault, in words, as the source was told: a decision's body, or the detail of an answer about a revision."""

    source: str
    empty: tuple[str, ...]
    reasons: tuple[Reason, ...]


class Refusal(NamedTuple):
    """An invalid later revision, which leaves no decision: kept so that its sender can ask what became of it."""

    application_id: str
    revision: int
    digest: str
    detail: bytes


REFUSALS: Table[Refusal] = Table("refusals", Refusal, ("application_id", "revision", "digest"))


@lru_cache(maxsize=1024)
def empty_fields(filled: frozenset[str]) -> tuple[str, ...]:
    """The CCDS fields that are not among those filled, in the standard's order."""
    return tuple(field for field in FIELDS if field not in filled)


def words(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons as JSON objects."""
    plain: list[dict[str, Any]] = msgspec.to_builtins(list(reasons))
    return plain


def reasons_in(content: dict[str, Any]) -> tuple[Reason, ...]:
    """The reasons of a stored JSON object; none where it has none."""
    return msgspec.convert(content.get("reasons", ()), tuple[Reason, ...])
