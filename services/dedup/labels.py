"""What reviewers have said, as labelled pairs: to measure the matching by. No personal data."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Final, Literal, NamedTuple

from services.dedup.concede import Known
from services.dedup.listed import last_word, pair_of
from services.dedup.matching.engine import Engine
from services.dedup.register import Register
from services.dedup.tables import RevisionRow
from services.dedup.verdicts import last_verdict
from shared.store.port import Key, Store
from shared.store.tables import DECISIONS, Decision

_LABELS: Final[tuple[Literal["same", "different"], ...]] = ("same", "different")

ROWS_EACH = 5_000
"""So many decisions are looked at for one page."""


class Label(NamedTuple):
    """Two applications by their pseudonymous ids, what a reviewer found, and how their fields agree.

    ``levels`` are as the engine sees the two now, by field; nothing of a value can be told from them.
    """

    left: str
    right: str
    label: Literal["same", "different"]
    levels: dict[str, str]


class Labels(NamedTuple):
    """A page; ``after`` is where to go on, None at the end. It may be empty and yet not the last."""

    pairs: list[Label]
    after: Key | None


async def labelled_pairs(store: Store, register: Register, engine: Engine, after: Key | None) -> Labels:
    """The next pairs, in the order of the ids. What was taken back is no label."""
    rows: list[Decision] = []
    listed: dict[str, tuple[str, str]] = {}
    last: Key | None = None
    seen = 0
    async with aclosing(store.scan(DECISIONS, after)) as decisions:  # type: ignore[type-var]
        async for row in decisions:
            seen += 1
            last = DECISIONS.key_of(row)
            if b'"verdict":' in row.body:
                pair = pair_of(row)
                if pair is None:
                    rows.append(row)
                elif row.n == 1:  # so that each pair comes once, with its last word
                    listed[row.subject] = pair
            if seen == ROWS_EACH:
                break
    known = await register.known({row.subject for row in rows})
    spoken = [me for row in rows if (me := known.get(row.subject)) is not None and _is_last(me, row)]
    said = [(me, other, label) for me in spoken for other, label in _facts(me)]
    others = await register.find({other for _, other, _ in said})
    pairs = [
        Label(me.application_id, other, label, levels(engine, me.row, others[other].latest))
        for me, other, label in said
        if other in others
    ]
    pairs += await _of_lists(register, engine, listed)
    return Labels(pairs, last if seen == ROWS_EACH else None)


async def _of_lists(register: Register, engine: Engine, listed: Mapping[str, tuple[str, str]]) -> list[Label]:
    """What holds of pairs found within lists, by the subject of their rows."""
    if not listed:
        return []
    words = {subject: last_word(rows) for subject, rows in (await register.decisions(listed)).items()}
    people = await register.find({name for pair in listed.values() for name in pair})
    return [
        Label(one, other, label, levels(engine, people[one].revisions[0], people[other].revisions[0]))
        for subject, (one, other) in listed.items()
        for label in _LABELS
        if (word := words.get(subject)) is not None and word.verdict == label
    ]


def levels(engine: Engine, ours: RevisionRow, theirs: RevisionRow) -> dict[str, str]:
    """How the fields of two applications agree; what cannot be compared is left out."""
    comparison = engine.compare(engine.unpack(ours.packed), engine.unpack(theirs.packed), 1)
    return {field.field: field.level for field in comparison.fields if field.level}


def _is_last(me: Known, row: Decision) -> bool:
    """Whether it is the last word on the application's latest revision: so that each application comes once."""
    at = last_verdict(me.rows)
    return at is not None and DECISIONS.key_of(me.rows[at]) == DECISIONS.key_of(row)


def _facts(me: Known) -> list[tuple[str, Literal["same", "different"]]]:
    ruling = me.ruling
    if ruling is None:
        return []
    return [*((name, "same") for name in ruling.same), *((name, "different") for name in ruling.distinct)]
