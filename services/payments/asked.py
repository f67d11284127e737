"""The commands of payments and their arguments, as people and machines give them."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Programme = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
CycleName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
OrderRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,63}$")]


class Asked(BaseModel):
    """Base of arguments: frozen, and an unknown one is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenCycle(Asked):
    """``cycle.open``: ``starts_on`` is the Dhaka date whose rates it pays."""

    programme: Programme
    cycle: CycleName
    starts_on: date


class CloseCycle(Asked):
    """``cycle.close``: nothing more is sent for it; reports on what was sent still count."""

    programme: Programme
    cycle: CycleName


class Piece(Asked):
    """``cycle.fill`` and ``funds.apply``: the next piece of a long command, beyond the place ``after``."""

    programme: Programme
    cycle: CycleName
    after: str = ""


class Due(Asked):
    """``payment.due``: what happened to transition ``n`` of the payment that the command is about?"""

    n: int
