"""The pairs that a search through the lists has found, as whoever looks at them gets them."""

from collections import Counter
from contextlib import aclosing
from typing import NamedTuple

from services.dedup.pairs import words_on
from services.dedup.register import Register
from services.dedup.tables import FINDINGS, FindingRow
from shared.store.port import Store


class Pair(NamedTuple):
    """Two records of lists, each as its source knows it, and what a reviewer has said of them ("": nobody yet)."""

    upazila: str
    due_on: str
    kind: str
    weight: float
    source: str
    source_ref: str
    programme: str
    other_source: str
    other_source_ref: str
    other_programme: str
    application_id: str
    other: str
    word: str


class Findings(NamedTuple):
    """How many pairs each upazila has, and the first pairs."""

    upazilas: dict[str, int]
    pairs: list[Pair]


async def findings(store: Store, register: Register, upazila: str | None, limit: int) -> Findings:
    """The pairs of one upazila, or of all."""
    counts: Counter[str] = Counter()
    rows: list[FindingRow] = []
    if upazila is not None:
        found = await store.find(FINDINGS, "upazila", [upazila])
        counts[upazila], rows = len(found), found[:limit]
    else:
        async with aclosing(store.scan(FINDINGS)) as all_rows:  # type: ignore[type-var]
            async for row in all_rows:
                counts[row.upazila] += 1
                if len(rows) < limit:
                    rows.append(row)
    people = await register.find({name for row in rows for name in (row.application_id, row.other)})
    pairs = []
    for row, word in zip(rows, await words_on(register, rows), strict=True):
        me, other = people[row.application_id].revisions[0], people[row.other].revisions[0]
        pairs.append(
            Pair(
                row.upazila, row.due_on, row.kind, row.weight, me.source, me.source_ref, me.programme,
                other.source, other.source_ref, other.programme, row.application_id, row.other,
                word.verdict if word is not None and not word.is_open else "",
            )
        )  # fmt: skip
    return Findings(dict(counts), pairs)
