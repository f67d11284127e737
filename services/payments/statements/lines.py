"""What a settlement statement says, whatever its format: the words of CSV, camt.054 and MT940 files in one."""

from datetime import date
from typing import Literal, NamedTuple

from services.payments import written
from shared.errors import DsrError

Kind = Literal["paid", "returned"]


class StatementUnreadable(DsrError):
    """A file that is no whole, sound statement: nothing of it is taken. ``where`` is a line or an element."""

    exit_code = 2

    def __init__(self, cause: str, where: str = "") -> None:
        self.cause, self.where = cause, where
        super().__init__(
            f"The statement cannot be read{f' ({where})' if where else ''}: {cause}. Nothing was loaded; ask the "
            "provider for the whole file."
        )


class Line(NamedTuple):
    """One booking: ``paid`` to a person or ``returned`` from one. ``reference`` names the attempt, or is empty."""

    number: int
    kind: Kind
    reference: str
    poisha: int
    account: str
    booked_on: date


class Statement(NamedTuple):
    """A statement covers the days ``begins`` to ``ends``, both included."""

    reference: str
    begins: date
    ends: date
    lines: tuple[Line, ...]


def poisha_of(text: str, where: str) -> int:
    """Taka with at most two decimals as integer poisha; raises ``StatementUnreadable``."""
    try:
        return written.poisha_of(text)
    except written.NotAnAmount as wrong:
        raise StatementUnreadable(f"an amount {wrong.cause}", where) from None


def day_of(text: str, where: str) -> date:
    """An ISO date, or the date of an ISO time; raises ``StatementUnreadable``."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise StatementUnreadable("a date is not written as 2026-07-31", where) from None


def text_of(content: bytes) -> str:
    """The file as text; only UTF-8 is taken, as a wrong guess would change names and references silently."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StatementUnreadable("it is not in UTF-8", f"byte {error.start}") from None
    if "\0" in text:
        raise StatementUnreadable("it is not in UTF-8, or no text at all")
    return text
