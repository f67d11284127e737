"""What a proxy means test asks, answered from the household: counts from the roster, and the form's own answers.

A thing that cannot be told is missing; it is never guessed and never counted as zero.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, cast

from shared.contracts.household import Answer, Household, Member
from shared.policy.dates import completed_years
from shared.policy.questions import MODEL_INPUTS, InputKind


class Missing(NamedTuple):
    """An input that cannot be told, and the field of the common form whose answer would tell it."""

    input: str
    field: str


class Inputs(NamedTuple):
    """The values of the inputs that were asked for, and those that are missing."""

    values: Mapping[str, Answer]
    missing: tuple[Missing, ...]


_TYPES: Final[dict[InputKind, type[Answer]]] = {"flag": bool, "choice": str, "count": int}
_ANSWERS: Final[dict[str, tuple[Any, frozenset[str]]]] = {
    name: (_TYPES[question.kind], question.options) for name, question in MODEL_INPUTS.items()
}
"""The type of each question's answers and, of a choice, what it may be: another model may ask for more than intake."""

_NO_ROSTER: Final = "household.members"


def derive_inputs(names: Iterable[str], household: Household, on: date) -> Inputs:
    """The inputs with these names, ages in completed years on ``on``."""
    roster = _roster(household, on)
    values: dict[str, Answer] = {}
    missing: list[Missing] = []
    given = household.answers
    for name in names:
        derive = _FROM_ROSTER.get(name)
        if derive is None:
            answer: Any = given.get(name)
            kind, options = _ANSWERS[name]
            if type(answer) is kind and (answer in options if options else answer >= 0):
                values[name] = answer
            else:
                missing.append(Missing(name, f"household.answers.{name}"))
            continue
        told = derive(roster) if roster.members else [_NO_ROSTER]
        if isinstance(told, list):
            missing.extend(Missing(name, field) for field in told)
        else:
            values[name] = told
    return Inputs(values, tuple(missing))


class _Roster(NamedTuple):
    """The members with their ages, ``known`` those that can be told; ``untold`` are the fields that would tell more."""

    members: Sequence[Member]
    ages: Sequence[int | None]
    known: Sequence[int]
    untold: list[str]


def _roster(household: Household, on: date) -> _Roster:
    members = household.members
    ages = [
        None if (born := member.date_of_birth) is None else completed_years(born, on) if born < on else 0
        for member in members
    ]
    if None not in ages:
        return _Roster(members, ages, cast(list[int], ages), [])
    untold = [f"household.members[{index}].date_of_birth" for index, age in enumerate(ages) if age is None]
    return _Roster(members, ages, [age for age in ages if age is not None], untold)


Told = int | bool | list[str]
"""The value, or the fields that would tell it."""


def _members_aged_0_to_12(roster: _Roster) -> Told:
    return roster.untold or len([age for age in roster.known if age <= 12])


def _all_aged_6_to_12_attend_school(roster: _Roster) -> Told:
    """No where nobody is of that age (domain.md §3, question 2)."""
    pupils = [index for index, age in enumerate(roster.ages) if age is not None and 6 <= age <= 12]
    if not pupils:
        return roster.untold or False
    attendance = [roster.members[index].attends_school for index in pupils]
    if False in attendance:
        return False
    untold = roster.untold + [
        f"household.members[{index}].attends_school"
        for index, attends in zip(pupils, attendance, strict=True)
        if attends is None
    ]
    return untold or True


def _household_size(roster: _Roster) -> Told:
    return len(roster.ages)


def _has_member_aged_60_or_more(roster: _Roster) -> Told:
    return max(roster.known, default=0) >= 60 or roster.untold or False


def _has_member_aged_0_to_17(roster: _Roster) -> Told:
    return min(roster.known, default=18) <= 17 or roster.untold or False


_FROM_ROSTER: Final[dict[str, Callable[[_Roster], Told]]] = {
    "members_aged_0_to_12": _members_aged_0_to_12,
    "all_aged_6_to_12_attend_school": _all_aged_6_to_12_attend_school,
    "household_size": _household_size,
    "has_member_aged_60_or_more": _has_member_aged_60_or_more,
    "has_member_aged_0_to_17": _has_member_aged_0_to_17,
}

ROSTER_INPUTS_KNOWN: Final = frozenset(_FROM_ROSTER)
"""Must be the names of ``shared.policy.questions.ROSTER_INPUTS``."""
