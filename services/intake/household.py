"""The household roster and the answers that proxy means tests ask for (domain.md §3).

An empty roster and an unanswered question are no faults: a score that needs them says *insufficient data*.
"""

from datetime import date
from typing import Final

from services.intake.person import Applicant, read_gender
from services.intake.section import Section
from shared.contracts.household import ANSWERS, Answer, Household, Member, Relation

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


def read_household(form: Section, applicant: Applicant, today: date) -> Household:
    """Roster and answers; the applicant stands in a roster exactly once, as the rest of the form has them."""
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
