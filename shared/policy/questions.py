"""The inputs that a proxy means test may use: answers of the common form and counts from the roster.

``services/scoring/inputs.py`` computes the ones from the roster; a test holds the two lists together.
"""

from typing import Final, Literal, NamedTuple

from shared.contracts.household import ANSWERS

InputKind = Literal["flag", "count", "choice"]


class Question(NamedTuple):
    """What kind of value an input has; ``options`` are a choice's."""

    kind: InputKind
    options: frozenset[str] = frozenset()


ROSTER_INPUTS: Final[dict[str, Question]] = {
    "members_aged_0_to_12": Question("count"),
    "all_aged_6_to_12_attend_school": Question("flag"),
    "household_size": Question("count"),
    "has_member_aged_60_or_more": Question("flag"),
    "has_member_aged_0_to_17": Question("flag"),
}
"""Ages in completed years on the programme's reference date.

``all_aged_6_to_12_attend_school`` is no where nobody is of that age, as the scorecard counts it (domain.md §3).
"""


def _question(answer: type[bool] | type[int] | frozenset[str]) -> Question:
    if isinstance(answer, frozenset):
        return Question("choice", answer)
    return Question("flag") if answer is bool else Question("count")


MODEL_INPUTS: Final[dict[str, Question]] = ROSTER_INPUTS | {name: _question(kind) for name, kind in ANSWERS.items()}
