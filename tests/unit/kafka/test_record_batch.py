"""The tolerant reader: equal to aiokafka's own where that one reads, and no worse than the damage where it doesn't."""

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import codec as codecs
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.record_batch import (
    CRC_MISMATCH,
    HEADER_NAME,
    MALFORMED,
    NOT_DECOMPRESSABLE,
    UNKNOWN_FORMAT,
    Aborted,
    Tolerated,
    read_batches,
)
from shared.stage.records import Origin, Record, Unreadable

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
LOG_APPEND_TIME, CONTROL = 0x08, 0x20
MARK = "XXXX"

Row = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
rows = st.lists(
    st.tuples(
        st.none() | st.binary(max_size=20),
        st.none() | st.binary(max_size=200),
        st.lists(
            st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.none() | st.binary(max_size=9)),
            max_size=3,
        ),
    ),
    min_size=1,
    max_size=8,
)


def batch(base: int, records: Sequence[Row], codec: int = NONE, *, producer: int = -1, attributes: int = 0) -> bytes:
    """A batch as it stands in a log from offset ``base`` on; ``producer`` makes it part of a transaction."""
    builder = DefaultRecordBatchBuilder(2, codec, int(producer >= 0), producer, 0, 0, 1 << 20)
    for place, (key, value, headers) in enumerate(records):
        builder.append(place, 1_000 + place, key, value, headers)
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, base)
    struct.pack_into(">h", data, 21, struct.unpack_from(">h", data, 21)[0] | attributes)
    return sealed(data)


def sealed(data: bytes | bytearray) -> bytes:
    """With the checksum put right."""
    return bytes(data[:17]) + struct.pack(">I", calc_crc32c(bytes(data[21:]))) + bytes(data[21:])


def simple(*values: bytes) -> list[Row]:
    return [(b"k", value, []) for value in values]


def read(data: bytes, position: int = 0, *, end: int = 1_000, limit: int = 1_000, **more: Any) -> Tolerated:
    return read_batches("t", 0, data, position, end, more.get("aborted", []), limit)


def shape(found: Tolerated) -> list[tuple[int, bytes | str | None]]:
    """Each offset with its value, or with the reason why there is none."""
    return [(item.origin.offset, item.value if isinstance(item, Record) else item.reason) for item in found.items]


@given(rows, st.sampled_from([NONE, GZIP, SNAPPY, LZ4, ZSTD]), st.integers(0, 10**12), st.booleans())
def test_good_batches_are_read_as_aiokafka_reads_them(
    records: list[Row], codec: int, base: int, appended: bool
) -> None:
    data = batch(base, records, codec, attributes=LOG_APPEND_TIME if appended else 0)
    expected = [
        Record(
            Origin("t", 0, one.offset),
            one.key,
            one.value,
            tuple((name, content or b"") for name, content in one.headers),
            one.timestamp,
        )
        for one in DefaultRecordBatch(data)
    ]
    assert read(data, base) == Tolerated(tuple(expected), base + len(records))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.data())
def test_reading_in_bites_gives_the_same_as_reading_at_once(sizes: list[int], draw: st.DataObject) -> None:
    data, base = b"", 0
    for size in sizes:
        data += batch(base, simple(*[b"%d" % (base + n) for n in range(size)]), ZSTD)
        base += size
    position, found = 0, []
    while position < base:
        bite = read(data, position, limit=draw.draw(st.integers(1, 3)))
        assert bite.next_offset > position
        found += shape(bite)
        position = bite.next_offset
    assert found == [(n, b"%d" % n) for n in range(base)]


@pytest.mark.parametrize("codec", [NONE, LZ4, ZSTD])
def test_a_header_name_that_is_not_utf8_costs_its_record_alone(codec: int) -> None:
    records: list[Row] = [(b"k", b"a" * 200, []), (b"k", b"b" * 200, [(MARK, b"1")]), (b"k", b"c" * 200, [])]
    plain = bytearray(batch(7, records).replace(MARK.encode(), b"\xff\xfe\xfd\xfc"))
    packed = {NONE: bytes, LZ4: codecs.lz4_encode, ZSTD: codecs.zstd_encode}[codec](bytes(plain[61:]))
    data = bytearray(plain[:61] + packed)
    struct.pack_into(">i", data, 8, len(data) - 12)
    struct.pack_into(">h", data, 21, codec)
    assert shape(read(sealed(data), 7)) == [(7, b"a" * 200), (8, HEADER_NAME), (9, b"c" * 200)]


