"""An additive proxy means test model: any sum of points or weights, from a versioned, hashed file (domain.md §3)."""

from bisect import bisect_right
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.policy.base import Code, PolicyPart, Text
from shared.policy.hashing import short_hash
from shared.policy.questions import MODEL_INPUTS

Points = Annotated[Decimal, Field(max_digits=12, decimal_places=6)]


class Flag(PolicyPart):
    """Points for yes and for no."""

    kind: Literal["flag"]
    when_true: Points
    when_false: Points


class Choice(PolicyPart):
    """Points for each answer; every answer of the form must have its own."""

    kind: Literal["choice"]
    points: Mapping[str, Points]


class Step(PolicyPart):
    """These points hold from this count on, until the next step."""

    from_count: int = Field(ge=0)
    points: Points


class Steps(PolicyPart):
    """Points by a count, in steps; the first begins at 0, so every count has its points."""

    kind: Literal["steps"]
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.steps[0].from_count != 0:
            raise ValueError("the first step begins at from_count 0, so that every count has its points")
        if any(a.from_count >= b.from_count for a, b in pairwise(self.steps)):
            raise ValueError("the steps must ascend")
        return self


class Weight(PolicyPart):
    """A coefficient times a count; a flag counts as 1 or 0, a choice as 1 where it is one of ``ones``."""

    kind: Literal["weight"]
    weight: Points
    ones: tuple[str, ...] = ()


Scoring = Annotated[Flag | Choice | Steps | Weight, Field(discriminator="kind")]


class Variable(PolicyPart):
    """One term of the sum. ``input`` is a question of the form or a count from the roster (``MODEL_INPUTS``)."""

    input: str
    scoring: Scoring

    @model_validator(mode="after")
    def _fits_input(self) -> Self:
        question = MODEL_INPUTS.get(self.input)
        if question is None:
            raise ValueError(f"there is no input {self.input}; there are {', '.join(sorted(MODEL_INPUTS))}")
        scoring = self.scoring
        fitting = {"flag": ("flag", "weight"), "count": ("steps", "weight"), "choice": ("choice", "weight")}
        if scoring.kind not in fitting[question.kind]:
            raise ValueError(f"{self.input} is a {question.kind}: it cannot be scored by {scoring.kind}")
        if isinstance(scoring, Choice) and set(scoring.points) != question.options:
            raise ValueError(f"{self.input} needs points for exactly {', '.join(sorted(question.options))}")
        if isinstance(scoring, Weight):
            is_choice = question.kind == "choice"
            if is_choice != bool(scoring.ones) or not set(scoring.ones) <= question.options:
                raise ValueError("ones names the answers of a choice that count as 1, and only a choice has it")
        return self


class LikelihoodBand(PolicyPart):
    """Of households that score from ``from_score`` up to the next band, so many percent are poor by each line."""

    from_score: Points
    lower_line_percent: Annotated[Decimal, Field(ge=0, le=100)]
    upper_line_percent: Annotated[Decimal, Field(ge=0, le=100)]

    @cached_property
    def texts(self) -> tuple[str, str]:
        """Both percentages as decimal text, the lower line's first."""
        return f"{self.lower_line_percent:f}", f"{self.upper_line_percent:f}"


class PmtModel(PolicyPart):
    """A model states its id, version, survey, direction, rescaling, cut-off and the inputs that it requires.

    ``cut_off`` belongs to the poor side; a programme may set its own. Every variable's input is required.
    """

    id: Code
    version: Text
    name_en: Text
    name_bn: Text
    label: Text
    survey: Text
    source: Text
    direction: Literal["lower_is_poorer", "higher_is_poorer"]
    rescaling: Text
    constant: Points = Decimal(0)
    cut_off: Decimal | None = None
    variables: tuple[Variable, ...] = Field(min_length=1)
    likelihood: tuple[LikelihoodBand, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        inputs = [variable.input for variable in self.variables]
        if len(set(inputs)) != len(inputs):
            raise ValueError("an input stands in two variables")
        if any(a.from_score >= b.from_score for a, b in pairwise(self.likelihood)):
            raise ValueError("the likelihood bands must ascend")
        return self

    @cached_property
    def required_inputs(self) -> tuple[str, ...]:
        """The inputs without any one of which there is no score."""
        return tuple(variable.input for variable in self.variables)

    @cached_property
    def hash(self) -> str:
        """Identifies the content: the same answers under the same hash give the same score (I9)."""
        return short_hash(self.canonical())

    def __hash__(self) -> int:
        """By its content; the fields hold mappings, which have no hash of their own."""
        return hash(self.hash)

    @cached_property
    def ref(self) -> str:
        """How a rank names the model: id, version and hash."""
        return f"{self.id}/{self.version}/{self.hash}"

    def poor_at(self, score: Decimal, cut_off: Decimal) -> bool:
        """Whether a score is on the poor side of a cut-off, which itself belongs to it."""
        return score <= cut_off if self.direction == "lower_is_poorer" else score >= cut_off

    def band(self, score: Decimal) -> LikelihoodBand | None:
        """The likelihood band of a score; None where the model publishes none, or below its first."""
        above = bisect_right(self._from_scores, score)
        return self.likelihood[above - 1] if above else None

    @cached_property
    def _from_scores(self) -> tuple[Decimal, ...]:
        return tuple(band.from_score for band in self.likelihood)
