"""The stage on ``dedup.command.v1``: what timers ask. A reviewer's verdict has a topic of its own (``stage.py``)."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from services.dedup.concede import Known, awaits
from services.dedup.publish import Publisher
from services.dedup.reasons import reason
from services.dedup.register import Register
from services.dedup.reopen import Facts, Reopener, Request, refusal
from services.dedup.rests import grounds, is_due
from services.dedup.ruling import Standing
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.envelope import BadEnvelope, Envelope
from shared.stage.digests import digest_of_content
from shared.stage.records import Record
from shared.stage.stage import BadRecord, History, Input, Message, Settled, Verdict

RECONSIDER = "reconsider"
TYPE = "dedup.command.v1"


class CommandStage:
    """``reconsider``: an application that was held for others, or refused for one, is looked at again if it is due."""

    name = "dedup"

    def __init__(self, policy: str, register: Register, reopener: Reopener, publisher: Publisher) -> None:
        self.policy = policy
        self._register, self._reopener, self._publisher = register, reopener, publisher

    def read(self, record: Record) -> Input[Command]:
        """A command; raises ``BadRecord``."""
        try:
            envelope = Envelope.from_headers(record.headers, frozenset({TYPE}))
            command = Command.read(record.value or b"")
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except ValidationError:
            raise BadRecord("not_a_command") from None
        return Input(record, envelope, command, command.command_id, 0, digest_of_content(record.value or b""))

    async def decide(self, inputs: Sequence[Input[Command]], history: History) -> Sequence[Verdict]:
        """Look at all that are due in one go."""
        due = await self._due({item.event.about for item in inputs if item.event.name == RECONSIDER})

        def examine(me: Known, other: Known | None) -> Facts | Reason | None:
            return Facts() if me.application_id in due else None

        asked = [item for item in inputs if item.event.name == RECONSIDER]
        verdicts = await self._reopener.decide(
            [
                Request(item.record.origin, item.digest, item.event.command_id, item.event.about, examine)
                for item in asked
            ]
        )
        by_id = {item.event.command_id: verdict for item, verdict in zip(asked, verdicts, strict=True)}
        return [
            by_id[item.event.command_id]
            if item.event.name == RECONSIDER
            else refusal(item.event.command_id, reason("command_unknown"))
            for item in inputs
        ]

    async def emit(self, settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Message]]:
        """The status of every application that was decided, and what goes on."""
        return await self._publisher.after_request(
            [(item.decisions, item.input.event.about if item.input is not None else None) for item in settled]
        )

    async def _due(self, names: set[str]) -> set[str]:
        mine = await self._register.known(names)
        found = await due(self._register, mine)
        return found | await self._awaited({name: me for name, me in mine.items() if name not in found})

    async def _awaited(self, mine: Mapping[str, Known]) -> set[str]:
        """Those refused whose next decision somebody waits for: a request that did not come to its end reserved it."""
        refused = {name for name, me in mine.items() if me.standing is Standing.REFUSED}
        dependents = await self._register.resting_on(refused)
        theirs = await self._register.known({name for names in dependents.values() for name in names})
        return {
            name
            for name, names in dependents.items()
            if any(awaits(theirs[other], mine[name]) for other in names if other in theirs)
        }


async def due(register: Register, mine: Mapping[str, Known]) -> set[str]:
    """Which of these applications are to be looked at again."""
    theirs = await register.known(
        {name for me in mine.values() if (ruling := me.ruling) is not None for name in grounds(ruling)}
    )
    return {name for name, me in mine.items() if is_due(me, theirs)}
