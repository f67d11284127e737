"""What a decided command publishes: the transitions it led to, and the commands by which the service carries it on.

A long command is many short ones: each one's result names, under ``then``, what comes after it, as
``[name, after]`` or ``[name, after, further arguments]``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from services.payments.payment import Payment
from services.payments.publish import is_transition, said_of
from shared import topics
from shared.contracts.command import Command
from shared.envelope import event_id
from shared.stage.messages import moment
from shared.stage.stage import Message, Settled

TYPE: Final = "payments.command.v1"


async def emit(settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Message]]:
    """For each decided command what it publishes: a pure function of what is stored."""
    return [said(item) for item in settled]


def said(settled: Settled[Command]) -> list[Message]:
    """The transitions that a command led to, and the commands that carry it on."""
    assert settled.input is not None
    messages = [
        message for row in settled.decisions if is_transition(row) for message in said_of(row, Payment.read(row.body))
    ]
    head = next(row for row in settled.decisions if row.subject == settled.input.subject)
    result: dict[str, Any] = orjson.loads(head.body).get("result", {})
    for name, after, *more in result.get("then", ()):
        further = more[0] if more else {}
        place = {"after": after} if after or not more else {}
        given = {**_about(result), **place, **further}
        messages.append(following(settled.input.event, name, given, head.at_us))
    return messages


def following(parent: Command, name: str, arguments: Mapping[str, Any], at_us: int) -> Message:
    """The command that follows ``parent``, under an id that a replay repeats."""
    after = "|".join(str(arguments[one]) for one in sorted(arguments) if one not in ("programme", "cycle"))
    about = "|".join(str(arguments[one]) for one in ("programme", "cycle") if one in arguments) or name
    command = Command(
        command_id=event_id("payments", "command", f"{parent.command_id}|{name}|{about}|{after}", 0, 0),
        name=name,
        about=about,
        by=parent.by,
        at=moment(at_us),
        arguments=dict(arguments),
    )
    return worded(command, at_us)


def _about(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: result[name] for name in ("programme", "cycle") if name in result}


def worded(command: Command, at_us: int) -> Message:
    """A command of the service itself, as a message on its own command topic."""
    return Message(
        topics.command("payments"), command.about, TYPE, command.about, command.command_id, at_us, command.write()
    )
