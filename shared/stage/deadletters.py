"""Dead letters: the original bytes, key and headers, and why; so that a person can look and a replay can be exact."""

from collections.abc import Iterable
from typing import NamedTuple

from shared import topics
from shared.stage.records import Headers, Origin, Outgoing, Record

PREFIX = "dlq_"

LETTER_MAX_BYTES = topics.INNER_MAX_BYTES
"""A larger record came in by a topic that is set up wrongly; its letter could not be sent with the bytes."""

_LEFT_OUT = "dlq_left_out_bytes"
_DIGITS_MAX = 18
"""A longer number is no offset and would not fit the store."""


class Letter(NamedTuple):
    """A dead letter as its topic holds it. ``origin`` is the record that could not be read: it names the letter.

    ``received_ms`` is the original's append time and ``put_aside_ms`` the letter's own, ms since 1970 UTC.
    """

    origin: Origin
    group: str
    reason: str
    received_ms: int
    put_aside_ms: int
    record: Record

    @property
    def headers(self) -> Headers:
        """The original's headers."""
        return _without_ours(self.record.headers)

    @property
    def has_bytes(self) -> bool:
        """False for what could not even be fetched, or is too large: its letter stands for it and holds nothing."""
        is_empty = self.record.key is None and self.record.value is None and not self.headers
        return not is_empty and self.record.header(_LEFT_OUT) is None


def letter(record: Record, group: str, reason: str, received_ms: int | None = None) -> Outgoing:
    """The record for the dead-letter topic of ``group``; on the original's partition, under its key.

    ``dlq_reason`` is a code without content. ``received_ms`` is when the content was first received, where that was
    before this record of it, ms since 1970 UTC; a replay carries it on as ``dlq_timestamp``.
    """
    topic, partition, offset = record.origin
    about: Headers = (
        ("dlq_reason", reason.encode()),
        ("dlq_topic", topic.encode()),
        ("dlq_partition", str(partition).encode()),
        ("dlq_offset", str(offset).encode()),
        ("dlq_timestamp", str(record.timestamp_ms if received_ms is None else received_ms).encode()),
        ("dlq_group", group.encode()),
    )
    target = topics.dead_letters(topic, group)
    if record.size > LETTER_MAX_BYTES:
        left_out = (_LEFT_OUT, str(record.size).encode())
        return Outgoing(target, None, None, (left_out, *about), record.origin, partition)
    headers = (*_without_ours(record.headers), *about)
    return Outgoing(target, record.key, record.value, headers, record.origin, partition)


def opened(record: Record) -> Letter | None:
    """A record of a dead-letter topic, read; None if it is not one of ours."""
    names = ("dlq_topic", "dlq_partition", "dlq_offset", "dlq_timestamp")
    topic, partition, offset, timestamp = (record.header(name) or b"" for name in names)
    if not topic or not all(_is_number(number) for number in (partition, offset, timestamp)):
        return None
    group, reason = (_text(record.header(name)) for name in ("dlq_group", "dlq_reason"))
    origin = Origin(_text(topic), int(partition), int(offset))
    return Letter(origin, group, reason, int(timestamp), record.timestamp_ms, record)


def replayed(letter: Letter, cause: Origin) -> Outgoing:
    """The letter back on its way: the original's bytes where the original stood, the letter's own headers still on it.

    They name the old record, so that the runtime can link the new one to it; ``cause`` is the command.
    """
    record = letter.record
    topic, partition, _ = letter.origin
    return Outgoing(topic, record.key, record.value, record.headers, cause, partition)


def replays_among(records: Iterable[Record]) -> dict[Origin, Origin]:
    """By record that says so, which record of the same topic and partition it replays; whoever sent it may lie."""
    marked = [record for record in records if record.headers and record.headers[-1][0].startswith(PREFIX)]
    return {record.origin: named for record in marked if (named := _named_by(record)) is not None}


def _named_by(record: Record) -> Origin | None:
    names = ("dlq_topic", "dlq_partition", "dlq_offset")
    topic, partition, offset = (record.header(name) or b"" for name in names)
    if topic != record.origin.topic.encode() or not (_is_number(partition) and _is_number(offset)):
        return None
    named = Origin(record.origin.topic, int(partition), int(offset))
    return named if named.partition == record.origin.partition else None


def _without_ours(headers: Headers) -> Headers:
    return tuple(header for header in headers if not header[0].startswith(PREFIX))


def _is_number(digits: bytes) -> bool:
    return digits.isdigit() and len(digits) <= _DIGITS_MAX


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="replace")
