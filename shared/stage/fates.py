"""Step 4, second half: exactly one fate for each record, and how a record that comes again is answered from it."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Generic

import msgspec
import orjson

from shared.errors import DsrError
from shared.stage.deciding import Outcome
from shared.stage.digests import digest_of
from shared.stage.observer import Observer
from shared.stage.records import Origin, Record
from shared.stage.rows_at import rows_at
from shared.stage.stage import E, Input, Kind, Settled
from shared.store.port import Key, Store
from shared.store.tables import ADOPTED, DECISIONS, FATES, Adopted, Decision, Fate

REPUBLISH = b'{"republish":true}'
"""Detail of a recognised record, replayed by an operator, whose known decision Kafka had refused an event of."""

_FATE = partial(tuple.__new__, Fate)
"""Makes a row of a tuple at a third of what a call of ``Fate`` costs."""

_REFS = msgspec.json.Encoder()
"""Not orjson, whose results hold four kilobytes each, however short: a batch keeps a thousand of them."""

LEADS_TO_DECISIONS = frozenset({Kind.DECISION, Kind.REFUSED})
"""Fates that name decisions of the record's own; the others name what it was measured against."""


class AnotherKafka(DsrError):
    """The store knows this offset with other bytes: its rows came from another Kafka."""

    exit_code = 4

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        super().__init__(
            f"The record at {origin.topic}[{origin.partition}] offset {origin.offset} is not the one that this store "
            "has decided on: its rows come from another Kafka. Connect the Kafka that belongs to this store, or start "
            "with an empty store."
        )


class Fates(Generic[E]):
    """The fates of one stage."""

    def __init__(self, stage: str, store: Store, observer: Observer) -> None:
        self._stage, self._store, self._observer = stage, store, observer

    async def known(self, records: Sequence[Record]) -> dict[Origin, Fate]:
        """The fates of those records that were seen before; raises ``AnotherKafka``."""
        known = await rows_at(self._store, FATES, [record.origin for record in records])
        if known:
            for record in records:
                fate = known.get(record.origin)
                if fate is not None and fate.digest != digest_of(record):
                    raise AnotherKafka(record.origin)
            self._observer.absorbed(self._stage, len(known))
        return known

    async def recall(self, seen: Sequence[tuple[Record, Input[E] | None, Fate]]) -> list[Settled[E]]:
        """Settled records as they are stored, with the decisions that their fates name, or that were adopted."""
        decisions = await decisions_of(self._store, [fate for _, _, fate in seen])
        adopted = await self._adopted({record.origin for record, _, _ in seen})
        settled: list[Settled[E]] = []
        for (record, item, fate), named in zip(seen, decisions, strict=True):
            kind, rows = _kind_to_publish(Kind(fate.kind), fate.detail), named
            if record.origin in adopted:
                adopted_kind, more = adopted[record.origin]
                kind, rows = (kind, (*named, *more)) if kind in LEADS_TO_DECISIONS else (adopted_kind, more)
            dead = fate.kind == Kind.DEAD_LETTER
            settled.append(Settled(record, None if dead else item, kind, rows, fate.detail, fate.at_us))
        return settled

    async def adopt(self, overruled: Sequence[tuple[Outcome[E], Fate]]) -> None:
        """Keep the decisions of outcomes whose fate another instance has stored without them.

        They stand, and nobody else would publish them: an instance that saw less (nothing to decide yet) was first.
        """
        rows = [
            Adopted(*outcome.record.origin, row.subject, row.revision, row.n, outcome.kind.value)
            for outcome, fate in overruled
            if outcome.kind in LEADS_TO_DECISIONS
            for named in [orjson.loads(fate.decisions) if fate.kind in LEADS_TO_DECISIONS else []]
            for row in outcome.decisions
            if [row.subject, row.revision, row.n] not in named
        ]
        if rows:
            await self._store.insert(ADOPTED, rows)

    async def _adopted(self, origins: set[Origin]) -> dict[Origin, tuple[Kind, tuple[Decision, ...]]]:
        """By record what was adopted; the table is all but empty, and asked only about records that came before."""
        links = [
            link
            for link in await self._store.find(ADOPTED, "topic", sorted({origin.topic for origin in origins}))
            if Origin(*link[:3]) in origins
        ]
        rows = await self._store.get(DECISIONS, [link[3:6] for link in links]) if links else {}
        found: dict[Origin, tuple[Kind, tuple[Decision, ...]]] = {}
        for link in links:
            _, before = found.get(Origin(*link[:3]), (None, ()))
            found[Origin(*link[:3])] = Kind(link.kind), (*before, rows[link[3:6]])
        return found

    def propose(self, outcome: Outcome[E], at_us: int) -> tuple[Fate, Settled[E]]:
        """The row to store at ``at_us`` for an outcome, and the record as settled by it."""
        record, item, detail = outcome.record, outcome.input, outcome.detail
        refs = _REFS.encode([row[:3] for row in outcome.decisions]) if outcome.decisions else b"[]"
        subject, revision = (item.subject, item.revision) if item is not None else ("", 0)
        fate = _FATE((*record.origin, str(outcome.kind), digest_of(record), subject, revision, refs, detail, at_us))
        kind = _kind_to_publish(outcome.kind, detail)
        return fate, Settled(record, item, kind, outcome.decisions, detail, at_us)

    async def record(self, rows: Sequence[Fate]) -> list[Fate]:
        """Store the rows; returns what is stored, which another instance may have written first."""
        if not rows:
            return []
        stored = await self._store.insert(FATES, rows)
        for given, kept in zip(rows, stored, strict=True):
            if kept is not given and kept.digest != given.digest:
                raise AnotherKafka(Origin(given.topic, given.partition, given.offset))
        kinds = Counter([row.kind for row in rows])
        self._observer.fates(self._stage, kinds)
        if Kind.DEAD_LETTER in kinds:
            dead = (row for row in rows if row.kind == Kind.DEAD_LETTER)
            self._observer.dead_letters(self._stage, Counter(orjson.loads(row.detail)["reason"] for row in dead))
        return stored


async def decisions_of(store: Store, fates: Sequence[Fate]) -> list[tuple[Decision, ...]]:
    """The decisions that each fate names."""
    refs: list[list[Key]] = [[tuple(ref) for ref in orjson.loads(fate.decisions)] for fate in fates]
    wanted = list(dict.fromkeys(ref for keys in refs for ref in keys))
    stored = await store.get(DECISIONS, wanted) if wanted else {}
    return [tuple(stored[key] for key in keys) for keys in refs]


def owes_decisions(fate: Fate) -> bool:
    """Whether what a record is to publish is of its decisions, and no answer or dead letter."""
    return fate.kind == Kind.DECISION or fate.detail == REPUBLISH


def _kind_to_publish(kind: Kind, detail: bytes) -> Kind:
    """What a stage is asked to publish as; the fate says what the record itself was."""
    return Kind.DECISION if detail == REPUBLISH else kind
