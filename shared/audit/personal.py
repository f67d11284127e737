"""I7: nothing that looks like a national id or a mobile number stands in a key, a header or a dead letter's reason.

Values carry what they must and a dead letter's copy is what an outsider sent; everything else is ours to keep clean.
"""

import re
from collections.abc import Iterable

from shared.audit.tally import Tally
from shared.reference.geography import DISTRICTS
from shared.stage.deadletters import PREFIX
from shared.stage.records import Headers, Record

COORDINATES = frozenset({"dlq_timestamp", "dlq_offset", "dlq_partition"})
"""Headers that hold a number of Kafka's: milliseconds since 1970 have as many digits as an old national id."""

_BANGLA_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_MAY_HOLD = re.compile(rb"[0-9]{10}|\xe0\xa7[\xa6-\xaf]")
# Bounded by what is neither letter nor digit: a hexadecimal id may hold any run of digits.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{10}|[0-9]{13}|[0-9]{17}|(?:88)?01[3-9][0-9]{8})(?![0-9A-Za-z])")
_CELL = re.compile(r"[a-z][a-z0-9_]*\|([0-9]{4})[0-9]{6}")


def looks_personal(text: bytes) -> bool:
    """Whether there is a run of 10, 13 or 17 digits, or a mobile number, in ASCII or Bangla digits.

    The name of a quota cell, ``programme|union``, is not: a union's BBS code has ten digits and begins with a district.
    """
    if _MAY_HOLD.search(text) is None:
        return False
    plain = text.decode(errors="replace").translate(_BANGLA_DIGITS)
    cell = _CELL.fullmatch(plain)
    if cell is not None and cell[1] in DISTRICTS:
        return False
    return _NUMBER.search(plain) is not None


def check_events(page: Iterable[Record], tally: Tally) -> None:
    """Keys and headers of what we have written."""
    for record in page:
        _check(record, tally, (("key", record.key or b""), *record.headers))


def check_letters(page: Iterable[Record], tally: Tally) -> None:
    """What we have added to dead letters."""
    for record in page:
        _check(record, tally, tuple(header for header in record.headers if header[0].startswith(PREFIX)))


def _check(record: Record, tally: Tally, named: Headers) -> None:
    tally.seen += 1
    # Nearly always nothing of a record holds that many digits: then one look is enough.
    if _MAY_HOLD.search(b"\n".join([content for _, content in named])) is None:
        return
    topic, partition, offset = record.origin
    for name, content in named:
        if name not in COORDINATES and looks_personal(content):
            tally.fault(f"{name} of {topic}[{partition}] offset {offset} looks like a person's number")
