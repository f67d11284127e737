"""The one path for commands: who asks is taken from the key, the command goes to a topic, the stage's consumer decides.

``POST /v1/commands`` answers as soon as Kafka has it; ``GET /v1/commands/{id}`` reads the decision when there is one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid5

import orjson
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from shared import topics
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.envelope import EVENT_NAMESPACE, Envelope, source_of_commands
from shared.http.auth import require
from shared.http.keys import Principal
from shared.http.mistakes import reason_of
from shared.http.problems import Problem, invalid
from shared.stage.commands import DONE, REFUSED
from shared.stage.messages import moment
from shared.stage.ports import Sink
from shared.stage.records import Origin, Outgoing
from shared.stage.stage import Message
from shared.store.port import Store
from shared.store.tables import DECISIONS

NO_INPUT = Origin("", -1, -1)
"""A command is caused by a person, not by a record."""


class Arguments(BaseModel):
    """Base of the arguments of a command: frozen, and an unknown one is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Wording = Callable[[Command, Any], Message]
Guard = Callable[[Principal, str], Awaitable[None]]
"""Raises ``Problem`` where the principal may not ask for something about this (a reviewer of another area)."""


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command that a stage declares: its name, its arguments, who may ask.

    ``wording`` makes another message of it than ``<stage>.command.v1`` (a reviewer's verdict has a topic of its own);
    it gets the command and its parsed arguments. ``guard`` looks at what the command is about.
    """

    name: str
    arguments: type[Arguments]
    roles: tuple[str, ...] = ("operator",)
    summary: str = ""
    wording: Wording | None = None
    guard: Guard | None = None


class ResumeArguments(Arguments):
    """Why it is safe to go on."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


RESUME = CommandSpec(
    "resume", ResumeArguments, summary="Close the breaker of the consumer group that the command is about."
)
"""Every stage declares it; ``about`` is the consumer group."""


def _no_person(about: str) -> str:
    """What a command is about becomes a key, and no key may be a national id or a mobile (I7)."""
    if about.isdigit() and len(about) >= 10:
        raise PydanticCustomError("personal", "a long number may be a person's")
    return about


class Asked(BaseModel):
    """The body of ``POST /v1/commands``. ``about`` is what the command is about; it becomes the record's key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=64)]
    about: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:/@|-]+$"), AfterValidator(_no_person)
    ]
    arguments: dict[str, Any] = Field(default_factory=dict)


class CommandAnswer(BaseModel):
    """``pending`` until the stage has decided; then ``done`` with its result, or ``refused`` with every reason."""

    command_id: str
    state: str
    result: dict[str, Any] = Field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    at: str | None = None


def command_router(
    stage: str,
    specs: Sequence[CommandSpec],
    *,
    store: Store,
    sink: Sink,
    now_us: Callable[[], int],
    new_id: Callable[[], UUID],
) -> APIRouter:
    """Both addresses for one stage. ``now_us`` is µs since 1970 UTC; ``new_id`` gives random UUIDs."""
    by_name = {spec.name: spec for spec in specs}
    if len(by_name) != len(specs):
        raise ValueError(f"two commands of {stage} have the same name")
    readers = sorted({role for spec in specs for role in spec.roles})
    router = APIRouter(prefix="/v1/commands", tags=["commands"])

    @router.post("", status_code=202, response_model=CommandAnswer, summary="Ask for something; see Location.")
    async def ask(
        asked: Asked,
        request: Request,
        who: Annotated[Principal, Depends(require(*readers))],
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Response:
        spec = _spec(by_name, asked.name, who)
        arguments = _arguments(spec, asked)
        command_id = (
            new_id()
            if idempotency_key is None
            else uuid5(EVENT_NAMESPACE, f"{stage}|command|{who.name}|{idempotency_key}")
        )
        return await produce(
            stage,
            spec,
            asked.about,
            arguments,
            who,
            sink=sink,
            at_us=now_us(),
            command_id=command_id,
            traceparent=request.state.traceparent,
        )

    @router.get("/{command_id}", response_model=CommandAnswer, summary="What became of a command.")
    async def decided(command_id: UUID, who: Annotated[Principal, Depends(require(*readers))]) -> Response:
        found = await store.find(DECISIONS, "subject", [str(command_id)])
        # A payment's or an entitlement's id is a UUID as well, and its decisions are no answers to commands.
        rows = [row for row in found if row.state in (DONE, REFUSED)]
        if not rows:
            # Another instance may have taken the command, so one that is not decided and one that never was look alike.
            return _json(CommandAnswer(command_id=str(command_id), state="pending"), 202, {"Retry-After": "1"})
        row = max(rows, key=lambda row: (row.revision, row.n))
        content = orjson.loads(row.body)
        return _json(
            CommandAnswer(
                command_id=row.subject,
                state=row.state,
                result=content.get("result", {}),
                reasons=content.get("reasons", ()),
                at=moment(row.at_us).isoformat(),
            ),
            200,
        )

    return router


async def produce(
    stage: str,
    spec: CommandSpec,
    about: str,
    arguments: Arguments,
    who: Principal,
    *,
    sink: Sink,
    at_us: int,
    command_id: UUID,
    traceparent: str,
) -> Response:
    """Have a command decided that this principal asks for, and answer where to read what became of it.

    Raises what the guard of ``spec`` raises, and what ``sink`` raises.
    """
    if spec.guard is not None:
        await spec.guard(who, about)
    command = Command(
        command_id=str(command_id),
        name=spec.name,
        about=about,
        by=who.name,
        roles=tuple(sorted(who.roles)),
        at=moment(at_us),
        arguments=arguments.model_dump(mode="json"),
    )
    message = _word(stage, command) if spec.wording is None else spec.wording(command, arguments)
    await sink.send([_outgoing(stage, message, traceparent)])
    answer = CommandAnswer(command_id=command.command_id, state="pending")
    return _json(answer, 202, {"Location": f"/v1/commands/{command.command_id}"})


def _spec(by_name: dict[str, CommandSpec], name: str, who: Principal) -> CommandSpec:
    spec = by_name.get(name)
    if spec is None:
        known = ", ".join(sorted(by_name))
        raise invalid(
            [
                Reason(
                    code="command_unknown",
                    text_en=f"This stage knows these commands: {known}.",
                    text_bn=f"এই ধাপ শুধু এই নির্দেশগুলো জানে: {known}।",
                    field="name",
                )
            ]
        )
    if not any(who.has(role) for role in spec.roles):
        raise Problem(
            403, "role_missing", f"The command {name} is not for this key; it is for {' or '.join(spec.roles)}."
        )
    return spec


def _arguments(spec: CommandSpec, asked: Asked) -> Arguments:
    try:
        # As JSON, so that dates and UUIDs are read from text and nothing else is bent into shape.
        return spec.arguments.model_validate_json(orjson.dumps(asked.arguments), strict=False)
    except ValidationError as error:
        raise invalid(
            [
                reason_of(detail, "arguments")
                for detail in error.errors(include_url=False, include_context=False, include_input=False)
            ]
        ) from None
    except TypeError:
        raise invalid(
            [
                Reason(
                    code="out_of_range",
                    text_en="A number or text in the arguments cannot be represented.",
                    text_bn="নির্দেশের কোনো সংখ্যা বা লেখা গ্রহণযোগ্য নয়।",
                    field="arguments",
                )
            ]
        ) from None


def _word(stage: str, command: Command) -> Message:
    return Message(
        topic=topics.command(stage),
        key=command.about,
        type=f"{stage}.command.v1",
        subject=command.about,
        event_id=command.command_id,
        time_us=int(command.at.timestamp() * 1_000_000),
        value=command.write(),
    )


def _outgoing(stage: str, message: Message, traceparent: str) -> Outgoing:
    envelope = Envelope(
        id=message.event_id,
        source=source_of_commands(stage),
        type=message.type,
        subject=message.subject,
        time_us=message.time_us,
        traceparent=traceparent,
    )
    headers = (*envelope.to_headers(), *message.extra)
    return Outgoing(message.topic, message.key.encode(), message.value, headers, NO_INPUT)


def _json(answer: CommandAnswer, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), status, headers, "application/json")
