"""A reviewer's word on a pair found within lists of beneficiaries: numbered rows, and the first writer wins.

A row is a decision of its own, on the subject ``review/<application_id>/<other>``. It says whether the two are one
person, and stops neither: it is a label to measure the matching by, and the work list of the office that keeps the
list. A word is taken back, or turned round, by another person than whoever gave it.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field

from services.dedup.reasons import reason
from services.dedup.register import Register
from services.dedup.reopen import as_draft
from services.dedup.tables import FINDINGS
from services.dedup.taking import moment_us, subject_of
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.policy.reviews import ReviewPolicy
from shared.stage.commands import Handle, arguments, done, refused
from shared.stage.numbering import caused_by, next_number
from shared.stage.stage import Again, Draft, Input, Verdict
from shared.store.port import Key, Store
from shared.store.tables import Decision

PAIR: Final = "review.pair"
UNDO: Final = "undo"

_REVISION: Final = 1
"""A pair has no revisions: a list's record is what it was when it was loaded."""


class Word(NamedTuple):
    """What holds of a pair: ``verdict`` is *same*, *different*, or *undo* where the last word was taken back.

    ``n`` is its number, ``at_us`` when Kafka took it (µs since 1970 UTC).
    """

    n: int
    verdict: str
    by: str
    note: str
    at_us: int

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to look."""
        return self.verdict == UNDO


class PairArguments(BaseModel):
    """A word on the pair of the application that the command is about and ``other``; ``n`` words were known before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    other: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    n: Annotated[int, Field(ge=0)]
    verdict: Literal["same", "different", "undo"]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


def pair_subject(application_id: str, other: str) -> str:
    """Under which the words on a pair are numbered; the two as they stand in the finding."""
    return f"{subject_of(application_id)}/{other}"


def pair_of(row: Decision) -> tuple[str, str] | None:
    """The pair that a decision is a word on; None where it is anything else."""
    root, *names = row.subject.split("/")
    return (names[0], names[1]) if len(names) == 2 and subject_of("") == f"{root}/" else None


def last_word(rows: Sequence[Decision]) -> Word | None:
    """What holds, given all rows of a pair in order."""
    return Word(n=rows[-1].n, **orjson.loads(rows[-1].body)) if rows else None


class PairDesk:
    """``review.pair``: a reviewer says whether two records of lists are one person."""

    def __init__(self, store: Store, register: Register, rules: ReviewPolicy) -> None:
        self._store, self._register, self._rules = store, register, rules

    def handlers(self) -> Mapping[str, Handle]:
        """By command name."""
        return {PAIR: self._say}

    async def _say(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        """One on each pair; of several in a batch the later ones are asked again, and see who was first."""
        said: list[PairArguments] = [arguments(item, PairArguments) for item in items]
        pairs = await self._found([(item.event.about, one.other) for item, one in zip(items, said, strict=True)])
        subjects = [pair_subject(*pair) if pair is not None else None for pair in pairs]
        rows = await self._register.decisions({subject for subject in subjects if subject is not None})
        verdicts: list[Verdict] = []
        for place, (item, one, subject) in enumerate(zip(items, said, subjects, strict=True)):
            if subject is None:
                verdicts.append(refused(item, [reason("pair_unknown")]))
            elif subject in subjects[:place]:
                verdicts.append(Again())
            else:
                verdicts.append(self._judged(item, one, subject, rows.get(subject, ())))
        return verdicts

    async def _found(self, asked: Sequence[tuple[str, str]]) -> list[tuple[str, str] | None]:
        """Each pair in the order in which it was found, which the asker need not know; None where it was not."""
        found = await self._register.find({name for pair in asked for name in pair})
        keys: dict[tuple[str, str], Key] = {
            (one, other): (found[one].revisions[0].area[:8], one, other)
            for pair in asked
            for one, other in (pair, pair[::-1])
            if one in found
        }
        known = await self._store.get(FINDINGS, list(keys.values()))
        return [next((way for way in (pair, (pair[1], pair[0])) if keys.get(way) in known), None) for pair in asked]

    def _judged(self, item: Input[Command], said: PairArguments, subject: str, rows: Sequence[Decision]) -> Verdict:
        own = caused_by(rows, item.record.origin)
        if own:  # a replay after a crash between the row and its answer
            return _answer(item, as_draft(own[0]))
        before = last_word(rows)
        fault = self._fault(item, said, before)
        if fault is not None:
            return refused(item, [fault])
        content = Word(0, said.verdict, item.event.by, said.reason, moment_us(item.record))._asdict()
        del content["n"]
        number = next_number(rows, _REVISION, item.record.origin)
        return _answer(item, Draft(subject, _REVISION, number, said.verdict, orjson.dumps(content)))

    def _fault(self, item: Input[Command], said: PairArguments, before: Word | None) -> Reason | None:
        if said.n != (before.n if before is not None else 0):
            return reason("pair_decided_anew")
        if before is None or before.is_open:
            return reason("nothing_to_undo_of_pair") if said.verdict == UNDO else None
        if said.verdict == before.verdict:
            return reason("pair_decided")
        return reason("second_person_needed") if self._rules.second_person and before.by == item.event.by else None


def _answer(item: Input[Command], draft: Draft) -> Verdict:
    _, one, other = draft.subject.split("/")
    return done(item, {"application_id": one, "other": other, "n": draft.n, "state": draft.state}, [draft])
