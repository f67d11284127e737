"""Names of payments and attempts: pure functions of what they are, so that a replay names the same (design.md §3)."""

from shared.envelope import named_id


def payment_id(programme: str, cycle: str, entitlement_id: str) -> str:
    """``uuid5(programme | cycle | entitlement)``: one entitlement has one payment in a cycle."""
    return named_id(f"payment|{programme}|{cycle}|{entitlement_id}")


def attempt_ref(payment: str, attempt: int) -> str:
    """Names one attempt: 35 characters, which is what an ISO 20022 end-to-end id can hold."""
    return f"{payment.replace('-', '')}-{attempt:02d}"


def person_claim(programme: str, cycle: str, person_id: str) -> str:
    """The claim that at most one payment of a (programme, cycle) holds for a person (I3)."""
    return f"payment|{programme}|{cycle}|{person_id}"


def recovery_log(entitlement_id: str) -> str:
    """The limit up to which an overpayment is held back from an entitlement's payments, in poisha."""
    return f"recovery|{entitlement_id}"


def allocation_log(programme: str, cycle: str) -> str:
    """The limit from which payments are committed, in poisha."""
    return f"allocation|{programme}|{cycle}"


def release_log(programme: str, cycle: str) -> str:
    """The limit from which payments are sent, in poisha."""
    return f"release|{programme}|{cycle}"
