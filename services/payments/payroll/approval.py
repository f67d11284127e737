"""Who may put the next signature under a frozen list: policy's chain, distinct people, each within their area. Pure."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

from shared.policy.payroll import ApprovalStep

ROLE = "approver"
Refusal = Literal["maker_approves", "approved_before", "not_your_step", "not_your_area", "approved_already"]


class Signature(NamedTuple):
    """One approval: ``areas`` are those parts of the list that it is for; empty where the step is for the whole."""

    step: int
    by: str
    areas: tuple[str, ...] = ()


class Next(NamedTuple):
    """The step that waits, and for which areas of the list it still wants a signature (empty: for the whole)."""

    step: int
    areas: tuple[str, ...]


def waiting(chain: Sequence[ApprovalStep], areas: Iterable[str], given: Sequence[Signature]) -> Next | None:
    """What is still to be signed; None where the chain is complete."""
    known = sorted(areas)
    for place, step in enumerate(chain):
        signed = [one for one in given if one.step == place]
        if step.within == "area":
            open_areas = tuple(sorted(set(known) - {area for one in signed for area in one.areas}))
            if open_areas:
                return Next(place, open_areas)
        elif not signed:
            return Next(place, ())
    return None


def sign(
    chain: Sequence[ApprovalStep],
    areas: Iterable[str],
    given: Sequence[Signature],
    *,
    by: str,
    roles: Collection[str],
    maker: str,
    owner: str,
) -> Signature | Refusal:
    """The signature that ``by`` may give now, or why none. ``owner`` is the ministry of the programme."""
    if by == maker:
        return "maker_approves"
    if any(one.by == by for one in given):
        return "approved_before"
    due = waiting(chain, areas, given)
    if due is None:
        return "approved_already"
    step = chain[due.step]
    mine = [role.removeprefix(f"{ROLE}:") for role in roles if role.startswith(f"{ROLE}:")]
    if step.within == "country":
        return Signature(due.step, by) if step.level in mine else "not_your_step"
    # A role that ends with the hyphen names no area: it must not be taken for all of them.
    codes = [code for one in mine if one.startswith(f"{step.level}-") and (code := one.removeprefix(f"{step.level}-"))]
    if not codes:
        return "not_your_step"
    if step.within == "ministry":
        return Signature(due.step, by) if owner in codes else "not_your_area"
    covered = tuple(area for area in due.areas if any(area.startswith(code) for code in codes))
    return Signature(due.step, by, covered) if covered else "not_your_area"
