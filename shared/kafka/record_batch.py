"""A tolerant reader of Kafka's record batches (format v2): what is bad costs no more than itself.

Kafka's documentation, "Record Batch" and "Record", has the layout. aiokafka's own reader gives up a whole fetch for one
header name that is not UTF-8; here each record is cut out by its own length, so that only that record is unreadable. It
is much slower than aiokafka's and is used only where that one has failed (``shared.kafka.poison``). Topics are never
compacted, so each offset between a batch's first and last is one record.
"""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.record.util import calc_crc32c, decode_varint

from shared.stage.records import Origin, Record, Unreadable

CRC_MISMATCH = "batch_crc_mismatch"
NOT_DECOMPRESSABLE = "batch_not_decompressable"
UNKNOWN_FORMAT = "batch_format_unknown"
MALFORMED = "record_malformed"
HEADER_NAME = "header_name_not_utf8"

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH_ENDS = struct.calcsize(">qi")
_CRC_ENDS = struct.calcsize(">qiibI")
_CODEC_MASK, _LOG_APPEND_TIME, _TRANSACTIONAL, _CONTROL = 0x07, 0x08, 0x10, 0x20
_ABORT = b"\x00\x00\x00\x00"
_CODECS: dict[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: gzip_decode,
    2: snappy_decode,
    3: lz4_decode,
    4: zstd_decode,
}


class Aborted(NamedTuple):
    """A transaction that the broker lists as aborted: none of its records from ``first_offset`` on counts."""

    producer_id: int
    first_offset: int


class Tolerated(NamedTuple):
    """What was read of one partition, in order of offsets, and where to go on."""

    items: tuple[Record | Unreadable, ...]
    next_offset: int


class _Batch(NamedTuple):
    """One record batch as it stands in the log; ``fields`` past the third are checked by the CRC only."""

    base_offset: int
    magic: int
    crc: int
    attributes: int
    last_offset: int
    first_timestamp: int
    max_timestamp: int
    producer_id: int
    records: int
    checked: bytes
    body: bytes


def read_batches(
    topic: str, partition: int, data: bytes, position: int, end: int, aborted: list[Aborted], limit: int
) -> Tolerated:
    """Read at most ``limit`` records from ``position`` on.

    ``data`` is what a broker answered to a fetch from ``position``; ``end`` is the log's end, which bounds how far a
    batch with a broken header may be believed to reach. ``next_offset`` is past ``position`` whenever ``data`` is not
    empty, as a broker begins its answer with the batch that holds ``position``.
    """
    items: list[Record | Unreadable] = []
    pending = sorted(aborted, key=lambda one: one.first_offset)
    dropped: set[int] = set()
    batches = list(_batches(data))
    if not batches and data:
        return Tolerated((Unreadable(Origin(topic, partition, position), UNKNOWN_FORMAT),), position + 1)
    for place, batch in enumerate(batches):
        follower = batches[place + 1].base_offset if place + 1 < len(batches) else None
        fault = _fault(batch)
        if fault is None:
            while pending and pending[0].first_offset <= batch.base_offset:
                dropped.add(pending.pop(0).producer_id)
            last = batch.last_offset
            found = _read(topic, partition, batch, dropped)
        else:
            last = max(position, (follower or min(batch.last_offset + 1, end)) - 1)
            found = _all_unreadable(topic, partition, range(max(position, batch.base_offset), last + 1), fault)
        for item in found:
            if item.origin.offset < position:
                continue
            if len(items) == limit:
                return Tolerated(tuple(items), position)
            items.append(item)
            position = item.origin.offset + 1
        position = max(position, last + 1)
    return Tolerated(tuple(items), position)


def _batches(data: bytes) -> Iterator[_Batch]:
    """Cut into batches; a last one that is cut off by the fetch's size is left out."""
    at = 0
    while at + _HEADER.size <= len(data):
        header = _HEADER.unpack_from(data, at)
        base, length, _, magic, crc, attributes, delta, first, latest, producer, _, _, count = header
        stop = at + _LENGTH_ENDS + length
        if length < _HEADER.size - _LENGTH_ENDS or stop > len(data):
            return
        yield _Batch(
            base,
            magic,
            crc,
            attributes,
            base + delta,
            first,
            latest,
            producer,
            count,
            data[at + _CRC_ENDS : stop],
            data[at + _HEADER.size : stop],
        )
        at = stop


def _fault(batch: _Batch) -> str | None:
    if batch.magic != 2:
        return UNKNOWN_FORMAT
    return None if calc_crc32c(batch.checked) == batch.crc else CRC_MISMATCH


def _read(topic: str, partition: int, batch: _Batch, dropped: set[int]) -> Iterator[Record | Unreadable]:
    """The records of a batch whose checksum is right, none of a control batch or of an aborted transaction."""
    offsets = range(batch.base_offset, batch.last_offset + 1)
    if batch.attributes & _TRANSACTIONAL and not batch.attributes & _CONTROL and batch.producer_id in dropped:
        return
    try:
        body = bytearray(_CODECS[batch.attributes & _CODEC_MASK](batch.body))
    except Exception:  # each codec has errors of its own
        yield from _all_unreadable(topic, partition, offsets, NOT_DECOMPRESSABLE)
        return
    at = 0
    for offset in offsets[: batch.records]:
        try:
            length, start = decode_varint(body, at)
            at = start + length
            if length < 0 or at > len(body):
                raise ValueError("the record does not end within its batch")
        except (ValueError, IndexError):
            yield from _all_unreadable(topic, partition, range(offset, batch.last_offset + 1), MALFORMED)
            return
        item = _record(Origin(topic, partition, offset), body[start:at], batch)
        if not batch.attributes & _CONTROL:
            yield item
        elif isinstance(item, Record) and item.key is not None and item.key[:4] == _ABORT:
            dropped.discard(batch.producer_id)


def _record(origin: Origin, body: bytearray, batch: _Batch) -> Record | Unreadable:
    try:
        delta, at = decode_varint(body, 1)
        _, at = decode_varint(body, at)  # the offset is counted, as topics are never compacted
        key, at = _bytes(body, at)
        value, at = _bytes(body, at)
        count, at = decode_varint(body, at)
        headers = []
        for _ in range(count):
            name, at = _bytes(body, at)
            content, at = _bytes(body, at)
            headers.append(((name or b"").decode(), content or b""))
        if at != len(body):
            return Unreadable(origin, MALFORMED)
    except UnicodeDecodeError:
        return Unreadable(origin, HEADER_NAME)
    except (ValueError, IndexError):
        return Unreadable(origin, MALFORMED)
    stamped = batch.max_timestamp if batch.attributes & _LOG_APPEND_TIME else batch.first_timestamp + delta
    return Record(origin, key, value, tuple(headers), stamped)


def _bytes(body: bytearray, at: int) -> tuple[bytes | None, int]:
    length, at = decode_varint(body, at)
    if length < 0:
        return None, at
    if at + length > len(body):
        raise ValueError("the field does not end within its record")
    return bytes(body[at : at + length]), at + length


def _all_unreadable(topic: str, partition: int, offsets: range, reason: str) -> Iterator[Unreadable]:
    return (Unreadable(Origin(topic, partition, offset), reason) for offset in offsets)
