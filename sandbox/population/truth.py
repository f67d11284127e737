"""What is true of each application, known to nobody but the sandbox."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sandbox.population.people import Wallet


class Planted(StrEnum):
    """What an application is beside its family's first one; ``scenario.py`` describes each kind."""

    NONE = "none"
    EXACT_DUPLICATE = "exact_duplicate"
    EQUAL_ID = "equal_id"
    FUZZY_DUPLICATE = "fuzzy_duplicate"
    VAGUE_DUPLICATE = "vague_duplicate"
    BORROWED_ID = "borrowed_id"
    CROSS_PROGRAMME = "cross_programme"
    TWIN = "twin"
    SIBLING = "sibling"
    SPOUSE = "spouse"


DUPLICATES = frozenset({Planted.EXACT_DUPLICATE, Planted.EQUAL_ID, Planted.FUZZY_DUPLICATE, Planted.VAGUE_DUPLICATE})
"""The same person, filed again for the same programme."""


class Content(StrEnum):
    """What is wrong in a form; ``scenario.py`` describes each kind."""

    CLEAN = "clean"
    CCDS_GAP = "ccds_gap"
    NOT_ALLOWED = "not_allowed"
    AGE_FAILURE = "age_failure"
    UNFIT = "unfit"
    UNANSWERED = "unanswered"
    UNDECLARED = "undeclared"
    PRETENDED = "pretended"


class Reference(NamedTuple):
    """Names an application as its sender does."""

    source: str
    source_ref: str


@dataclass(frozen=True, slots=True)
class Truth:
    """One application as it really is.

    ``person_id`` and ``household_id`` name people in this sandbox only. ``poor``: below the upper poverty line;
    ``welfare``: consumption a head as a multiple of that line. ``eligible``: alive, and what the programme asks for is
    so, whatever the form says. ``copy_of`` is set for everything ``planted``. ``geo_code`` is the permanent address,
    ten digits.
    """

    reference: Reference
    programme: str
    person_id: str
    household_id: str
    poor: bool
    welfare: float
    eligible: bool
    deceased: bool
    planted: Planted
    copy_of: Reference | None
    content: Content
    wallet: Wallet
    geo_code: str
