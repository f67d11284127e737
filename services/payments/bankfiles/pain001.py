"""Instructions as ISO 20022 pain.001.001.09, for agent banking and banks. Pure; the same orders give the same bytes.

Every transfer carries its attempt reference as end-to-end id, by which a bank is idempotent, and the message id is made
of what the file says: a file that is written or sent twice is recognised by both.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Final, NamedTuple
from xml.etree import ElementTree

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
NAME_MAX: Final = 140


class Debtor(NamedTuple):
    """Who pays, and from which account at which branch."""

    name: str
    account: str
    routing_number: str


class Order(NamedTuple):
    """One transfer: an attempt, what it pays and to whom."""

    attempt_ref: str
    payment_id: str
    poisha: int
    holder_name: str
    account: str
    routing_number: str
    purpose: str


def files(orders: Sequence[Order], debtor: Debtor, at: datetime, on: date, transfers_max: int) -> Iterator[bytes]:
    """The files of these orders, each with at most so many transfers; ``at`` is aware, ``on`` the day to pay."""
    ordered = sorted(orders)
    for start in range(0, len(ordered), transfers_max):
        yield written(ordered[start : start + transfers_max], debtor, at, on)


def written(orders: Sequence[Order], debtor: Debtor, at: datetime, on: date) -> bytes:
    """One file."""
    message_id = sha256(repr((debtor, tuple(orders), on)).encode()).hexdigest()[:35]
    count, total = str(len(orders)), taka(sum(order.poisha for order in orders))
    root = ElementTree.Element("Document", xmlns=NAMESPACE)
    message = _add(root, "CstmrCdtTrfInitn")
    header = _add(message, "GrpHdr")
    _add(header, "MsgId", message_id)
    _add(header, "CreDtTm", at.isoformat(timespec="seconds"))
    _add(header, "NbOfTxs", count)
    _add(header, "CtrlSum", total)
    _add(_add(header, "InitgPty"), "Nm", debtor.name[:NAME_MAX])
    payment = _add(message, "PmtInf")
    _add(payment, "PmtInfId", message_id)
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "NbOfTxs", count)
    _add(payment, "CtrlSum", total)
    _add(_add(payment, "ReqdExctnDt"), "Dt", on.isoformat())
    _add(_add(payment, "Dbtr"), "Nm", debtor.name[:NAME_MAX])
    _account(_add(payment, "DbtrAcct"), debtor.account)
    _branch(_add(payment, "DbtrAgt"), debtor.routing_number)
    for order in orders:
        _transfer(_add(payment, "CdtTrfTxInf"), order)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _transfer(transfer: ElementTree.Element, order: Order) -> None:
    named = _add(transfer, "PmtId")
    _add(named, "InstrId", order.attempt_ref)
    _add(named, "EndToEndId", order.attempt_ref)
    amount = _add(_add(transfer, "Amt"), "InstdAmt", taka(order.poisha))
    amount.set("Ccy", "BDT")
    # The Government pays the fee (domain.md §5), never the person.
    _add(transfer, "ChrgBr", "DEBT")
    _branch(_add(transfer, "CdtrAgt"), order.routing_number)
    _add(_add(transfer, "Cdtr"), "Nm", (order.holder_name or "NOTPROVIDED")[:NAME_MAX])
    _account(_add(transfer, "CdtrAcct"), order.account)
    _add(_add(transfer, "Purp"), "Cd", "GOVT")
    _add(_add(transfer, "RmtInf"), "Ustrd", order.purpose[:NAME_MAX])


def _account(parent: ElementTree.Element, number: str) -> None:
    _add(_add(_add(parent, "Id"), "Othr"), "Id", number)


def _branch(parent: ElementTree.Element, routing_number: str) -> None:
    _add(_add(_add(parent, "FinInstnId"), "ClrSysMmbId"), "MmbId", routing_number)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child


def taka(poisha: int) -> str:
    """Taka with two decimals."""
    return f"{poisha // 100}.{poisha % 100:02d}"
