"""What was published more than once, and whether it was the same each time: read from every topic of the stages."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

from shared import topics
from shared.policy import Policy
from shared.stage.records import Record, Unreadable


@dataclass
class Published:
    """Counts over all events of the stages. ``repeated`` are copies beyond the first, by the stage that wrote them."""

    events: int = 0
    repeated: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    """Ids of events of which two copies differ."""
    _first: dict[bytes, bytes] = field(default_factory=dict)

    def take(self, record: Record | Unreadable) -> None:
        """Count one record; whatever is no event of a stage is left alone."""
        if isinstance(record, Unreadable):
            return
        headers = dict(record.headers)
        place = (headers.get("dlq_partition"), headers.get("dlq_offset"))
        if place != (None, None):
            writer, name = "dead letters", repr((record.origin.topic, *place)).encode()
        elif (source := headers.get("ce_source", b"")).startswith(b"/dsr/"):
            writer, name = source.decode().removeprefix("/dsr/"), headers["ce_id"]
        else:
            return
        self.events += 1
        digest = _digest(record)
        key = blake2b(name, digest_size=16).digest()
        first = self._first.setdefault(key, digest)
        if first is not digest:
            self.repeated[writer] += 1
            if first != digest:
                self.differing.append(f"{writer} {name.decode(errors='replace')}")


def written_topics(policy: Policy) -> list[str]:
    """All that the stages write, commands apart: a timer may ask twice, at another time."""
    commands = {topics.command(stage) for stage in topics.STAGES}
    return [
        topic.name
        for topic in topics.all_topics(policy.sources, policy.providers)
        if topic.name not in commands and set(topic.written_by) & set(topics.STAGES)
    ]


def _digest(record: Record) -> bytes:
    """Of all that a replay repeats: partition, key, value and headers (design.md §4)."""
    parts = [b"%d" % record.origin.partition, record.key or b"", record.value or b""]
    for name, content in record.headers:
        parts += [name.encode(errors="surrogateescape"), content]
    return blake2b(b"\0".join(parts), digest_size=16).digest()
