"""Dead letters over HTTP, the same for every stage: which there are, one of them without its person, and the commands.

The letters are read where they lie, in Kafka: what retention has deleted there is no longer listed.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel

from shared.http.auth import require
from shared.http.commands import Arguments, CommandSpec
from shared.http.problems import Problem
from shared.masking import is_pseudonym, looks_like_code, masked, masked_text
from shared.stage.deadletters import Letter
from shared.stage.letters import DISCARD, REPLAY, Letters, Named, name_of
from shared.stage.messages import moment
from shared.stage.records import Headers, Origin
from shared.stage.tables import DISPOSITIONS, REPLAYED, Disposition
from shared.store.port import Key, Store
from shared.store.tables import FATES

LISTED_MAX = 10_000
OPEN: Final = "open"
State = Literal["open", "replayed", "discarded", "all"]
_OURS = frozenset({"ce_specversion", "ce_type", "ce_source", "ce_time", "content-type", "traceparent"})
"""Headers whose values are codes, where they look like it; of all others a trace is shown."""


class NamedLetters(Named, Arguments):
    """Which letters, and why; the reason stays on record with who asked."""


SPECS = (
    CommandSpec(REPLAY, NamedLetters, summary="Send dead letters back to where they stood; each once."),
    CommandSpec(DISCARD, NamedLetters, summary="Put dead letters away for good."),
)
"""Every stage declares them; ``about`` is its consumer group."""


class LetterLine(BaseModel):
    """One dead letter. ``received_at`` is when the record was first received, ``put_aside_at`` when it was given up."""

    letter: str
    topic: str
    partition: int
    offset: int
    code: str
    received_at: datetime
    put_aside_at: datetime
    size_bytes: int
    state: str


class LetterList(BaseModel):
    """The newest first. ``total`` and ``by_code`` count all that match, also those beyond the limit."""

    total: int
    by_code: dict[str, int]
    letters: list[LetterLine]


class Decided(BaseModel):
    """What a person decided about it."""

    state: str
    by: str
    reason: str
    command_id: str
    at: datetime


class Return(BaseModel):
    """Where the record came again, and what became of it there; no ``kind`` while that is not decided."""

    letter: str
    kind: str | None = None
    at: datetime | None = None


class LetterShown(LetterLine):
    """One dead letter with its structure; every value that may be a person's is masked."""

    group: str
    key: str | None
    headers: dict[str, str]
    value: Any
    value_fault: str | None
    decided: Decided | None
    returns: list[Return]


class _Found(NamedTuple):
    """A letter without its bytes."""

    origin: Origin
    code: str
    received_ms: int
    put_aside_ms: int
    size: int


def letter_router(letters: Letters, store: Store) -> APIRouter:
    """Both addresses, for operators."""
    operators = [Depends(require("operator"))]
    router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"], dependencies=operators)

    @router.get("", summary="Dead letters by code, source and time; the newest first.")
    async def listed(
        code: Annotated[str | None, Query(max_length=100)] = None,
        source: Annotated[str | None, Query(max_length=249, description="A source, a provider or a topic.")] = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        state: State = OPEN,
        limit: Annotated[int, Query(ge=1, le=LISTED_MAX)] = 100,
    ) -> LetterList:
        found: list[_Found] = []
        async for letter in letters.read():
            if _matches(letter, code, source, since, until):
                found.append(_found(letter))
        states = await _states(store, [one.origin for one in found])
        of_state = [one for one in found if state in ("all", states[one.origin])]
        of_state.sort(key=lambda one: (one.put_aside_ms, one.origin), reverse=True)
        return LetterList(
            total=len(of_state),
            by_code=dict(Counter(one.code for one in of_state).most_common()),
            letters=[LetterLine(**_line(one, states[one.origin])) for one in of_state[:limit]],
        )

    @router.get("/{topic}/{partition}/{offset}", summary="One dead letter; every value in it is masked.")
    async def shown(topic: str, partition: int, offset: int) -> LetterShown:
        origin = Origin(topic, partition, offset)
        async for letter in letters.read([topic]):
            if letter.origin == origin:
                return await _shown(store, letter)
        raise Problem(404, "letter_unknown", "There is no such dead letter, or retention has deleted it.")

    return router


def _matches(
    letter: Letter, code: str | None, source: str | None, since: datetime | None, until: datetime | None
) -> bool:
    at_s = letter.put_aside_ms / 1000
    return (
        code in (None, letter.reason)
        and (source is None or source == letter.origin.topic or source in letter.origin.topic.split("."))
        and (since is None or at_s >= since.timestamp())
        and (until is None or at_s < until.timestamp())
    )


def _found(letter: Letter) -> _Found:
    return _Found(letter.origin, letter.reason, letter.received_ms, letter.put_aside_ms, letter.record.size)


async def _states(store: Store, origins: Sequence[Origin]) -> dict[Origin, str]:
    keys: list[Key] = list(origins)
    decided = await store.get(DISPOSITIONS, keys) if keys else {}
    return {origin: decided[origin].state if origin in decided else OPEN for origin in origins}


def _line(one: _Found, state: str) -> dict[str, Any]:
    return {
        "letter": name_of(one.origin),
        **one.origin._asdict(),
        "code": one.code,
        "received_at": moment(one.received_ms * 1000),
        "put_aside_at": moment(one.put_aside_ms * 1000),
        "size_bytes": one.size,
        "state": state,
    }


async def _shown(store: Store, letter: Letter) -> LetterShown:
    origin = letter.origin
    row: Disposition | None = (await store.get(DISPOSITIONS, [origin])).get(origin)
    again = [Origin(*link[:2], link.as_offset) for link in await store.follow(REPLAYED, [(*origin, -1)])]
    fates = await store.get(FATES, list(again)) if again else {}
    value, fault = masked(letter.record.value)
    key = letter.record.key
    return LetterShown(
        **_line(_found(letter), row.state if row is not None else OPEN),
        group=letter.group,
        key=None if key is None else _key(key),
        headers=_headers(letter.headers),
        value=value,
        value_fault=fault,
        decided=None if row is None else _decided(row),
        returns=[
            Return(letter=name_of(place), kind=fate.kind, at=moment(fate.at_us))
            if (fate := fates.get(place)) is not None
            else Return(letter=name_of(place))
            for place in again
        ],
    )


def _decided(row: Disposition) -> Decided:
    at = moment(row.at_us)
    return Decided(state=row.state, by=row.by, reason=row.reason, command_id=row.command_id, at=at)


def _headers(headers: Headers) -> dict[str, str]:
    return {
        name if looks_like_code(name) else masked_text(name): _text(content, is_code=name.lower() in _OURS)
        for name, content in headers
    }


def _key(key: bytes) -> str:
    """An id of ours as it is; a source may have chosen anything."""
    text = key.decode(errors="replace")
    return text if is_pseudonym(text) else _text(key, is_code=False)


def _text(content: bytes, *, is_code: bool) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return f"({len(content)} bytes, not UTF-8)"
    plain = text.removeprefix("/")
    return text if is_code and looks_like_code(plain) else masked_text(text)
