"""Statements as ISO 20022 camt.054 (any version): each transaction of each entry is a line.

A debit of the settlement account was paid to a person, a credit came back. What the file itself says of its number of
entries and their sum must hold.
"""

from services.payments.statements import xml
from services.payments.statements.lines import Line, Statement, StatementUnreadable, day_of, poisha_of

_ACCOUNTS = ("Id/Othr/Id", "Id/IBAN", "Prxy/Id")


def read(content: bytes) -> Statement:
    """The statement; raises ``StatementUnreadable``."""
    root = xml.document(content, "camt.054")
    notifications = list(xml.all_of(root, "BkToCstmrDbtCdtNtfctn/Ntfctn"))
    if len(notifications) != 1:
        raise StatementUnreadable(f"it holds {len(notifications)} notifications, not one", "Ntfctn")
    (notification,) = notifications
    lines: list[Line] = []
    for entry in xml.all_of(notification, "Ntry"):
        lines += _lines(entry, len(lines))
    entries = sum(1 for _ in xml.all_of(notification, "Ntry"))
    stated = xml.first(notification, "TxsSummry/TtlNtries/NbOfNtries")
    if stated and stated != str(entries):
        raise StatementUnreadable(f"it holds {entries} entries and should hold {stated}", "TtlNtries")
    total = xml.first(notification, "TxsSummry/TtlNtries/Sum")
    if total and poisha_of(total, "TtlNtries/Sum") != sum(line.poisha for line in lines):
        raise StatementUnreadable("its entries do not sum to what it says", "TtlNtries/Sum")
    reference = xml.first(notification, "Id")
    if not reference:
        raise StatementUnreadable("it has no identification", "Ntfctn/Id")
    begins = xml.first(notification, "FrToDt/FrDtTm", "CreDtTm")
    ends = xml.first(notification, "FrToDt/ToDtTm", "CreDtTm")
    return Statement(reference, day_of(begins, "FrToDt"), day_of(ends, "FrToDt"), tuple(lines))


def _lines(entry: xml.Element, before: int) -> list[Line]:
    booked = xml.first(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    details = list(xml.all_of(entry, "NtryDtls/TxDtls"))
    found = [_line(entry, detail, booked, before + place) for place, detail in enumerate(details or [entry], 1)]
    if details and poisha_of(xml.first(entry, "Amt"), "Ntry/Amt") != sum(line.poisha for line in found):
        raise StatementUnreadable("an entry's transactions do not sum to its amount", f"Ntry {before + 1}")
    return found


def _line(entry: xml.Element, detail: xml.Element, booked: str, number: int) -> Line:
    where = f"transaction {number}"
    holder = detail if xml.first(detail, "Amt") else entry
    if xml.currency_of(holder, "Amt") != "BDT":
        raise StatementUnreadable("an amount's currency is not BDT", where)
    direction = xml.first(detail, "CdtDbtInd") or xml.first(entry, "CdtDbtInd")
    if direction not in ("DBIT", "CRDT"):
        raise StatementUnreadable("a transaction is neither debit nor credit", where)
    side = "RltdPties/CdtrAcct" if direction == "DBIT" else "RltdPties/DbtrAcct"
    account = xml.first(detail, *(f"{side}/{path}" for path in _ACCOUNTS))
    reference = xml.first(detail, "Refs/EndToEndId", "Refs/InstrId", "NtryRef")
    return Line(
        number,
        "paid" if direction == "DBIT" else "returned",
        reference,
        poisha_of(xml.first(holder, "Amt"), where),
        account,
        day_of(booked, where),
    )
