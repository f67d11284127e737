"""A source: a ministry's system that sends applications, and what it may leave empty."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from shared.policy.base import Basis, Code, PolicyPart, Text

GapAction = Literal["reject", "accept_as_gap", "derive"]


class GapOutcome(NamedTuple):
    """What to do with an empty field; ``value`` is what to put there, where it is derived."""

    action: GapAction
    value: str | None = None


REJECT = GapOutcome("reject")


class GapRule(PolicyPart):
    """What happens to an application in which this CCDS field is empty (design.md §9).

    ``derive`` puts ``value`` there for the programmes named and goes by ``otherwise`` for the rest. A tolerance ends
    with the day ``until``; what can be derived has no end unless one is given.
    """

    action: GapAction
    until: date | None = None
    value: str | None = None
    programmes: tuple[str, ...] = ()
    otherwise: Literal["reject", "accept_as_gap"] = "reject"
    otherwise_until: date | None = None
    basis: Basis
    source: Text

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        derives = self.action == "derive"
        if derives != (self.value is not None) or derives != bool(self.programmes):
            raise ValueError("value and programmes belong to derive, and derive needs both")
        if not derives and self.otherwise != "reject":
            raise ValueError("otherwise belongs to derive")
        if self.action == "accept_as_gap" and self.until is None:
            raise ValueError("accept_as_gap needs until: a gap is tolerated up to a date, not for ever")
        if (self.otherwise == "accept_as_gap") != (self.otherwise_until is not None):
            raise ValueError("otherwise: accept_as_gap and otherwise_until belong together")
        return self

    def outcome(self, programme: str, on: date) -> GapOutcome:
        """What to do with an application for this programme received on this Dhaka date."""
        in_time = self.until is None or on <= self.until
        if self.action == "derive" and programme in self.programmes and in_time:
            return GapOutcome("derive", self.value)
        if self.action == "accept_as_gap" and in_time:
            return GapOutcome("accept_as_gap")
        if self.otherwise_until is not None and on <= self.otherwise_until:
            return GapOutcome("accept_as_gap")
        return REJECT


class SourcePolicy(PolicyPart):
    """A declared source. ``principal`` is whose API key may send and ask for it; the keys are no part of the policy."""

    code: Code
    name_en: Text
    name_bn: Text
    principal: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9:_-]{0,60}$")]
    programmes: tuple[str, ...] = Field(min_length=1)
    programmes_basis: Basis
    gaps: Mapping[str, GapRule] = Field(default_factory=dict)

    def gap(self, field: str, programme: str, on: date) -> GapOutcome:
        """What to do when this CCDS field is empty; a field without a rule is rejected."""
        rule = self.gaps.get(field)
        return REJECT if rule is None else rule.outcome(programme, on)