def test_a_wrong_checksum_costs_its_batch_and_no_neighbour() -> None:
    bad = bytearray(batch(2, simple(b"2", b"3", b"4")))
    bad[-1] ^= 1
    found = read(batch(0, simple(b"0", b"1")) + bytes(bad) + batch(5, simple(b"5")))
    assert shape(found) == [(0, b"0"), (1, b"1"), *((n, CRC_MISMATCH) for n in (2, 3, 4)), (5, b"5")]
    assert found.next_offset == 6


def test_a_batch_that_lies_about_its_length_is_not_believed_beyond_its_neighbour_or_the_logs_end() -> None:
    bad = bytearray(batch(2, simple(b"2", b"3")))
    struct.pack_into(">i", bad, 23, 2**31 - 10)  # the last offset, under a checksum that is wrong now
    assert [offset for offset, _ in shape(read(bytes(bad) + batch(4, simple(b"4")), 2))] == [2, 3, 4]
    assert [offset for offset, _ in shape(read(bytes(bad), 2, end=4))] == [2, 3]
    struct.pack_into(">i", bad, 23, -5)
    assert read(bytes(bad), 3, end=4).next_offset == 4


def test_a_body_that_does_not_decompress_costs_its_batch() -> None:
    data = bytearray(batch(0, simple(b"a", b"b")))
    struct.pack_into(">h", data, 21, ZSTD)
    assert shape(read(sealed(data))) == [(0, NOT_DECOMPRESSABLE), (1, NOT_DECOMPRESSABLE)]
    struct.pack_into(">h", data, 21, 7)
    assert shape(read(sealed(data))) == [(0, NOT_DECOMPRESSABLE), (1, NOT_DECOMPRESSABLE)]


def test_a_record_that_does_not_fit_its_length_is_malformed_and_the_next_is_read() -> None:
    data = bytearray(batch(0, [(b"k", b"first", []), (b"k", b"second", [])]))
    place = data.index(b"first") - 1
    data[place] = 100  # a value of 50 bytes, of which the record holds five
    assert shape(read(sealed(data))) == [(0, MALFORMED), (1, b"second")]


def test_where_a_records_end_cannot_be_told_the_rest_of_the_batch_is_malformed() -> None:
    data = bytearray(batch(0, simple(b"a", b"b", b"c")))
    length = data.index(b"b") - 7
    data[length] = 0x7F  # minus 64 bytes
    assert shape(read(sealed(data) + batch(3, simple(b"d")))) == [(0, b"a"), (1, MALFORMED), (2, MALFORMED), (3, b"d")]


def test_aborted_transactions_and_control_batches_are_not_records() -> None:
    marker = struct.pack(">hh", 0, 0)
    first = batch(0, simple(b"kept"), producer=1) + batch(1, simple(b"aborted"), producer=2)
    data = (
        first + batch(2, [(marker, b"", [])], producer=2, attributes=CONTROL) + batch(3, simple(b"later"), producer=2)
    )
    found = read(data, aborted=[Aborted(2, 1)])
    assert shape(found) == [(0, b"kept"), (3, b"later")]
    assert read(first, 1, aborted=[Aborted(2, 1)]) == Tolerated((), 2)


def test_an_older_format_is_named_and_passed() -> None:
    data = bytearray(batch(0, simple(b"a")))
    data[16] = 1
    assert shape(read(bytes(data) + batch(1, simple(b"b")))) == [(0, UNKNOWN_FORMAT), (1, b"b")]


@given(st.binary(min_size=1, max_size=300), st.integers(0, 100))
def test_whatever_the_bytes_are_reading_them_ends_and_moves_on(data: bytes, position: int) -> None:
    found = read(data, position, end=position + 10, limit=20)
    assert found.next_offset > position
    assert all(isinstance(item, Unreadable | Record) for item in found.items)


@given(rows, st.data())
def test_one_flipped_bit_never_yields_a_record_that_was_not_written(records: list[Row], draw: st.DataObject) -> None:
    data = bytearray(batch(0, records))
    place = draw.draw(st.integers(21, len(data) - 1))
    data[place] ^= 1 << draw.draw(st.integers(0, 7))
    found = read(bytes(data), end=len(records))
    assert {reason for _, reason in shape(found)} <= {CRC_MISMATCH}
    assert len(found.items) >= 1
