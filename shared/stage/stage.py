"""What a stage is to the runtime: it reads a record, decides a batch of inputs, and says what to publish.

A stage holds domain words only. Origins, fates, replays, offsets, waiting and dead letters are the runtime's.

What is made and looked into for every record is a ``msgspec.Struct``: a ``NamedTuple`` costs four times as much to make
and three times as much to read. None is ever part of a cycle, so the search for garbage passes them over.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

import msgspec

from shared.envelope import Envelope
from shared.errors import DsrError
from shared.stage.records import Headers, Outgoing, Record
from shared.store.port import Key
from shared.store.tables import Decision

E = TypeVar("E")

NOBODY = ""
"""The subject of an input that is only kept: it has no history, and no order among its like."""

History = Mapping[str, Sequence[Decision]]
"""By subject, all its stored decisions in order of (revision, n)."""


class Kind(StrEnum):
    """What can become of a record: the kind of its one fate."""

    DECISION = "decision"
    RECOGNISED = "recognised"
    CONFLICTING = "conflicting"
    LATE = "late"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    REFUSED = "refused"
    DEAD_LETTER = "dead_letter"


class BadRecord(DsrError):
    """A record that cannot be read, ever: it becomes a dead letter.

    ``reason`` is a code for people and metrics and holds nothing of the content. ``answer_to`` is the sender's
    reference where that could be told, so that the stage can answer ``unreadable``.
    """

    def __init__(self, reason: str, answer_to: str | None = None) -> None:
        self.reason, self.answer_to = reason, answer_to
        super().__init__(f"The record cannot be read: {reason}.")


class Input(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """A readable record. ``digest`` stands for its content: equal digests are the same message sent twice.

    ``subject`` is what it is decided under, or ``NOBODY`` where nothing is decided and no earlier decision matters.
    """

    record: Record
    envelope: Envelope
    event: E
    subject: str
    revision: int
    digest: str


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A decision that a stage proposes; the runtime adds the origin, the policy hash and the time."""

    subject: str
    revision: int
    n: int
    state: str
    body: bytes
    claims: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """The key of the row that it becomes."""
        return self.subject, self.revision, self.n


class Decide(msgspec.Struct, frozen=True, gc=False):
    """Store these decisions. The first is the input's own and is stored last: where it stands, the others do.

    ``kind`` is DECISION, or REFUSED for a command that is answered with a refusal.
    """

    drafts: tuple[Draft, ...]
    kind: Kind = Kind.DECISION


class Settle(msgspec.Struct, frozen=True, gc=False):
    """Nothing new is decided; ``against`` are the stored decisions that the input was measured by."""

    kind: Kind
    detail: bytes = b"{}"
    against: tuple[Decision, ...] = ()


class Stored(msgspec.Struct, frozen=True, gc=False):
    """The input's decisions are stored already (a replay after a crash before the fates were)."""

    decisions: tuple[Decision, ...]
    kind: Kind = Kind.DECISION


class Again(msgspec.Struct, frozen=True, gc=False):
    """Ask again when the others of this batch are stored."""


Verdict = Decide | Settle | Stored | Again


class Settled(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """A record with its stored fate: all that may be looked at to say what is published.

    ``input`` is None for a dead letter. ``at_us`` is when the fate was stored, µs since 1970 UTC.
    """

    record: Record
    input: Input[E] | None
    kind: Kind
    decisions: tuple[Decision, ...]
    detail: bytes
    at_us: int


class Message(msgspec.Struct, frozen=True, gc=False):
    """An event to publish. ``event_id`` identifies it for ever: a replay sends the same.

    ``same_key`` says that the key is the input's, so that the output partition is the input's too.
    """

    topic: str
    key: str
    type: str
    subject: str
    event_id: str
    time_us: int
    value: bytes
    same_key: bool = False
    extra: Headers = ()


class Stage(Protocol[E]):
    """One stage of the pipeline. See ``shared.stage.runner`` for when each method is called."""

    @property
    def name(self) -> str:
        """As in ``topics.STAGES``."""

    @property
    def policy(self) -> str:
        """Hash of the policy that decisions are taken under."""

    def read(self, record: Record) -> Input[E]:
        """Parse one record; raises ``BadRecord``."""

    async def decide(self, inputs: Sequence[Input[E]], history: History) -> Sequence[Verdict]:
        """One verdict for each input. No two inputs have the same subject. Reservations are made in here."""

    async def emit(self, settled: Sequence[Settled[E]]) -> Sequence[Sequence[Message | Outgoing]]:
        """For each settled record what to publish: a pure function of the input and the stored rows.

        An ``Outgoing`` is a record that goes on as it came, in nobody's name: a dead letter that is replayed.
        """
