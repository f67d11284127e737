"""Digests of records and of contents: what tells the same from another."""

from hashlib import blake2b

from shared.stage.records import Record


def digest_of(record: Record) -> str:
    """Stands for a record's key and value in its fate: another digest at the same offset is another Kafka."""
    digest = blake2b(record.value or b"", digest_size=16)
    digest.update(b"\x00" + (record.key or b""))
    return digest.hexdigest()


def digest_of_content(content: bytes) -> str:
    """Stands for what a message says, whoever sent it and however often."""
    return blake2b(content, digest_size=16).hexdigest()
