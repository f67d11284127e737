"""What timers and reviewers ask of dedup, for ``CommandStage``. A reviewer's verdict has a topic of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.dedup import taking
from services.dedup.concede import Known
from services.dedup.publish import Publisher
from services.dedup.register import Register
from services.dedup.reopen import Facts, Reopener, Request
from services.dedup.rests import grounds, is_due
from services.dedup.ruling import State
from services.dedup.taking import subject_of
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.policy.reviews import ReviewPolicy
from shared.stage.commands import Emit, Handle, arguments
from shared.stage.stage import Again, Input, Message, Settled, Verdict
from shared.store.tables import Decision

RECONSIDER, CLAIM, RELEASE = "reconsider", "review.claim", "review.release"

Settling = Callable[[Input[Command], Known | None, "HoldArguments", Sequence[Decision]], Verdict]


class HoldArguments(BaseModel):
    """Which hold of the application."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: Annotated[int, Field(ge=1)]
    n: Annotated[int, Field(ge=1)]


class Desk:
    """``reconsider``: an application that was held for others, or refused for one, is looked at again if it is due.

    ``review.claim`` and ``review.release``: a reviewer takes a held application, and gives it back.
    """

    def __init__(self, register: Register, reopener: Reopener, publisher: Publisher, rules: ReviewPolicy) -> None:
        self._register, self._reopener, self._publisher = register, reopener, publisher
        self._taken_us = rules.claim_minutes * 60_000_000

    def handlers(self) -> Mapping[str, Handle]:
        """By command name."""
        return {RECONSIDER: self._reconsider, CLAIM: self._take, RELEASE: self._release}

    def emitters(self) -> Mapping[str, Emit]:
        """By command name."""
        return {RECONSIDER: self._emit}

    async def _reconsider(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        """Look at all that are due in one go."""
        mine = await self._register.known({item.event.about for item in items})
        ready = await due(self._register, mine)

        def examine(me: Known, original: Known | None) -> Facts | Reason | None:
            ruling = me.ruling
            if ruling is None or me.application_id not in ready:
                return None
            merged = _merged_into(original)
            return Facts.of(ruling) if merged is None else Facts.of(ruling).joined(merged)

        return await self._reopener.decide(
            [
                Request(item.record.origin, item.digest, item.event.command_id, item.event.about, examine, original)
                for item in items
                for original in [_original(mine.get(item.event.about))]
            ]
        )

    async def _take(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        def settle(item: Input[Command], me: Known | None, hold: HoldArguments, rows: Sequence[Decision]) -> Verdict:
            return taking.take(item, me, hold.n, hold.revision, rows, self._taken_us)

        return await self._settle(items, settle)

    async def _release(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        def settle(item: Input[Command], me: Known | None, hold: HoldArguments, rows: Sequence[Decision]) -> Verdict:
            return taking.release(item, me, hold.n, hold.revision, rows)

        return await self._settle(items, settle)

    async def _settle(self, items: Sequence[Input[Command]], settle: Settling) -> Sequence[Verdict]:
        """One on each application; of several in a batch the later ones are asked again, and see who was first."""
        holds: list[HoldArguments] = [arguments(item, HoldArguments) for item in items]
        names = [item.event.about for item in items]
        rows = await self._register.decisions({subject_of(name) for name in names})
        known = await self._register.known(names)
        verdicts: list[Verdict] = []
        for place, (item, hold) in enumerate(zip(items, holds, strict=True)):
            if names[place] in names[:place]:
                verdicts.append(Again())
            else:
                own_rows = rows.get(subject_of(names[place]), ())
                verdicts.append(settle(item, known.get(names[place]), hold, own_rows))
        return verdicts

    async def _emit(self, settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Message]]:
        """The status of every application that was decided, and what goes on."""
        return await self._publisher.after_request(
            [(item.decisions, item.input.event.about if item.input is not None else None) for item in settled]
        )


def _original(me: Known | None) -> str | None:
    """The application that one was refused for."""
    original = me.ruling.original if me is not None and me.ruling is not None else None
    return original.application_id if original is not None else None


def _merged_into(original: Known | None) -> str | None:
    """Whose person a reviewer has found an original to be: then whoever was refused for it is of that person too."""
    ruling = original.ruling if original is not None else None
    if ruling is None or ruling.state is not State.DUPLICATE or ruling.original is None:
        return None
    return ruling.original.application_id if ruling.original.application_id in ruling.same else None


async def due(register: Register, mine: Mapping[str, Known]) -> set[str]:
    """Which of these applications are to be looked at again."""
    theirs = await register.known(
        {name for me in mine.values() if (ruling := me.ruling) is not None for name in grounds(ruling)}
    )
    return {name for name, me in mine.items() if is_due(me, theirs)}
