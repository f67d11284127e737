"""What a proxy means test asks, answered from the household: counts from the roster, and the form's own answers.

A thing that cannot be told is missing; it is never guessed and never counted as zero.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from shared.contracts.household import Answer, Household
from shared.policy.dates import completed_years
from shared.policy.questions import MODEL_INPUTS


class Missing(NamedTuple):
    """An input that cannot be told, and the field of the common form whose answer would tell it."""

    input: str
    field: str


class Inputs(NamedTuple):
    """The values of the inputs that were asked for, and those that are missing."""

    values: Mapping[str, Answer]
    missing: tuple[Missing, ...]


_NO_ROSTER: Final = "household.members"


def derive_inputs(names: Iterable[str], household: Household, on: date) -> Inputs:
    """The inputs with these names, ages in completed years on ``on``."""
    ages = tuple(
        [
            None if (born := member.date_of_birth) is None else max(0, completed_years(born, on))
            for member in household.members
        ]
    )
    values: dict[str, Answer] = {}
    missing: list[Missing] = []
    given = household.answers
    for name in names:
        derive = _FROM_ROSTER.get(name)
        if derive is None:
            answer = given.get(name)
            if answer is not None and _is_answer_to(name, answer):
                values[name] = answer
            else:
                missing.append(Missing(name, f"household.answers.{name}"))
            continue
        told = derive(household, ages) if ages else [_NO_ROSTER]
        if isinstance(told, list):
            missing.extend(Missing(name, field) for field in told)
        else:
            values[name] = told
    return Inputs(values, tuple(missing))


def _is_answer_to(name: str, answer: Answer) -> bool:
    """Whether an answer is of its question's kind: intake sees to that, but another model may ask for more."""
    question = MODEL_INPUTS[name]
    if question.kind == "flag":
        return isinstance(answer, bool)
    if question.kind == "choice":
        return answer in question.options
    return isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0


Ages = tuple[int | None, ...]
Told = int | bool | list[str]
"""The value, or the fields that would tell it."""


def _unknown_ages(ages: Ages) -> list[str]:
    if None not in ages:
        return []
    return [f"household.members[{index}].date_of_birth" for index, age in enumerate(ages) if age is None]


def _known(ages: Ages) -> list[int]:
    return [age for age in ages if age is not None]


def _members_aged_0_to_12(household: Household, ages: Ages) -> Told:
    return _unknown_ages(ages) or len([age for age in ages if age is not None and age <= 12])


def _all_aged_6_to_12_attend_school(household: Household, ages: Ages) -> Told:
    """No where nobody is of that age (domain.md §3, question 2)."""
    pupils = [index for index, age in enumerate(ages) if age is not None and 6 <= age <= 12]
    if not pupils:
        return _unknown_ages(ages) or False
    attendance = [household.members[index].attends_school for index in pupils]
    if False in attendance:
        return False
    untold = _unknown_ages(ages) + [
        f"household.members[{index}].attends_school"
        for index, attends in zip(pupils, attendance, strict=True)
        if attends is None
    ]
    return untold or True


def _household_size(household: Household, ages: Ages) -> Told:
    return len(ages)


def _has_member_aged_60_or_more(household: Household, ages: Ages) -> Told:
    return max(_known(ages), default=0) >= 60 or _unknown_ages(ages) or False


def _has_member_aged_0_to_17(household: Household, ages: Ages) -> Told:
    return min(_known(ages), default=18) <= 17 or _unknown_ages(ages) or False


_FROM_ROSTER: Final[dict[str, Callable[[Household, Ages], Told]]] = {
    "members_aged_0_to_12": _members_aged_0_to_12,
    "all_aged_6_to_12_attend_school": _all_aged_6_to_12_attend_school,
    "household_size": _household_size,
    "has_member_aged_60_or_more": _has_member_aged_60_or_more,
    "has_member_aged_0_to_17": _has_member_aged_0_to_17,
}

ROSTER_INPUTS_KNOWN: Final = frozenset(_FROM_ROSTER)
"""Must be the names of ``shared.policy.questions.ROSTER_INPUTS``."""
