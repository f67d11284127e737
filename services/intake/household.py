"""The household roster and the answers that proxy means tests ask for (domain.md §3).

An empty roster and an unanswered question are no faults: a score that needs them says *insufficient data*.
"""

from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec

from services.intake.in_order import OutOfOrder, optional_text, part
from services.intake.person import Applicant, read_gender
from services.intake.section import Section
from shared.contracts.base import Event
from shared.contracts.household import ANSWERS, Answer, Household, Member, Relation
from shared.reference.dates import EARLIEST

MEMBERS_MAX: Final = 50
COUNT_MAX: Final = 100_000
"""No household has more rooms, fans, phones or decimals of land: beyond it a digit too many was typed."""

_REFERENCE_MAX: Final = 100
_RELATIONS: Final[dict[str, Relation]] = {
    "self": "self",
    "spouse": "spouse",
    "child": "child",
    "parent": "parent",
    "sibling": "sibling",
    "grandchild": "grandchild",
    "child_in_law": "child_in_law",
    "other": "other",
}


class _Given(Event, frozen=True, kw_only=True):
    """The shape of a household in order, but for the answers."""

    household_ref: str | None = None
    members: tuple[Member, ...] = ()


_KINDS: Final[dict[Any, Any]] = {bool: bool, int: Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]}
_GivenAnswers: Final = msgspec.defstruct(
    "_GivenAnswers",
    [
        (question, (Literal[tuple(kind)] if isinstance(kind, frozenset) else _KINDS[kind]) | None, None)
        for question, kind in ANSWERS.items()
    ],
    omit_defaults=True,
    gc=False,
)


def read_household(form: Section, applicant: Applicant, today: date) -> Household:
    """Roster and answers of the whole form; the applicant stands in a roster exactly once, as the rest has them."""
    try:
        return _household_in_order(form.content.get("household", {}), applicant, today)
    except OutOfOrder:
        return _read_leaf_by_leaf(form.section("household"), applicant, today)


def _household_in_order(content: Any, applicant: Applicant, today: date) -> Household:
    given = part(content, _Given)
    selves = 0
    for member in given.members:
        born = member.date_of_birth
        if born is not None and not EARLIEST <= born <= today:
            raise OutOfOrder
        if member.relation == "self":
            selves += 1
            if _differ(born, applicant.date_of_birth) or _differ(member.gender, applicant.gender):
                raise OutOfOrder
    if len(given.members) > MEMBERS_MAX or (given.members and selves != 1):
        raise OutOfOrder
    answers = content.get("answers")
    return Household(
        household_ref=optional_text(given.household_ref, _REFERENCE_MAX),
        members=given.members,
        answers={} if answers is None else msgspec.to_builtins(part(answers, _GivenAnswers)),
    )


def _read_leaf_by_leaf(form: Section, applicant: Applicant, today: date) -> Household:
    return Household(
        household_ref=form.text("household_ref", _REFERENCE_MAX),
        members=_read_members(form, applicant, today),
        answers=_read_answers(form.section("answers")),
    )


def _read_members(form: Section, applicant: Applicant, today: date) -> tuple[Member, ...]:
    members = []
    entries = 0
    selves = 0
    for entry in form.sections("members", MEMBERS_MAX):
        entries += 1
        relation = _RELATIONS.get(entry.choice("relation", _RELATIONS) or "")
        if relation is None:
            entry.need("relation")
        date_of_birth = entry.day("date_of_birth", today)
        gender = read_gender(entry)
        attends_school = entry.boolean("attends_school")
        if relation is None:
            continue
        if relation == "self":
            selves += 1
            if _differ(date_of_birth, applicant.date_of_birth):
                entry.fault("date_of_birth", "self_member_differs")
            if _differ(gender, applicant.gender):
                entry.fault("gender", "self_member_differs")
        members.append(
            Member(relation=relation, date_of_birth=date_of_birth, gender=gender, attends_school=attends_school)
        )
    if entries and selves == 0:
        form.fault("members", "roster_without_self")
    elif selves > 1:
        form.fault("members", "roster_more_than_one_self")
    return tuple(members)


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _read_answers(form: Section) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for question, kind in ANSWERS.items():
        answer: Answer | None
        if isinstance(kind, frozenset):
            answer = form.choice(question, kind)
        elif kind is bool:
            answer = form.boolean(question)
        else:
            answer = form.whole(question, 0, COUNT_MAX)
        if answer is not None:
            answers[question] = answer
    return answers
