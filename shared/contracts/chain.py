"""The events that carry one application from stage to stage: each has what the next stage needs, no more."""

from typing import Literal

from shared.contracts.base import Event, Moment
from shared.contracts.household import Declarations, Household
from shared.contracts.person import Address, Payee, Person


class Chain(Event, frozen=True, kw_only=True):
    """What every chain event begins with. ``n`` is the number of the sending stage's decision."""

    application_id: str
    source: str
    source_ref: str
    revision: int
    n: int
    programme: str
    received_at: Moment
    outcome: Literal["passed", "withdrawn"]


class Validated(Chain, frozen=True, kw_only=True):
    """``application.validated.v1``: intake accepted it. ``gaps`` names the CCDS fields that policy let pass."""

    person: Person
    household: Household
    declarations: Declarations
    payee: Payee | None = None
    gaps: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


class Rank(Event, frozen=True, kw_only=True):
    """Where an applicant stands among others of a cell: poorest first.

    ``order`` sorts ascending, poorest first, whatever the model's own direction; None is unscored and stands
    after all scored ones. Ties go by ``received_at``, then ``application_id`` (design.md §3, Places).
    """

    model: str | None = None
    score: str | None = None
    order: float | None = None


class Scored(Chain, frozen=True, kw_only=True):
    """``application.scored.v1``: criteria are met, the score is known where the programme needs one."""

    person: Person
    payee: Payee | None = None
    rank: Rank
    rate_class: str
    gaps: tuple[str, ...] = ()


class Cleared(Chain, frozen=True, kw_only=True):
    """``application.cleared.v1``: one person, known under ``person_id``; ``cluster`` are all ids of that person."""

    person_id: str
    cluster: tuple[str, ...]
    permanent_address: Address
    payee: Payee | None = None
    rank: Rank
    rate_class: str
