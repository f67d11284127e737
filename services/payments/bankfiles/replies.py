"""What banks answer to a file, as reports: pain.002 (status) and pacs.004 (return), of any version. Pure.

A file is read whole or not at all. A status that settles nothing (accepted, pending) gives no report; one for the whole
file holds for every transfer only where it rejects, since whoever accepts a file has not yet credited anybody.
"""

from typing import Final, Literal, NamedTuple
from uuid import UUID

from services.payments.statements import xml
from services.payments.statements.lines import StatementUnreadable, poisha_of

CREDITED: Final = frozenset({"ACCC"})
"""Accepted and credited: the only status that says that the creditor's account has the money."""
REJECTED: Final = frozenset({"RJCT"})
CANCELLED: Final = frozenset({"CANC"})
OPEN: Final = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACFC", "PDNG", "RCVD", "PATC", "ACWP", "BLCK"})


class Reply(NamedTuple):
    """One report. ``poisha`` is None where the bank says no amount."""

    payment_id: str
    attempt: int
    attempt_ref: str
    kind: Literal["credited", "failed", "cancelled", "returned", "pending"]
    poisha: int | None
    code: str | None


class WholeFileRejected(NamedTuple):
    """The bank took none of the transfers of this message id."""

    message_id: str
    code: str


def read_replies(content: bytes) -> tuple[list[Reply], WholeFileRejected | None]:
    """The reports in a pain.002 or pacs.004 file; raises ``StatementUnreadable``."""
    if b"pacs.004." in content[:2_000]:
        return [_returned(one) for one in _parts(content, "pacs.004", "PmtRtr/TxInf")], None
    root = xml.document(content, "pain.002")
    replies = [_status(one) for one in xml.all_of(root, "CstmrPmtStsRpt/OrgnlPmtInfAndSts/TxInfAndSts")]
    group = next(xml.all_of(root, "CstmrPmtStsRpt/OrgnlGrpInfAndSts"), None)
    if group is not None and xml.first(group, "GrpSts") in REJECTED:
        code = xml.first(group, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry")
        return replies, WholeFileRejected(xml.first(group, "OrgnlMsgId"), code)
    if not replies:
        raise StatementUnreadable("it says nothing of any transfer", "TxInfAndSts")
    return replies, None


def _parts(content: bytes, message: str, path: str) -> list[xml.Element]:
    root = xml.document(content, message)
    found = list(xml.all_of(root, path))
    stated = xml.first(root, "PmtRtr/GrpHdr/NbOfTxs")
    if not found or (stated and stated != str(len(found))):
        raise StatementUnreadable(f"it holds {len(found)} transactions and should hold {stated or 'some'}", "NbOfTxs")
    return found


def _status(part: xml.Element) -> Reply:
    reference, status = xml.first(part, "OrgnlEndToEndId", "OrgnlInstrId"), xml.first(part, "TxSts")
    code = xml.first(part, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry") or None
    amount = xml.first(part, "OrgnlTxRef/Amt/InstdAmt")
    poisha = poisha_of(amount, reference) if amount else None
    if status in CREDITED:
        return _reply(reference, "credited", poisha, code)
    if status in REJECTED:
        return _reply(reference, "failed", poisha, code)
    if status in CANCELLED:
        return _reply(reference, "cancelled", poisha, code)
    if status in OPEN:
        return _reply(reference, "pending", poisha, code)
    raise StatementUnreadable("a transaction's status is none of ISO 20022", reference)


def _returned(part: xml.Element) -> Reply:
    reference = xml.first(part, "OrgnlEndToEndId", "OrgnlInstrId")
    if xml.currency_of(part, "RtrdIntrBkSttlmAmt") != "BDT":
        raise StatementUnreadable("an amount's currency is not BDT", reference)
    code = xml.first(part, "RtrRsnInf/Rsn/Cd", "RtrRsnInf/Rsn/Prtry") or None
    return _reply(reference, "returned", poisha_of(xml.first(part, "RtrdIntrBkSttlmAmt"), reference), code)


def _reply(
    reference: str,
    kind: Literal["credited", "failed", "cancelled", "returned", "pending"],
    poisha: int | None,
    code: str | None,
) -> Reply:
    payment, _, attempt = reference.partition("-")
    try:
        return Reply(str(UUID(payment)), int(attempt), reference, kind, poisha, code)
    except ValueError:
        raise StatementUnreadable("a transfer is named by a reference that is none of ours", reference[:40]) from None
