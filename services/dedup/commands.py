"""What timers ask of dedup, for ``shared.stage.commands.CommandStage``. A reviewer's verdict has a topic of its own."""

from collections.abc import Mapping, Sequence

from services.dedup.concede import Known
from services.dedup.publish import Publisher
from services.dedup.register import Register
from services.dedup.reopen import Facts, Reopener, Request
from services.dedup.rests import grounds, is_due
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.stage.commands import Emit, Handle
from shared.stage.stage import Input, Message, Settled, Verdict

RECONSIDER = "reconsider"


class Desk:
    """``reconsider``: an application that was held for others, or refused for one, is looked at again if it is due."""

    def __init__(self, register: Register, reopener: Reopener, publisher: Publisher) -> None:
        self._register, self._reopener, self._publisher = register, reopener, publisher

    def handlers(self) -> Mapping[str, Handle]:
        """By command name."""
        return {RECONSIDER: self._reconsider}

    def emitters(self) -> Mapping[str, Emit]:
        """By command name."""
        return {RECONSIDER: self._emit}

    async def _reconsider(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        """Look at all that are due in one go."""
        ready = await due(self._register, await self._register.known({item.event.about for item in items}))

        def examine(me: Known, other: Known | None) -> Facts | Reason | None:
            return Facts() if me.application_id in ready else None

        return await self._reopener.decide(
            [
                Request(item.record.origin, item.digest, item.event.command_id, item.event.about, examine)
                for item in items
            ]
        )

    async def _emit(self, settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Message]]:
        """The status of every application that was decided, and what goes on."""
        return await self._publisher.after_request(
            [(item.decisions, item.input.event.about if item.input is not None else None) for item in settled]
        )


async def due(register: Register, mine: Mapping[str, Known]) -> set[str]:
    """Which of these applications are to be looked at again."""
    theirs = await register.known(
        {name for me in mine.values() if (ruling := me.ruling) is not None for name in grounds(ruling)}
    )
    return {name for name, me in mine.items() if is_due(me, theirs)}
