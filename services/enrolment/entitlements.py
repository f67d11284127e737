"""An entitlement: its id, how it changes, and the event that tells payments."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

from shared.contracts.chain import Cleared
from shared.contracts.entitlement import EntitlementChanged
from shared.envelope import event_id
from shared.policy.dates import policy_date
from shared.store.tables import Decision

Change = Literal["granted", "suspended", "resumed", "ended", "payee_changed", "amended"]
Active = Literal["no", "running", "suspended"]


@lru_cache(maxsize=4096)
def entitlement_id(application_id: str) -> str:
    """Fixed when the application is enrolled; a merge of persons never rewrites it (design.md §3, Ids)."""
    return event_id("enrolment", "entitlement", application_id, 0, 0)


def change_of(before: Active, after: Active, *, same_payee: bool) -> Change | None:
    """What a decision does to the entitlement; None where there is none before and after."""
    if after == "no":
        return None if before == "no" else "ended"
    if after == "suspended":
        return "suspended"
    if before == "no":
        return "granted"
    if before == "suspended":
        return "resumed"
    return "amended" if same_payee else "payee_changed"


def starts_on(at_us: int) -> date:
    """The first day of the month, in Dhaka, of a moment in µs since 1970 UTC."""
    return policy_date(datetime.fromtimestamp(at_us / 1_000_000, UTC)).replace(day=1)


def changed(row: Decision, parts: Cleared, change: Change, starts: date) -> EntitlementChanged:
    """The event of a stored decision. ``parts`` is the cleared event that the entitlement is (or was) made of."""
    return EntitlementChanged(
        entitlement_id=entitlement_id(row.subject),
        application_id=row.subject,
        source=parts.source,
        source_ref=parts.source_ref,
        revision=row.revision,
        n=row.n,
        change=change,
        programme=parts.programme,
        rate_class=parts.rate_class,
        starts_on=starts,
        person_id=parts.person_id,
        cluster=parts.cluster,
        area=parts.permanent_address.district_code,
        upazila=parts.permanent_address.upazila_code,
        payee=parts.payee,
        received_at=parts.received_at,
    )
