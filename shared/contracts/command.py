"""Everything that changes state by a person's or a timer's will enters by a topic, as one of these."""

from typing import Any, Literal

from pydantic import Field

from shared.contracts.base import Contract, Utc


class Command(Contract):
    """``<stage>.command.v1``: asked for by ``by`` (the principal of the API key, or ``timer``).

    ``roles`` are those of that key when it was asked. ``about`` is the key: what the command is about (a programme's
    cycle, a cell, a payment). ``arguments`` are read by the stage's own model for ``name``.
    """

    command_id: str
    name: str
    about: str
    by: str
    roles: tuple[str, ...] = ()
    at: Utc
    arguments: dict[str, Any] = Field(default_factory=dict)


class ReviewDecided(Contract):
    """``review.decided.v1``: a reviewer's word on the decision number ``n`` of revision ``revision``.

    It is refused when that is not the application's present decision. *distinct* and *duplicate* end a hold. The others
    take back what was decided: *split* says that an application that was taken for another person's is not, *merge*
    that an accepted one is of the same person as ``duplicate_of``, *undo* that the last reviewer's word does not hold.
    """

    command_id: str
    application_id: str
    revision: int
    n: int
    verdict: Literal["distinct", "duplicate", "split", "merge", "undo"]
    duplicate_of: str | None = None
    by: str
    reason: str
    at: Utc


class SelectionDecided(Contract):
    """``selection.decided.v1``: a committee's word on one applicant to whom a closed round offered a place.

    ``override`` lets a committee take somebody out of order; it needs ``reason`` and stays on record (I8).
    """

    command_id: str
    application_id: str
    round_id: str
    selected: bool
    override: bool = False
    by: str
    reason: str | None = None
    at: Utc
