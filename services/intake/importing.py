"""Importing a file of applications through the gateway, and finding out which of its rows were refused.

Rows may be sent again: what was taken before is recognised. So an import that was cut off is simply run once more.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import orjson

from services.intake import answers
from services.intake.files import Row
from services.intake.gateway import reason_of_entry
from services.intake.submission import UnreadableForm, digest_of_form, identify
from shared.contracts.status import Reason

CHUNK_ROWS: Final = 500
CHUNK_BYTES: Final = 1_000_000
ASK_AT_ONCE: Final = 100
PENDING: Final = "pending"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0

_RAGGED: Final = Reason(
    code="ragged_row",
    text_en="This row has more or fewer cells than the header; look for a comma that is not inside quotes.",
    text_bn="এই সারিতে শিরোনামের চেয়ে বেশি বা কম ঘর আছে; উদ্ধৃতি চিহ্নের বাইরে থাকা কমা খুঁজে দেখুন।",
)


class Gateway(Protocol):
    """What an import needs of intake's HTTP side."""

    def send(self, forms: Sequence[bytes]) -> list[str]:
        """Have these taken in, all or none; a reference for each."""

    def fates(self, references: Sequence[str]) -> list[dict[str, Any]]:
        """For each reference ``state`` and ``reasons``."""


class Finding(NamedTuple):
    """One thing wrong with a row."""

    row: int
    source_ref: str
    field: str
    code: str
    text_en: str
    text_bn: str


class Total(NamedTuple):
    """Rows: read, taken by the gateway, and of these accepted; refused at the door or later; not decided in time."""

    rows: int
    taken: int
    accepted: int
    refused: int
    pending: int


class Sent(NamedTuple):
    """A row that the gateway took."""

    reference: str
    row: int
    source_ref: str


class Import:
    """One import of one file."""

    def __init__(self, gateway: Gateway, found: Callable[[Finding], None]) -> None:
        """``found`` hears of each thing wrong, as soon as it is known."""
        self._gateway, self._found = gateway, found
        self.rows = self.accepted = self.refused = self.taken = 0
        self.waiting: list[Sent] = []

    @property
    def total(self) -> Total:
        """How far it is."""
        return Total(self.rows, self.taken, self.accepted, self.refused, len(self.waiting))

    def send(self, rows: Iterable[Row]) -> None:
        """Send every row that can be sent. What the gateway raises leaves the earlier rows sent."""
        chunk: list[tuple[int, str, bytes]] = []
        size = 0
        for row in rows:
            self.rows += 1
            try:
                source_ref, value = _sendable(row)
            except _Refused as refused:
                self._refuse(row.number, refused.source_ref, [refused.reason])
                continue
            if chunk and (len(chunk) == CHUNK_ROWS or size + len(value) > CHUNK_BYTES):
                self._send(chunk)
                chunk, size = [], 0
            chunk.append((row.number, source_ref, value))
            size += len(value) + 1
        if chunk:
            self._send(chunk)

    def _send(self, chunk: Sequence[tuple[int, str, bytes]]) -> None:
        references = self._gateway.send([value for _, _, value in chunk])
        for (number, source_ref, _), reference in zip(chunk, references, strict=True):
            self.waiting.append(Sent(reference, number, source_ref))
        self.taken += len(chunk)

    def wait(
        self,
        wait_s: float,
        clock: Callable[[], float],
        pause: Callable[[float], None],
        settled: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Ask until all rows are decided, or until ``wait_s`` seconds have passed without any being decided."""
        last, pause_s = clock(), FIRST_PAUSE_S
        while self.waiting and wait_s > 0:
            before = len(self.waiting)
            self._ask()
            settled(before - len(self.waiting))
            if len(self.waiting) < before:
                last, pause_s = clock(), FIRST_PAUSE_S
            elif clock() - last >= wait_s:
                return
            if self.waiting:
                pause(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _ask(self) -> None:
        """One sweep over what is waiting; it ends at the first hundred of which nothing is decided."""
        still: list[Sent] = []
        for start in range(0, len(self.waiting), ASK_AT_ONCE):
            asked = self.waiting[start : start + ASK_AT_ONCE]
            fates = self._gateway.fates([sent.reference for sent in asked])
            undecided = [sent for sent, fate in zip(asked, fates, strict=True) if fate["state"] == PENDING]
            for sent, fate in zip(asked, fates, strict=True):
                if fate["state"] == "accepted":
                    self.accepted += 1
                elif fate["state"] != PENDING:
                    self._refuse(sent.row, sent.source_ref, msgspec.convert(fate["reasons"], list[Reason]))
            still += undecided
            if len(undecided) == len(asked):
                still += self.waiting[start + ASK_AT_ONCE :]
                break
        self.waiting = still

    def _refuse(self, row: int, source_ref: str, reasons: Sequence[Reason]) -> None:
        self.refused += 1
        for reason in reasons:
            self._found(Finding(row, source_ref, reason.field or "", reason.code, reason.text_en, reason.text_bn))


class _Refused(Exception):
    def __init__(self, reason: Reason, source_ref: str = "") -> None:
        self.reason, self.source_ref = reason, source_ref
        super().__init__(reason.code)


def _sendable(row: Row) -> tuple[str, bytes]:
    """Reference and bytes of a row's form; raises ``_Refused`` for what the gateway or intake could not read."""
    if row.fault is not None:
        raise _Refused(_RAGGED if row.fault == "ragged_row" else reason_of_entry(row.fault))
    try:
        submission = identify(row.form)
        digest_of_form(submission.form)
        value = orjson.dumps(submission.form)
    except UnreadableForm as bad:
        if bad.answer_to is None:
            raise _Refused(reason_of_entry(bad.reason)) from None
        raise _Refused(answers.unreadable(bad.reason), bad.answer_to.source_ref) from None
    return submission.source_ref, value
