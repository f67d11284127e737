"""Runs an additive proxy means test: a score is the exact decimal sum of its contributions (I9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.scoring.inputs import Missing, derive_inputs
from shared.contracts.chain import Rank
from shared.contracts.household import Answer, Household
from shared.policy.models import Choice, Flag, LikelihoodBand, PmtModel, Scoring, Steps


class Contribution(NamedTuple):
    """What one input added to the score."""

    input: str
    answer: Answer
    points: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """A score with all that it came from: ``value`` = ``constant`` + the points of ``contributions``.

    ``model`` names id, version and hash of the model; ``band`` is None where the model publishes no likelihoods.
    """

    model: str
    value: Decimal
    constant: Decimal
    contributions: tuple[Contribution, ...]
    band: LikelihoodBand | None
    lower_is_poorer: bool

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
    contributions = tuple(
        Contribution(variable.input, answers[variable.input], _points(variable.scoring, answers[variable.input]))
        for variable in model.variables
    )
    value = sum((contribution.points for contribution in contributions), model.constant)
    return Score(
        model=model.ref,
        value=value,
        constant=model.constant,
        contributions=contributions,
        band=model.band(value),
        lower_is_poorer=model.direction == "lower_is_poorer",
    )


def _points(scoring: Scoring, answer: Answer) -> Decimal:
    if isinstance(scoring, Flag):
        return scoring.when_true if answer else scoring.when_false
    if isinstance(scoring, Choice):
        return scoring.points[str(answer)]
    if isinstance(scoring, Steps):
        return next(step.points for step in reversed(scoring.steps) if int(answer) >= step.from_count)
    count = int(answer in scoring.ones) if isinstance(answer, str) else int(answer)
    return scoring.weight * count
