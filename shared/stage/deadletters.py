"""Dead letters: the original bytes, key and headers, and why; so that a person can look and a replay can be exact."""

from shared import topics
from shared.stage.records import Headers, Outgoing, Record

PREFIX = "dlq_"


def letter(record: Record, group: str, reason: str) -> Outgoing:
    """The record for the dead-letter topic of ``group``; on the original's partition, under its key.

    ``dlq_reason`` is a code without content. ``dlq_timestamp`` is the original append time in ms since 1970 UTC, which
    a replay carries on as the time of receipt.
    """
    topic, partition, offset = record.origin
    about: Headers = (
        ("dlq_reason", reason.encode()),
        ("dlq_topic", topic.encode()),
        ("dlq_partition", str(partition).encode()),
        ("dlq_offset", str(offset).encode()),
        ("dlq_timestamp", str(record.timestamp_ms).encode()),
        ("dlq_group", group.encode()),
    )
    original = tuple(header for header in record.headers if not header[0].startswith(PREFIX))
    return Outgoing(
        topics.dead_letters(topic, group),
        record.key,
        record.value,
        (*original, *about),
        record.origin,
        partition,
    )
