"""What a reviewer can ask for, and where: the commands, and whose area an application lies in."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.dedup.commands import CLAIM, RELEASE, HoldArguments
from services.dedup.concede import Known
from services.dedup.listed import PAIR, PairArguments
from services.dedup.register import Register
from services.dedup.reviews import area_of
from shared import topics
from shared.contracts.command import Command, ReviewDecided
from shared.http.commands import Arguments, CommandSpec
from shared.http.keys import Principal
from shared.http.problems import Problem
from shared.stage.stage import Message

NAMES_OTHER = ("duplicate", "merge")
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class HoldWish(HoldArguments, Arguments):
    """The hold ``n`` of ``revision``."""


class PairWish(PairArguments, Arguments):
    """A word on a pair of which ``n`` words are known: the two are *same* or *different*, or *undo* the last word."""


class VerdictWish(Arguments):
    """A verdict on the decision ``n`` of ``revision``, which must be the application's present one.

    *distinct* and *duplicate* end a hold; *split*, *merge* and *undo* take back what was decided. ``duplicate_of`` is
    the accepted application of the same person, with *duplicate* and *merge* only.
    """

    revision: Annotated[int, Field(ge=1)]
    n: Annotated[int, Field(ge=1)]
    verdict: Literal["distinct", "duplicate", "split", "merge", "undo"]
    duplicate_of: Name | None = None
    reason: Annotated[str, Field(min_length=3, max_length=500)]

    @model_validator(mode="after")
    def _names_the_other(self) -> "VerdictWish":
        if (self.verdict in NAMES_OTHER) != (self.duplicate_of is not None):
            raise PydanticCustomError("original_missing", "duplicate_of goes with duplicate and merge, and only there")
        return self


def _worded(command: Command, wish: VerdictWish) -> Message:
    said = ReviewDecided(
        command_id=command.command_id, application_id=command.about, by=command.by, at=command.at, **wish.model_dump()
    )
    return Message(
        topic=topics.REVIEW_DECIDED,
        key=command.about,
        type="review.decided.v1",
        subject=command.about,
        event_id=command.command_id,
        time_us=int(command.at.timestamp() * 1_000_000),
        value=said.write(),
    )


class Specs:
    """The commands of reviewers: who has an area may speak about applications of that area only."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.review = CommandSpec(
            "review",
            VerdictWish,
            roles=("reviewer",),
            summary="End the hold of the application that the command is about, or take back what was decided of it.",
            wording=_worded,
            guard=self._in_area,
        )
        self.claim = CommandSpec(
            CLAIM,
            HoldWish,
            roles=("reviewer",),
            summary="Take the held application that the command is about, so that nobody else looks at it meanwhile.",
            guard=self._in_area,
        )
        self.release = CommandSpec(
            RELEASE, HoldWish, roles=("reviewer",), summary="Give it back to the others.", guard=self._in_area
        )
        self.pair = CommandSpec(
            PAIR,
            PairWish,
            roles=("reviewer",),
            summary="Say whether two records of lists, the one that the command is about and another, are one person.",
            guard=self._in_area,
        )

    @property
    def all(self) -> tuple[CommandSpec, ...]:
        """For the address of commands."""
        return self.review, self.claim, self.release, self.pair

    async def _in_area(self, who: Principal, about: str) -> None:
        areas = areas_of(who)
        if areas:
            me = (await self._register.known([about])).get(about)
            if me is not None:
                check_area(areas, me)


def areas_of(who: Principal) -> tuple[str, ...]:
    """Where this principal may look; () is everywhere."""
    return () if who.roles & {"reviewer", "operator"} else who.codes("reviewer")


def check_area(areas: tuple[str, ...], me: Known) -> None:
    """Raise ``Problem`` where an application lies in none of these areas."""
    if areas and not area_of(me).startswith(areas):
        raise Problem(403, "area_not_yours", "This application lies in another area than your key is for.")
