"""What a person decides about dead letters, for every stage: ``dead_letters.replay`` and ``dead_letters.discard``.

Each letter is decided once, by whoever was first; the command's answer says what became of each that it names. A replay
sends the original's bytes back to where it stood, and the stage takes it from there as it takes any record.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Annotated, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.stage.commands import Emit, Handle, arguments, done, refused
from shared.stage.deadletters import Letter, replayed
from shared.stage.records import Origin, Outgoing
from shared.stage.stage import Input, Settled, Verdict
from shared.stage.tables import DISPOSITIONS, Disposition
from shared.store.port import Key, Store

REPLAY, DISCARD = "dead_letters.replay", "dead_letters.discard"
REPLAYED, DISCARDED = "replayed", "discarded"
LETTERS_MAX = 500
BYTES_MAX = 16 * 1024 * 1024
"""Of all that one command replays: it is sent at once."""

_STATES = {REPLAY: REPLAYED, DISCARD: DISCARDED}


class Letters(Protocol):
    """The dead-letter topics of one stage."""

    def read(self, of: Collection[str] = ()) -> AsyncIterator[Letter]:
        """Every retained letter of these topics (all, if none is named), each origin once. Raises ``KafkaAway``."""


class LetterName(NamedTuple):
    """The record that could not be read."""

    topic: Annotated[str, Field(min_length=1, max_length=249)]
    partition: Annotated[int, Field(ge=0, lt=1 << 31)]
    offset: Annotated[int, Field(ge=0, lt=1 << 62)]


class Named(BaseModel):
    """Arguments: which letters, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    letters: Annotated[tuple[LetterName, ...], Field(min_length=1, max_length=LETTERS_MAX)]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class LetterDesk:
    """Handlers and emitters for ``CommandStage``; every stage has the same."""

    def __init__(self, store: Store, letters: Letters, now_us: Callable[[], int]) -> None:
        self._store, self._letters, self._now_us = store, letters, now_us

    def handlers(self) -> Mapping[str, Handle]:
        """By command name."""
        return {REPLAY: self._decide, DISCARD: self._decide}

    def emitters(self) -> Mapping[str, Emit]:
        """By command name."""
        return {REPLAY: self._replay}

    async def _decide(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        named = [arguments(item, Named) for item in items]
        wanted = {Origin(*name) for one in named for name in one.letters}
        known = dict[Origin, tuple[int, bool]]()
        async for letter in self._letters.read({origin.topic for origin in wanted}):
            if letter.origin in wanted:
                known[letter.origin] = letter.record.size, letter.has_bytes
        return [await self._one(item, one, known) for item, one in zip(items, named, strict=True)]

    async def _one(self, item: Input[Command], named: Named, known: Mapping[Origin, tuple[int, bool]]) -> Verdict:
        """Take each letter that is there and can be taken; a replay of the command finds those that it took."""
        state, is_replay = _STATES[item.event.name], item.event.name == REPLAY
        unfit: Counter[str] = Counter()
        takable: list[Origin] = []
        for origin in dict.fromkeys(Origin(*name) for name in named.letters):
            size_and_bytes = known.get(origin)
            if size_and_bytes is None:
                unfit["letter_unknown"] += 1
            elif is_replay and not size_and_bytes[1]:
                unfit["letter_without_bytes"] += 1
            else:
                takable.append(origin)
        if is_replay and sum(known[origin][0] for origin in takable) > BYTES_MAX:
            return refused(item, [_REASONS["letters_too_large"]])
        event, at_us = item.event, self._now_us()
        rows = [Disposition(*origin, state, event.command_id, event.by, named.reason, at_us) for origin in takable]
        stored = await self._store.insert(DISPOSITIONS, rows)
        taken = [row for row in stored if row.command_id == event.command_id]
        unfit.update(f"letter_{row.state}" for row in stored if row.command_id != event.command_id)
        if not taken:
            return refused(item, [_REASONS[code] for code in sorted(unfit)])
        return done(item, {state: len(taken), **{f"not_{state}_{code}": n for code, n in sorted(unfit.items())}})

    async def _replay(self, settled: Sequence[Settled[Command]]) -> Sequence[Sequence[Outgoing]]:
        """The letters that each command took, as they lie, but for those that retention has deleted since."""
        taken: dict[Origin, int] = {}
        for place, item in enumerate(settled):
            if item.input is None:
                continue
            names: list[Key] = [tuple(name) for name in arguments(item.input, Named).letters]
            for row in (await self._store.get(DISPOSITIONS, names)).values():
                if row.command_id == item.input.event.command_id:
                    taken[Origin(*row[:3])] = place
        sent: list[list[Outgoing]] = [[] for _ in settled]
        async for letter in self._letters.read({origin.topic for origin in taken}):
            if (found := taken.get(letter.origin)) is not None:
                sent[found].append(replayed(letter, settled[found].record.origin))
        return sent


def _reason(code: str, text_en: str, text_bn: str) -> Reason:
    return Reason(code=code, text_en=text_en, text_bn=text_bn, field="letters")


_REASONS = {
    reason.code: reason
    for reason in (
        _reason(
            "letter_unknown",
            "There is no such dead letter: its name is wrong, or retention has deleted it.",
            "এমন কোনো ফেরত-বার্তা নেই: নামটি ভুল, অথবা সংরক্ষণকাল শেষে এটি মুছে গেছে।",
        ),
        _reason(
            "letter_without_bytes",
            "The record could not be fetched, or was too large to be kept: there is nothing that could be sent again.",
            "রেকর্ডটি পড়া যায়নি বা রাখার পক্ষে খুব বড় ছিল, তাই আবার পাঠানোর মতো কিছু নেই।",
        ),
        _reason(
            "letter_replayed",
            "The dead letter has been replayed before.",
            "এই বার্তাটি আগেই পুনরায় পাঠানো হয়েছে।",
        ),
        _reason(
            "letter_discarded",
            "The dead letter has been discarded.",
            "এই বার্তাটি আগেই বাতিল করা হয়েছে।",
        ),
        _reason(
            "letters_too_large",
            f"Together the letters have more than {BYTES_MAX // 1024 // 1024} MiB; name fewer at a time.",
            "একসঙ্গে বার্তাগুলোর আকার খুব বড়; একবারে কম সংখ্যক উল্লেখ করুন।",
        ),
    )
}


def name_of(origin: Origin) -> str:
    """A letter's name for people: ``topic/partition/offset``."""
    return f"{origin.topic}/{origin.partition}/{origin.offset}"
