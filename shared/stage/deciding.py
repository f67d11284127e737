"""Steps 3 and 4, first half: have the stage decide, store the decisions, and decide again what another took first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Generic

import msgspec
import orjson

from shared.errors import DsrError
from shared.stage.lease import Lease
from shared.stage.observer import Observer
from shared.stage.records import Record
from shared.stage.stage import NOBODY, Again, Decide, Draft, E, Input, Kind, Settle, Stage, Stored, Verdict
from shared.store.port import Key, Store
from shared.store.tables import DECISIONS, Decision

MAX_ROUNDS = 50
"""Far beyond what instances that compete for the same numbers can cause within one batch."""

_DECISION = partial(tuple.__new__, Decision)
"""Makes a row of a tuple at a third of what a call of ``Decision`` costs."""


class NotSettling(DsrError):
    """A stage asked again for the same inputs more often than competing instances can cause."""

    def __init__(self, stage: str, inputs: int) -> None:
        self.stage, self.inputs = stage, inputs
        super().__init__(
            f"{stage} could not settle {inputs} inputs in {MAX_ROUNDS} rounds; this is a defect, please report it."
        )


class Outcome(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """What is about to become a record's fate."""

    record: Record
    input: Input[E] | None
    kind: Kind
    decisions: tuple[Decision, ...] = ()
    detail: bytes = b"{}"


def companions(decision: Decision) -> tuple[Key, ...]:
    """The further decisions that the same input led to, as (subject, revision, n); they were stored before it."""
    if not decision.body.startswith(b'{"with":'):
        return ()
    return tuple(tuple(ref) for ref in orjson.loads(decision.body)["with"])


class Decider(Generic[E]):
    """Takes readable inputs to outcomes whose decisions are durable."""

    def __init__(self, stage: Stage[E], store: Store, now_us: Callable[[], int], observer: Observer) -> None:
        self._stage, self._store, self._now_us, self._observer = stage, store, now_us, observer

    async def settle(self, inputs: Sequence[Input[E]], lease: Lease) -> list[Outcome[E]]:
        """One outcome for each input of a wave."""
        outcomes: list[Outcome[E]] = []
        waiting = inputs
        for _ in range(MAX_ROUNDS):
            if not waiting:
                return outcomes
            settled, waiting = await self._round(waiting, lease)
            outcomes += settled
        raise NotSettling(self._stage.name, len(waiting))

    async def _round(self, inputs: Sequence[Input[E]], lease: Lease) -> tuple[list[Outcome[E]], list[Input[E]]]:
        history: dict[str, list[Decision]] = {item.subject: [] for item in inputs}
        if subjects := [subject for subject in history if subject != NOBODY]:
            for row in await self._store.find(DECISIONS, "subject", subjects):
                history[row.subject].append(row)
        verdicts = await self._stage.decide(inputs, history)
        lease.check()
        stored = await self._store_drafts(inputs, verdicts)
        outcomes: list[Outcome[E]] = []
        waiting: list[Input[E]] = []
        for item, verdict in zip(inputs, verdicts, strict=True):
            match verdict:  # with no patterns inside the classes, which cost several looks for each attribute
                case Decide():
                    own = [
                        kept
                        for draft in verdict.drafts
                        if (kept := stored.get(draft.key)) is not None and _stands(kept, draft, item)
                    ]
                    if len(own) == len(verdict.drafts):
                        outcomes.append(Outcome(item.record, item, verdict.kind, tuple(own)))
                    else:
                        waiting.append(item)
                case Settle():
                    outcomes.append(Outcome(item.record, item, verdict.kind, verdict.against, verdict.detail))
                case Stored():
                    decisions = await self._with_companions(verdict.decisions)
                    outcomes.append(Outcome(item.record, item, verdict.kind, decisions))
                case Again():
                    waiting.append(item)
        return outcomes, waiting

    async def _store_drafts(self, inputs: Sequence[Input[E]], verdicts: Sequence[Verdict]) -> Mapping[Key, Decision]:
        """Store what can be stored: a head only where all that it names is its own input's, not somebody else's."""
        at_us, policy = self._now_us(), self._stage.policy
        decided = [
            (item, verdict.drafts)
            for item, verdict in zip(inputs, verdicts, strict=True)
            if isinstance(verdict, Decide)
        ]
        stored: dict[Key, Decision] = {}

        async def keep(rows: Sequence[Decision]) -> None:
            if rows:
                kept = await self._store.insert(DECISIONS, rows)
                stored.update(zip(map(DECISIONS.key_of, kept), kept, strict=True))

        await keep([_row(draft, item, policy, at_us) for item, drafts in decided for draft in drafts[1:]])
        heads = [
            _row(drafts[0], item, policy, at_us, drafts[1:])
            for item, drafts in decided
            if len(drafts) == 1 or all(_carries(stored[draft.key], draft, item, drafts[0]) for draft in drafts[1:])
        ]
        await keep(heads)
        if stored:
            self._observer.decisions(
                self._stage.name, Counter([row.state for row in stored.values() if row.at_us == at_us])
            )
        return stored

    async def _with_companions(self, decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
        refs = [ref for row in decisions for ref in companions(row)]
        if not refs:
            return decisions
        found = await self._store.get(DECISIONS, refs)
        return (*decisions, *(found[ref] for ref in refs))


def waves(inputs: Sequence[Input[E]]) -> list[list[Input[E]]]:
    """Split so that no wave has a subject twice, ``NOBODY`` apart; mostly there is one.

    A wave's fates are stored before the next one is decided. Else a crash in between would have a replay measure an
    earlier record by what a later one of its subject led to, and answer it in other words.
    """
    subjects = [item.subject for item in inputs if item.subject != NOBODY]
    if len(set(subjects)) == len(subjects):
        return [list(inputs)] if inputs else []
    split: list[list[Input[E]]] = []
    turns: Counter[str] = Counter()
    for item in inputs:
        turn = turns[item.subject]
        if item.subject != NOBODY:
            turns[item.subject] += 1
        if turn == len(split):
            split.append([])
        split[turn].append(item)
    return split


def _stands(row: Decision, draft: Draft, item: Input[E]) -> bool:
    """Whether the stored row is this draft: by this very record, and saying the same.

    The other instance that has the record in hand may have decided it otherwise, under another policy or a moment
    later: then its row is no part of what we decided, and the stage is asked again, which finds it.
    """
    return row[3:6] == item.record.origin and row.state == draft.state


def _carries(row: Decision, draft: Draft, item: Input[E], head: Draft) -> bool:
    """Whether the head may be stored: this one stands and, being of the head's own subject, is what it goes on from."""
    return _stands(row, draft, item) and (draft.subject != head.subject or row.body == draft.body)


def _row(draft: Draft, item: Input[E], policy: str, at_us: int, others: Sequence[Draft] = ()) -> Decision:
    body = draft.body
    if others:
        refs = orjson.dumps([(other.subject, other.revision, other.n) for other in others])
        body = b'{"with":' + refs + (b"," if len(body) > 2 else b"") + body[1:]
    return _DECISION(
        (
            draft.subject,
            draft.revision,
            draft.n,
            *item.record.origin,
            item.digest,
            draft.state,
            " ".join(draft.claims),
            body,
            policy,
            at_us,
        )
    )
