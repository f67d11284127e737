"""Statements as CSV, for providers without ISO 20022.

    statement,<reference>,<first day>,<last day>,BDT
    line,kind,reference,amount,account,booked_on
    1,paid,<attempt reference>,2100.00,01712345678,2026-07-31
    …
    end,<number of lines>,<sum of amounts>

The last row and its line end are what tells a whole file from one that was cut.
"""

import csv
import io

from services.payments.statements.lines import Kind, Line, Statement, StatementUnreadable, day_of, poisha_of, text_of

COLUMNS = ["line", "kind", "reference", "amount", "account", "booked_on"]
_KINDS: dict[str, Kind] = {"paid": "paid", "returned": "returned"}


def read(content: bytes) -> Statement:
    """The statement; raises ``StatementUnreadable``."""
    try:
        rows = list(csv.reader(io.StringIO(text_of(content)), strict=True))
    except csv.Error as error:
        raise StatementUnreadable(f"it is no CSV ({error})") from None
    if len(rows) < 3 or len(rows[0]) != 5 or rows[0][0] != "statement" or rows[1] != COLUMNS:
        raise StatementUnreadable("its first two rows are not those of a statement", "row 1")
    if rows[0][4] != "BDT":
        raise StatementUnreadable("its currency is not BDT", "row 1")
    if rows[-1][:1] != ["end"] or len(rows[-1]) != 3 or not content.endswith(b"\n"):
        raise StatementUnreadable("its last row is missing, so it was cut", f"row {len(rows)}")
    lines = tuple(_line(row, place) for place, row in enumerate(rows[2:-1], 3))
    if rows[-1][1] != str(len(lines)):
        raise StatementUnreadable(f"it holds {len(lines)} lines and should hold {rows[-1][1]}", f"row {len(rows)}")
    total = sum(line.poisha for line in lines)
    if lines and poisha_of(rows[-1][2], f"row {len(rows)}") != total:
        raise StatementUnreadable("its lines do not sum to what its last row says", f"row {len(rows)}")
    return Statement(rows[0][1], day_of(rows[0][2], "row 1"), day_of(rows[0][3], "row 1"), lines)


def _line(row: list[str], place: int) -> Line:
    where = f"row {place}"
    if len(row) != len(COLUMNS) or not row[0].isascii() or not row[0].isdigit() or row[1] not in _KINDS:
        raise StatementUnreadable("a line has not its six fields, or a kind other than paid and returned", where)
    number, kind, reference, amount, account, booked_on = row
    return Line(int(number), _KINDS[kind], reference, poisha_of(amount, where), account, day_of(booked_on, where))
