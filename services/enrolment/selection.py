"""A committee's word on one application, judged by the places of its cell (I8). Pure."""

from services.enrolment.places import Member, Status
from services.enrolment.plan import Plan
from shared.contracts.command import SelectionDecided
from shared.stage.records import Origin

DECIDED = frozenset({Status.HELD, Status.REJECTED, Status.OVERLAP})


def is_taken_up(member: Member | None, origin: Origin) -> bool:
    """Whether this very record has already changed the member."""
    return member is not None and member.by == origin and member.status in DECIDED


def take_up(plan: Plan, word: SelectionDecided, origin: Origin) -> str | None:
    """Put the committee's word into the plan; the code of the reason where it is refused.

    Whoever is offered a place may be taken or refused. Taking anybody else is an override: it needs a reason, stays on
    record, and takes a free place or that of the last in rank who is offered one and not confirmed yet.
    """
    # What an earlier word of the batch has left free is offered before this one is judged, as it would be after a
    # crash between the two: else the answer would hang on where batches end.
    plan.offer_free()
    name = word.application_id
    member, status = plan.cell.members.get(name), plan.status(name)
    has_reason = bool(word.reason and word.reason.strip())
    if member is None or status is Status.GONE or plan.cell.round_id is None:
        return "not_in_a_round"
    if word.round_id != plan.cell.round_id:
        return "another_round"
    if status is Status.HELD:
        return "decided_already"
    if status is Status.OFFERED:
        if word.selected:
            plan.move(name, Status.HELD, origin)
            return None
        if not has_reason:
            return "reason_missing"
        plan.move(name, Status.REJECTED, origin)
        return None
    if not (word.selected and word.override):
        return "decided_already" if status is Status.REJECTED else "not_offered"
    if not has_reason:
        return "reason_missing"
    return None if plan.override(name, origin, str(word.reason).strip()) else "no_free_place"
