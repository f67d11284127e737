"""What comes in and what goes out, in terms that neither Kafka's client nor a stage owns."""

from typing import NamedTuple

import msgspec

Headers = tuple[tuple[str, bytes], ...]


class Origin(NamedTuple):
    """Where a record stands in Kafka: its identity for ever, and the cause named by every row it leads to."""

    topic: str
    partition: int
    offset: int


class Record(msgspec.Struct, frozen=True, gc=False):
    """A consumed record, undecoded. ``timestamp_ms`` is the broker's append time, ms since 1970 UTC."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        size = len(self.key or b"") + len(self.value or b"")
        for name, content in self.headers:
            size += len(name) + len(content)
        return size

    def header(self, name: str) -> bytes | None:
        """The last header of that name, as Kafka's own clients read it."""
        return next((content for key, content in reversed(self.headers) if key == name), None)


class Unreadable(NamedTuple):
    """Offsets whose bytes could not be fetched at all; each gets a dead-letter fate without bytes."""

    origin: Origin
    reason: str


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A record to send. ``partition`` is the input's where the key stays the same, otherwise None: by key.

    ``origin`` is the input that caused it: if the broker refuses the record, that input is the culprit.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    origin: Origin
    partition: int | None = None
