"""Reading what notify keeps: one application's lines and overall state, and a source's feed of changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.notify.line_refs import LINE_REFS, hash_of
from shared import topics
from shared.contracts.status import StatusLine
from shared.errors import DsrError
from shared.overall import Overall, current, overall
from shared.stage.stage import Kind
from shared.store.port import Key, Store
from shared.store.tables import FATES, Fate

SETTLED_US: Final = 60_000_000
"""A batch is kept row by row where the store has no transactions; by then all of it is, or it is done again."""


class BadCursor(DsrError):
    """A cursor that this feed has not given out."""

    def __init__(self) -> None:
        super().__init__("The cursor is not one of this feed's; take the cursor of the last answer, or none to begin.")


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """One application: overall state, the line of each stage, and the answers about single submissions.

    ``overall`` is None while nothing was decided about it, because no submission of it could be read.
    """

    overall: Overall | None
    lines: tuple[StatusLine, ...]
    answers: tuple[StatusLine, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in the order of their partitions, and the cursor to ask for what comes after them."""

    lines: tuple[StatusLine, ...]
    cursor: str


async def application(store: Store, source: str, application_id: str) -> ApplicationView | None:
    """What is known of an application, for its own source; None if there is nothing, or it is another source's."""
    refs = await store.find(LINE_REFS, "application", [hash_of(application_id)])
    fates = await store.get(FATES, [ref.origin for ref in refs])
    lines = [StatusLine.read(fate.detail) for fate in fates.values() if fate.kind == Kind.DECISION]
    lines = [line for line in lines if (line.source, line.application_id) == (source, application_id)]
    if not lines:
        return None
    answers = {line.submission: line for line in lines if line.about == "submission"}
    return ApplicationView(
        overall(lines),
        tuple(current(lines)),
        tuple(sorted(answers.values(), key=lambda line: (line.at, line.submission or ""))),
    )


async def changes(store: Store, source: str, cursor: str | None, limit: int, now_us: int) -> Page:
    """The lines of a source's status topic beyond ``cursor``, at most ``limit`` of each partition.

    A cursor is offsets of that topic, so it survives a rebuild of the store and means the same on every instance. What
    came in the last minute is told only as far as nothing is missing before it, since a cursor never goes back.
    Raises ``BadCursor``.
    """
    topic = topics.status(source)
    offsets = _offsets(cursor)
    positions: list[Key] = [(topic, partition, offset) for partition, offset in offsets.items()]
    rows: Sequence[Fate] = await store.follow(FATES, positions, limit)
    after = dict(offsets)
    lines: list[StatusLine] = []
    halted: set[int] = set()
    for row in rows:
        if row.offset > after[row.partition] + 1 and now_us - row.at_us < SETTLED_US:
            halted.add(row.partition)
        if row.partition in halted:
            continue
        after[row.partition] = row.offset
        if row.kind == Kind.DECISION:
            lines.append(StatusLine.read(row.detail))
    return Page(tuple(lines), _cursor(after))


def _cursor(offsets: Mapping[int, int]) -> str:
    return ".".join(str(offset + 1) for _, offset in sorted(offsets.items()))


def _offsets(cursor: str | None) -> dict[int, int]:
    if not cursor:
        return dict.fromkeys(range(topics.PARTITIONS), -1)
    parts = cursor.split(".")
    if len(parts) != topics.PARTITIONS or not all(map(_is_offset, parts)):
        raise BadCursor
    return {partition: int(part) - 1 for partition, part in enumerate(parts)}


def _is_offset(part: str) -> bool:
    """Eighteen digits fit what Kafka and every store count with."""
    return part.isascii() and part.isdigit() and len(part) <= 18
