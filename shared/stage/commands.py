"""The commands of a stage: read, handed to the handler of their name, answered by a decision under the command's id."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import orjson
from pydantic import BaseModel, ValidationError

from shared.contracts.base import NotAsAgreed
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.envelope import BadEnvelope, Envelope
from shared.stage.breaker import close_breaker
from shared.stage.digests import digest_of_content
from shared.stage.numbering import caused_by
from shared.stage.records import Outgoing, Record
from shared.stage.stage import (
    BadRecord,
    Decide,
    Draft,
    History,
    Input,
    Kind,
    Message,
    Settle,
    Settled,
    Stored,
    Verdict,
)
from shared.store.port import Store
from shared.topics import GROUPS

DONE, REFUSED = "done", "refused"

Handle = Callable[[Sequence[Input[Command]]], Awaitable[Sequence[Verdict]]]
"""Decides commands of one name: ``done``, ``refused`` or ``Again`` for each. Called again for a replay."""
Emit = Callable[[Sequence[Settled[Command]]], Awaitable[Sequence[Sequence[Message | Outgoing]]]]
"""What commands of one name publish, from what is stored."""


def done(item: Input[Command], result: Mapping[str, Any], others: Sequence[Draft] = ()) -> Decide:
    """The command is carried out; ``result`` is what the asker reads, ``others`` are decisions it led to."""
    body = orjson.dumps({"result": result}, option=orjson.OPT_SORT_KEYS)
    return Decide((Draft(item.subject, 0, 1, DONE, body), *others))


def refused(item: Input[Command], reasons: Sequence[Reason]) -> Decide:
    """The command is not carried out, for these reasons."""
    body = orjson.dumps({"reasons": msgspec.to_builtins(list(reasons))})
    return Decide((Draft(item.subject, 0, 1, REFUSED, body),), Kind.REFUSED)


def arguments(item: Input[Command], model: type[BaseModel]) -> Any:
    """The command's arguments as ``model``; the API checked them, so what does not fit came by another way.

    Raises ``ValidationError``; ``CommandStage`` answers it with a refusal.
    """
    return model.model_validate(item.event.arguments)


class CommandStage:
    """A stage's desk for commands. Those of an unknown name are refused; ``resume`` is everybody's."""

    def __init__(
        self,
        name: str,
        policy: str,
        store: Store,
        handlers: Mapping[str, Handle],
        emitters: Mapping[str, Emit] | None = None,
        *,
        now_us: Callable[[], int],
    ) -> None:
        """``emitters`` are only for commands that publish something; the answer itself is read from the store."""
        self.name, self.policy = name, policy
        self._handlers: dict[str, Handle] = {"resume": partial(_resume, name, store, now_us), **handlers}
        self._emitters = dict(emitters or {})
        self._types = frozenset({f"{name}.command.v1"})

    def extend(self, handlers: Mapping[str, Handle], emitters: Mapping[str, Emit]) -> None:
        """Also serve these commands; called while the service is put together."""
        self._handlers |= handlers
        self._emitters |= emitters

    def read(self, record: Record) -> Input[Command]:
        """A command, checked; raises ``BadRecord``."""
        try:
            envelope = Envelope.from_headers(record.headers, self._types)
            command = Command.read(record.value or b"")
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except NotAsAgreed:
            raise BadRecord("not_a_command") from None
        return Input(record, envelope, command, command.command_id, 0, digest_of_content(record.value or b""))

    async def decide(self, inputs: Sequence[Input[Command]], history: History) -> Sequence[Verdict]:
        """Hand the commands to their handlers, all of one name together."""
        verdicts: dict[str, Verdict] = {}
        by_name: dict[str, list[Input[Command]]] = {}
        for item in inputs:
            rows = history[item.subject]
            own = caused_by(rows, item.record.origin)
            if rows:  # asked twice under one idempotency key: the same command, though not the same bytes
                kind = Kind.REFUSED if rows[-1].state == REFUSED else Kind.DECISION
                verdicts[item.subject] = Stored(own, kind) if own else Settle(Kind.RECOGNISED, against=tuple(rows[-1:]))
            elif item.event.name not in self._handlers:
                verdicts[item.subject] = refused(item, [_unknown(self._handlers)])
            else:
                by_name.setdefault(item.event.name, []).append(item)
        for name, items in by_name.items():
            verdicts |= zip((item.subject for item in items), await self._handled(name, items), strict=True)
        return [verdicts[item.subject] for item in inputs]

    async def _handled(self, name: str, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        try:
            return await self._handlers[name](items)
        except ValidationError:
            if len(items) == 1:
                return [refused(items[0], [_ARGUMENTS])]
            return [verdict for item in items for verdict in await self._handled(name, [item])]

    async def emit(self, settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Message | Outgoing]]:
        """What the commands' own emitters say; nothing for the rest."""
        messages: list[Sequence[Message | Outgoing]] = [()] * len(settled)
        by_name: dict[str, list[int]] = {}
        for place, item in enumerate(settled):
            if item.input is not None and item.kind is Kind.DECISION and item.input.event.name in self._emitters:
                by_name.setdefault(item.input.event.name, []).append(place)
        for name, places in by_name.items():
            emitted = await self._emitters[name]([settled[place] for place in places])
            for place, said in zip(places, emitted, strict=True):
                messages[place] = said
        return messages


async def _resume(
    stage: str, store: Store, now_us: Callable[[], int], items: Sequence[Input[Command]]
) -> Sequence[Verdict]:
    verdicts: list[Verdict] = []
    for item in items:
        group = item.event.about if item.event.about != stage else GROUPS[stage]
        reason = str(item.event.arguments.get("reason", ""))
        closed = await close_breaker(store, group, reason, item.event.by, now_us())
        verdicts.append(done(item, {"group": group, "was_open": closed}))
    return verdicts


_ARGUMENTS = Reason(
    code="arguments_wrong",
    text_en="The arguments of the command are not the ones that it takes.",
    text_bn="নির্দেশটির সঙ্গে দেওয়া তথ্যগুলো সঠিক নয়।",
)


def _unknown(handlers: Mapping[str, Handle]) -> Reason:
    known = ", ".join(sorted(handlers))
    return Reason(
        code="command_unknown",
        text_en=f"This stage knows these commands: {known}.",
        text_bn=f"এই ধাপ শুধু এই নির্দেশগুলো জানে: {known}।",
        field="name",
    )
