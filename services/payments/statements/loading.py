"""``statement.load``: a statement enters in pieces, once; the same file again is recognised, another one is refused."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

import orjson
from pydantic import Field

from services.payments.asked import Asked
from services.payments.statements.lines import Kind, Line
from services.payments.statements.tables import STATEMENTS, StatementPiece
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.policy.policy import Policy
from shared.stage.commands import arguments, done, refused
from shared.stage.stage import Input, Verdict
from shared.store.port import Store

LOAD = "statement.load"
LINES_MAX = 2_000
"""Lines of one piece: some 250 kB, well within a message."""

OTHERWISE = Reason(
    code="statement_known_otherwise",
    text_en="A statement of this reference is known from a file of other content; ask the provider which one is right.",
    text_bn="এই সূত্রের বিবরণী ভিন্ন বিষয়বস্তুর ফাইল থেকে আগেই পাওয়া গেছে; কোনটি সঠিক তা সেবাদাতাকে জিজ্ঞাসা করুন।",
    field="arguments.reference",
)
UNKNOWN = Reason(
    code="provider_unknown",
    text_en="The policy declares no such provider.",
    text_bn="নীতিমালায় এমন কোনো সেবাদাতা নেই।",
    field="arguments.provider",
)


class AskedLine(Asked):
    """A line as it was read from the file."""

    number: Annotated[int, Field(ge=0)]
    kind: Kind
    reference: Annotated[str, Field(max_length=100)]
    poisha: Annotated[int, Field(gt=0, lt=2**53)]
    account: Annotated[str, Field(max_length=40)]
    booked_on: date

    def line(self) -> Line:
        """The same in the words of a statement."""
        return Line(self.number, self.kind, self.reference, self.poisha, self.account, self.booked_on)


class AskedToLoad(Asked):
    """``statement.load``: one piece of a statement that was read whole before any of it was sent."""

    provider: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    reference: Annotated[str, Field(min_length=1, max_length=100)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    begins: date
    ends: date
    piece: Annotated[int, Field(ge=1)]
    pieces: Annotated[int, Field(ge=1, le=10_000)]
    lines: Annotated[list[AskedLine], Field(max_length=LINES_MAX)]


class Loading:
    """Decides this command; asked again for the same one it finds the piece it stored."""

    def __init__(self, store: Store, policy: Policy, now_us: Callable[[], int]) -> None:
        self._store, self._policy, self._now_us = store, policy, now_us

    def handlers(self) -> dict[str, Callable[[Input[Command]], Awaitable[Verdict]]]:
        """By the name of the command."""
        return {LOAD: self.load}

    async def load(self, item: Input[Command]) -> Verdict:
        """Keep a piece, or recognise it."""
        given: AskedToLoad = arguments(item, AskedToLoad)
        if given.provider not in self._policy.providers:
            return refused(item, [UNKNOWN])
        name = f"{given.provider}|{given.reference}"
        known = await self._store.find(STATEMENTS, "statement", [name])
        if any((row.digest, row.pieces) != (given.digest, given.pieces) for row in known):
            return refused(item, [OTHERWISE])
        row = StatementPiece(
            name,
            given.piece,
            given.pieces,
            given.digest,
            given.provider,
            given.reference,
            given.begins.isoformat(),
            given.ends.isoformat(),
            orjson.dumps([one.model_dump(mode="json") for one in given.lines]),
            item.event.by,
            self._now_us(),
        )
        (stored,) = await self._store.insert(STATEMENTS, [row])
        if stored.digest != given.digest:
            return refused(item, [OTHERWISE])
        present = {one.piece for one in known} | {given.piece}
        result = {
            "statement": name,
            "piece": given.piece,
            "recognised": any(one.piece == given.piece for one in known),
            "complete": len(present) == given.pieces,
        }
        return done(item, result)


async def statements_of(store: Store, provider: str | None = None) -> dict[str, list[StatementPiece]]:
    """The pieces of all statements that are complete, by statement."""
    found: dict[str, list[StatementPiece]] = {}
    async for row in store.scan(STATEMENTS):
        if provider is None or row.provider == provider:
            found.setdefault(row.statement, []).append(row)
    return {name: pieces for name, pieces in found.items() if len(pieces) == pieces[0].pieces}


def lines_of(pieces: list[StatementPiece]) -> list[Line]:
    """All lines of a statement."""
    return [
        Line(
            one["number"],
            one["kind"],
            one["reference"],
            one["poisha"],
            one["account"],
            date.fromisoformat(one["booked_on"]),
        )
        for piece in pieces
        for one in orjson.loads(piece.lines)
    ]
