"""Are all copies of an event the same? Compares digests by event id, in bounded memory.

An event may be published again after days, so every id must be kept. They are spread over temporary files by their
first byte, and compared a file at a time: 24 bytes for an event, 24 MB of memory for a hundred million of them.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import blake2b
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from shared.stage.records import Record

BUCKETS = 256
ID_BYTES, DIGEST_BYTES = 16, 8
IN_MEMORY_BYTES = 64 * 1024


class Repeats:
    """Takes events in any order, then tells the ids of those that were not always the same."""

    def __init__(self) -> None:
        self._files = ExitStack()
        self._buckets = [self._files.enter_context(_bucket()) for _ in range(BUCKETS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def add(self, event_id: bytes, record: Record) -> None:
        """One more copy of the event."""
        name = blake2b(event_id, digest_size=ID_BYTES).digest()
        self._buckets[name[0]].write(name + _digest(record))

    def differing(self) -> Iterator[bytes]:
        """For each event of which there are copies that differ: the digest of its id."""
        entry = ID_BYTES + DIGEST_BYTES
        for bucket in self._buckets:
            bucket.seek(0)
            content = bucket.read()
            first: dict[bytes, bytes] = {}
            told: set[bytes] = set()
            for at in range(0, len(content), entry):
                name, digest = content[at : at + ID_BYTES], content[at + ID_BYTES : at + entry]
                if first.setdefault(name, digest) != digest and name not in told:
                    told.add(name)
                    yield name


def _bucket() -> SpooledTemporaryFile[bytes]:
    return SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)


def _digest(record: Record) -> bytes:
    """Of partition, key, value and CloudEvents attributes: all that a replay repeats (design.md §4)."""
    attributes = [
        part for name, content in record.headers if name.startswith("ce_") for part in (name.encode(), content)
    ]
    parts = (record.value or b"", b"%d" % record.origin.partition, record.key or b"", *attributes)
    return blake2b(b"\0".join(parts), digest_size=DIGEST_BYTES).digest()
