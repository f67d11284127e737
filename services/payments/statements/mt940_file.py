"""Statements as SWIFT MT940, read by the ``mt-940`` package; whole only if its balances agree with its lines.

Field 61 holds 16 characters of a reference and ours has 35, so it is looked for in field 86 too, where banks repeat it
(``/EREF/``). The account is the digits of field 86 behind ``/ACCT/``.
"""

import re
from decimal import Decimal
from typing import Any, Final

import mt940

from services.payments.statements.lines import Line, Statement, StatementUnreadable, day_of, poisha_of, text_of

_REFERENCE: Final = re.compile(r"[0-9a-f]{32}-[0-9]{2}")
_ACCOUNT: Final = re.compile(r"/ACCT/([0-9]+)")


def read(content: bytes) -> Statement:
    """The statement; raises ``StatementUnreadable``."""
    text = text_of(content)
    if text.count(":20:") != 1 or ":62" not in text or not text.rstrip().endswith("-"):
        raise StatementUnreadable("it is not one whole MT940 message from field 20 to the closing dash")
    try:
        found = mt940.parse(text)
    except Exception as error:
        # The package has no error of its own: whatever it raises says that the text is none of its kind.
        raise StatementUnreadable(f"it is no MT940 ({type(error).__name__})") from None
    opening, closing = _balance(found.data, "opening"), _balance(found.data, "closing")
    lines = tuple(_line(one.data, number) for number, one in enumerate(found, 1))
    moved = sum(line.poisha if line.kind == "returned" else -line.poisha for line in lines)
    if opening.amount.currency != "BDT":
        raise StatementUnreadable("its currency is not BDT", "field 60F")
    if Decimal(closing.amount.amount) - Decimal(opening.amount.amount) != Decimal(moved) / 100:
        raise StatementUnreadable("its lines do not lead from its opening to its closing balance", "field 62F")
    reference = f"{found.data.get('transaction_reference', '')}/{found.data.get('statement_number', '')}"
    return Statement(reference, day_of(str(opening.date), "60F"), day_of(str(closing.date), "62F"), lines)


def _balance(data: dict[str, Any], which: str) -> Any:
    for form in ("final", "intermediate"):
        if (balance := data.get(f"{form}_{which}_balance")) is not None:
            return balance
    raise StatementUnreadable(f"its {which} balance is missing")


def _line(data: dict[str, Any], number: int) -> Line:
    where = f"field 61, number {number}"
    status = str(data.get("status", ""))
    if status not in ("D", "C", "RC", "RD"):
        raise StatementUnreadable("a line is neither debit nor credit", where)
    details = str(data.get("transaction_details") or "")
    written = "".join(str(data.get(name) or "") for name in ("customer_reference", "extra_details"))
    reference = _REFERENCE.search(details.replace("\n", "")) or _REFERENCE.search(written)
    account = _ACCOUNT.search(details)
    return Line(
        number,
        "paid" if status in ("D", "RC") else "returned",
        reference.group() if reference else str(data.get("customer_reference") or ""),
        poisha_of(str(abs(data["amount"].amount)), where),
        account.group(1) if account else "",
        day_of(str(data["date"]), where),
    )
