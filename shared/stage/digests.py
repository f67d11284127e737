"""Digests of records and of contents: what tells the same from another."""

from hashlib import sha256

from shared.stage.records import Record

_BLANK = sha256(usedforsecurity=False)
"""To be copied, which takes half the time of a new one."""

_DIGITS = 32
"""128 bits of SHA-256, which processors have instructions for: a third cheaper here than BLAKE2."""


def digest_of(record: Record) -> str:
    """Stands for a record's key and value in its fate: another digest at the same offset is another Kafka."""
    digest = _BLANK.copy()
    digest.update(record.value or b"")
    digest.update(b"\x00" + (record.key or b""))
    return digest.hexdigest()[:_DIGITS]


def digest_of_content(content: bytes) -> str:
    """Stands for what a message says, whoever sent it and however often."""
    digest = _BLANK.copy()
    digest.update(content)
    return digest.hexdigest()[:_DIGITS]
