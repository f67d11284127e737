"""The pairs found within lists of beneficiaries, as a reviewer gets them: by upazila, with the evidence masked."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import NamedTuple

from services.dedup.evidence import masked
from services.dedup.listed import Word, last_word, pair_subject
from services.dedup.matching.engine import Engine
from services.dedup.matching.evidence import Comparison
from services.dedup.register import Register
from services.dedup.tables import FINDINGS, FindingRow, RevisionRow
from shared.store.port import Key, Store

ROWS_EACH_MAX = 5_000


class Pair(NamedTuple):
    """Two records of lists, what was found of them, and how they compare now; values masked, by field.

    ``word`` is what a reviewer has said of them, None where nobody has.
    """

    finding: FindingRow
    ours: RevisionRow
    theirs: RevisionRow
    comparison: Comparison
    our_values: dict[str, str]
    their_values: dict[str, str]
    word: Word | None


class Pairs(NamedTuple):
    """In the order of the upazilas. ``after`` is where to go on, None at the end; a page may be short."""

    pairs: Sequence[Pair]
    after: Key | None


async def listed_pairs(
    store: Store,
    register: Register,
    engine: Engine,
    areas: tuple[str, ...],
    upazila: str | None,
    due_by: str | None,
    after: Key | None,
    limit: int,
    *,
    only_open: bool = False,
) -> Pairs:
    """The next pairs of these areas (() is everywhere) or of one upazila, to be looked at by ``due_by`` (a date).

    ``only_open`` leaves out those of which a reviewer's word holds.
    """
    start = after if after is not None else ((upazila, "", "") if upazila is not None else None)
    rows: list[FindingRow] = []
    seen, last = 0, None
    async with aclosing(store.scan(FINDINGS, start)) as findings:  # type: ignore[type-var]
        async for row in findings:
            if upazila not in (None, row.upazila):
                break
            seen, last = seen + 1, FINDINGS.key_of(row)
            if (not areas or row.upazila.startswith(areas)) and (due_by is None or row.due_on <= due_by):
                rows.append(row)
            if len(rows) == limit or seen == ROWS_EACH_MAX:
                return Pairs(await _compared(register, engine, rows, only_open), last)
    return Pairs(await _compared(register, engine, rows, only_open), None)


async def words_on(register: Register, rows: Sequence[FindingRow]) -> list[Word | None]:
    """What reviewers have said of each of these pairs."""
    subjects = [pair_subject(row.application_id, row.other) for row in rows]
    said = await register.decisions(subjects) if subjects else {}
    return [last_word(said.get(subject, ())) for subject in subjects]


async def _compared(register: Register, engine: Engine, rows: Sequence[FindingRow], only_open: bool) -> list[Pair]:
    words = await words_on(register, rows)
    if only_open:
        waiting = [place for place, word in enumerate(words) if word is None or word.is_open]
        rows, words = [rows[place] for place in waiting], [words[place] for place in waiting]
    if not rows:
        return []
    found = await register.find({name for row in rows for name in (row.application_id, row.other)})
    both = [(row, found[row.application_id].revisions[0], found[row.other].revisions[0]) for row in rows]
    size = await register.size()
    return [
        Pair(
            row,
            ours,
            theirs,
            engine.compare(engine.unpack(ours.packed), engine.unpack(theirs.packed), size),
            masked(ours.event),
            masked(theirs.event),
            word,
        )
        for (row, ours, theirs), word in zip(both, words, strict=True)
    ]
