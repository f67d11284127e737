"""What the changes of an entitlement amount to. Payments follows them and decides nothing about who deserves what."""

from datetime import date

from shared.contracts.entitlement import EntitlementChanged

ENTITLED, SUSPENDED, ENDED = "entitled", "suspended", "ended"


def status_after(before: str | None, change: str) -> str:
    """The status after ``change``. A new payee or a new revision neither suspends nor resumes."""
    match change:
        case "granted" | "resumed":
            return ENTITLED
        case "suspended":
            return SUSPENDED
        case "ended":
            return ENDED
        case _:
            return before or ENTITLED


def people_of(event: EntitlementChanged) -> tuple[str, ...]:
    """All ids of the person, sorted: whoever claims several takes them in one order."""
    return tuple(sorted({event.person_id, *event.cluster}))


def covers(event: EntitlementChanged, cycle_after: date | None) -> bool:
    """Whether it has begun before the cycle is over; ``cycle_after`` is the first day after, None for no end."""
    return cycle_after is None or event.starts_on < cycle_after
