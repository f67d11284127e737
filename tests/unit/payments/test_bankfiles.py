"""Files for banks: held to the published schema, deterministic, and read back whole or not at all."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payments.bankfiles.open_orders import open_orders
from services.payments.bankfiles.pain001 import Debtor, Order, files, written
from services.payments.bankfiles.replies import read_replies
from services.payments.ids import attempt_ref
from services.payments.statements.lines import StatementUnreadable
from shared.contracts.person import Name, Payee
from tests.shipped import shipped_policy
from tests.unit.payments.world import POISHA, change, paying, payment_of, report

if TYPE_CHECKING:
    from xmlschema import XMLSchema

pytestmark = pytest.mark.anyio

AT, ON = datetime(2026, 7, 1, 4, tzinfo=UTC), date(2026, 7, 2)
DEBTOR = Debtor("Department of Social Services", "0123456789", "060261726")
REF = attempt_ref(payment_of(1), 1)


def order(number: int = 1, poisha: int = POISHA, name: str = "Generated Person", account: str = "12345678") -> Order:
    payment = payment_of(number)
    return Order(attempt_ref(payment, 1), payment, poisha, name, account, "060261726", "old_age 2026-q3")


@pytest.fixture(scope="module")
def schema() -> "XMLSchema":
    """The published one. Its reader takes half a second to import, which those who run other tests are spared.

    It is the files that are on trial: whether the schema itself is a good one takes another half and is left out.
    """
    import sepaxml
    from xmlschema import XMLSchema

    return XMLSchema(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd", validation="skip")


names = st.text(st.characters(exclude_categories=["C"]), max_size=200)


@settings(max_examples=25, deadline=None)
@given(poisha=st.integers(1, 2_000_000_000), name=names, digits=st.integers(10**7, 10**17 - 1))
def test_every_file_is_valid_by_the_published_schema(schema: "XMLSchema", poisha: int, name: str, digits: int) -> None:
    content = written([order(1, poisha, name, str(digits)), order(2)], DEBTOR, AT, ON)
    schema.validate(content.decode())


def test_the_schema_can_refuse(schema: "XMLSchema") -> None:
    broken = written([order()], DEBTOR, AT, ON).replace(b"<ChrgBr>DEBT</ChrgBr>", b"<ChrgBr>NOBODY</ChrgBr>")
    assert not schema.is_valid(broken.decode())


def test_a_file_sums_to_the_poisha_and_says_the_same_again() -> None:
    orders = [order(number, 100_001) for number in range(5)]
    first, second = files(orders, DEBTOR, AT, ON, 3), files(orders[::-1], DEBTOR, AT, ON, 3)
    contents = list(first)
    assert contents == list(second)
    sums = [ElementTree.fromstring(one).findtext(".//{*}CtrlSum") for one in contents]
    assert sums == ["3000.03", "2000.02"]


def test_two_files_of_other_content_have_other_message_ids() -> None:
    found = {written([order(number)], DEBTOR, AT, ON).partition(b"<MsgId>")[2][:35] for number in range(5)}
    assert len(found) == 5


async def test_what_a_bank_is_sent_is_what_the_journal_has_open() -> None:
    made = await paying()
    at_bank = Payee(
        kind="self",
        provider="bank",
        account="1234567890",
        routing_number="060261726",
        holder_name=Name(en="Generated Person"),
    )
    await made.feed(made.topics.change(change(1, payee_=at_bank)), made.topics.change(change(2)))
    ((open_,), expired) = await open_orders(made.store, "bank", ON)
    assert expired == 0
    assert (open_.attempt_ref, open_.poisha, open_.routing_number) == (REF, POISHA, "060261726")
    await made.feed(made.topics.report(report(1, "credited", account="1234567890"), "bank"))
    assert await open_orders(made.store, "bank", ON) == ([], 0)


async def test_what_is_not_valid_to_the_end_of_the_day_is_in_no_file() -> None:
    made = await paying()
    at_bank = Payee(
        kind="self", provider="bank", account="1234567890", routing_number="060261726", holder_name=Name(en="Generated")
    )
    await made.feed(made.topics.change(change(1, payee_=at_bank)))
    (told,) = made.messages("payment.instruct.v1")
    last = (datetime.fromisoformat(told["valid_until"]) + timedelta(hours=6)).date()
    found = [await open_orders(made.store, "bank", last + timedelta(days=days)) for days in (-1, 0)]
    assert [(len(one.orders), one.expired) for one in found] == [(1, 0), (0, 1)]


def pain002(status: str, reference: str = REF) -> bytes:
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>B</MsgId>'
        "</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><TxInfAndSts>"
        f"<OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>"
        '</StsRsnInf><OrgnlTxRef><Amt><InstdAmt Ccy="BDT">2100.00</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>'
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


PACS004 = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09"><PmtRtr><GrpHdr><NbOfTxs>1</NbOfTxs></GrpHdr>'
    f'<TxInf><OrgnlEndToEndId>{REF}</OrgnlEndToEndId><RtrdIntrBkSttlmAmt Ccy="BDT">2100.00</RtrdIntrBkSttlmAmt>'
    "<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf></TxInf></PmtRtr></Document>"
).encode()


@pytest.mark.parametrize(
    ("status", "kind"), [("ACCC", "credited"), ("RJCT", "failed"), ("CANC", "cancelled"), ("ACSP", "pending")]
)
def test_a_banks_status_is_read_as_a_report_and_accepted_is_not_credited(status: str, kind: str) -> None:
    ((reply,), rejected) = read_replies(pain002(status))
    assert (reply.payment_id, reply.attempt, reply.kind, reply.poisha) == (payment_of(1), 1, kind, POISHA)
    assert rejected is None


def test_a_return_is_read_with_its_amount_and_code() -> None:
    ((reply,), _) = read_replies(PACS004)
    assert (reply.kind, reply.poisha, reply.code, reply.attempt_ref) == ("returned", 210_000, "AC04", REF)


@pytest.mark.parametrize("content", [pain002("WHAT"), pain002("ACCC", "not-ours"), PACS004[:-30], pain002("ACCC")[:-9]])
def test_a_reply_that_is_not_whole_or_not_ours_is_refused(content: bytes) -> None:
    with pytest.raises(StatementUnreadable):
        read_replies(content)


WEDNESDAY = datetime(2026, 12, 15, 18, tzinfo=UTC)
"""When 16 December begins in Dhaka."""


@pytest.mark.parametrize(
    ("closed_on", "beyond"),
    [((), [15, 7, 55]), ((date(2026, 12, 16),), [15, 7, 55]), ((date(2026, 12, 20),), [39, 31, 79])],
)
def test_what_is_told_outside_hours_is_expected_from_the_next_working_day_and_nothing_is_due_on_a_closed_one(
    closed_on: tuple[date, ...], beyond: list[int]
) -> None:
    declared = {"cut_off_hour": 16, "closed_weekdays": (5, 6), "closed_on": closed_on}
    provider = shipped_policy().providers["bank"].model_copy(update=declared)
    # On Wednesday in hours and after them, and on Thursday after them: the last ones before a week-end.
    told = [int((WEDNESDAY + timedelta(hours=hours)).timestamp()) * 1_000_000 for hours in (9, 17, 41)]
    assert [(provider.report_within_from(at) - provider.report_within) // timedelta(hours=1) for at in told] == beyond
