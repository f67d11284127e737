"""``entitlement.changed.v1``: what enrolment tells payments. No name of a parent, no birth date, no score."""

from datetime import date
from typing import Literal

from shared.contracts.base import Event, Moment
from shared.contracts.person import Payee


class EntitlementChanged(Event, frozen=True, kw_only=True):
    """One person's right to one programme's allowance.

    ``n`` numbers the changes of this entitlement (enrolment's decision number); ``area`` is the four-digit BBS
    district of the permanent address, for totals; ``upazila`` its eight-digit code, for signatures
    under payrolls.
    """

    entitlement_id: str
    application_id: str
    source: str
    source_ref: str
    revision: int
    n: int
    change: Literal["granted", "suspended", "resumed", "ended", "payee_changed", "amended"]
    programme: str
    rate_class: str
    starts_on: date
    person_id: str
    cluster: tuple[str, ...]
    area: str
    upazila: str | None = None
    payee: Payee | None = None
    received_at: Moment
