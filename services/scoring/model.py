"""Runs an additive proxy means test: a score is the exact decimal sum of its contributions (I9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from services.scoring.inputs import Missing, derive_inputs
from shared.contracts.base import Event
from shared.contracts.chain import Rank
from shared.contracts.household import Answer, Household
from shared.policy.models import Choice, Flag, LikelihoodBand, PmtModel, Scoring, Steps
from shared.policy.questions import MODEL_INPUTS

COUNTS_PREPARED: Final = 200
"""Counts below it have their contribution made once for all; it bounds the memory, not the counts."""


class Contribution(NamedTuple):
    """What one input added to the score."""

    input: str
    answer: Answer
    points: Decimal


class Points(Event, frozen=True, kw_only=True):
    """A contribution as it is kept with a decision: ``points`` as decimal text."""

    input: str
    answer: Answer
    points: str


class _Term(NamedTuple):
    """A variable with what its usual answers contribute, made once: a score is then looked up and added up."""

    input: str
    scoring: Scoring
    prepared: Mapping[Answer, tuple[Decimal, Points]]


class Score(NamedTuple):
    """A score with all that it came from: ``value`` = ``constant`` + the points of ``contributions``.

    ``model`` names id, version and hash of the model; ``band`` is None where the model publishes no likelihoods.
    The contributions are in ``points``, as they are kept.
    """

    model: str
    value: Decimal
    constant: Decimal
    points: tuple[Points, ...]
    band: LikelihoodBand | None
    lower_is_poorer: bool

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """What each input added, as numbers."""
        return tuple(Contribution(one.input, one.answer, Decimal(one.points)) for one in self.points)

    @property
    def rank(self) -> Rank:
        """Where it stands among others: ``order`` ascends from the poorest, whatever the model's direction."""
        order = float(self.value)
        return Rank(model=self.model, score=f"{self.value:f}", order=order if self.lower_is_poorer else -order)


@dataclass(frozen=True, slots=True)
class InsufficientData:
    """No score, because these answers are missing."""

    missing: tuple[Missing, ...]


def score_household(model: PmtModel, household: Household, on: date) -> Score | InsufficientData:
    """Score a household, ages reckoned on ``on``; one missing input and there is no score."""
    inputs = derive_inputs(model.required_inputs, household, on)
    return InsufficientData(inputs.missing) if inputs.missing else score_answers(model, inputs.values)


def score_answers(model: PmtModel, answers: Mapping[str, Answer]) -> Score:
    """Score from the inputs' values, as they are kept with a decision; needs every required input."""
    points: list[Points] = []
    value = model.constant
    for name, scoring, prepared in _terms(model):
        answer = answers[name]
        added, kept = prepared.get(answer) or _contribution(name, scoring, answer)
        points.append(kept)
        value += added
    return Score(
        model=model.ref,
        value=value,
        constant=model.constant,
        points=tuple(points),
        band=model.band(value),
        lower_is_poorer=model.direction == "lower_is_poorer",
    )


@lru_cache(maxsize=64)
def _terms(model: PmtModel) -> tuple[_Term, ...]:
    return tuple(
        _Term(
            variable.input,
            variable.scoring,
            {
                answer: _contribution(variable.input, variable.scoring, answer)
                for answer in _usual_answers(variable.input)
            },
        )
        for variable in model.variables
    )


def _usual_answers(name: str) -> Iterable[Answer]:
    question = MODEL_INPUTS[name]
    if question.kind == "flag":
        return (True, False)
    return question.options if question.kind == "choice" else range(COUNTS_PREPARED)


def _contribution(name: str, scoring: Scoring, answer: Answer) -> tuple[Decimal, Points]:
    points = _points(scoring, answer)
    return points, Points(input=name, answer=answer, points=f"{points:f}")


def _points(scoring: Scoring, answer: Answer) -> Decimal:
    if isinstance(scoring, Flag):
        return scoring.when_true if answer else scoring.when_false
    if isinstance(scoring, Choice):
        return scoring.points[str(answer)]
    if isinstance(scoring, Steps):
        return next(step.points for step in reversed(scoring.steps) if int(answer) >= step.from_count)
    count = int(answer in scoring.ones) if isinstance(answer, str) else int(answer)
    return scoring.weight * count
