"""Settlement statements: taken whole or not at all, once; matched with journal and reports, every difference shown."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.cli.statements import pieces_of
from services.payments.ids import attempt_ref
from services.payments.statements.gathering import reconcile_all
from services.payments.statements.lines import StatementUnreadable
from services.payments.statements.loading import statements_of
from services.payments.statements.reading import digest_of, read_statement
from shared.store.tables import DECISIONS
from tests.unit.payments.world import POISHA, World, change, once, paying, payment_of, report

pytestmark = pytest.mark.anyio

TAKA = f"{POISHA // 100}.00"
DAY = "2026-07-02"


@dataclass(frozen=True)
class Row:
    """A line of a statement that is written for a test."""

    kind: str
    reference: str
    account: str
    taka: str = TAKA


def paid(number: int, **fields: Any) -> Row:
    return Row(**{"kind": "paid", "reference": ref(number), "account": f"017{number:08d}", **fields})


def ref(number: int, attempt: int = 1) -> str:
    return attempt_ref(payment_of(number), attempt)


def as_csv(*rows: Row, name: str = "S-1", begins: str = "2026-07-01", ends: str = "2026-07-31") -> bytes:
    total = sum(int(row.taka.replace(".", "")) for row in rows)
    lines = [f"{place},{row.kind},{row.reference},{row.taka},{row.account},{DAY}" for place, row in enumerate(rows, 1)]
    head = [f"statement,{name},{begins},{ends},BDT", "line,kind,reference,amount,account,booked_on"]
    return "\n".join([*head, *lines, f"end,{len(rows)},{total // 100}.{total % 100:02d}", ""]).encode()


def as_camt054(*rows: Row) -> bytes:
    entries = "".join(
        f'<Ntry><Amt Ccy="BDT">{row.taka}</Amt><CdtDbtInd>{"DBIT" if row.kind == "paid" else "CRDT"}</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{DAY}</Dt></BookgDt><NtryDtls><TxDtls>"
        f'<Refs><EndToEndId>{row.reference}</EndToEndId></Refs><Amt Ccy="BDT">{row.taka}</Amt><RltdPties>'
        f"<CdtrAcct><Id><Othr><Id>{row.account}</Id></Othr></Id></CdtrAcct>"
        f"<DbtrAcct><Id><Othr><Id>{row.account}</Id></Othr></Id></DbtrAcct></RltdPties></TxDtls></NtryDtls></Ntry>"
        for row in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>'
        "<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-07-31T00:00:00Z</CreDtTm></GrpHdr><Ntfctn><Id>S-1</Id>"
        "<FrToDt><FrDtTm>2026-07-01T00:00:00Z</FrDtTm><ToDtTm>2026-07-31T00:00:00Z</ToDtTm></FrToDt>"
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(rows)}</NbOfNtries></TtlNtries></TxsSummry>{entries}"
        "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def as_mt940(*rows: Row) -> bytes:
    taka = [int(row.taka.replace(".", "")) * (1 if row.kind == "returned" else -1) for row in rows]
    closing = 100_000_000 + sum(taka)
    lines = [
        f":61:2607020702{'D' if row.kind == 'paid' else 'C'}{row.taka.replace('.', ',')}NTRF{row.reference[:16]}\n"
        f":86:/EREF/{row.reference}/ACCT/{row.account}"
        for row in rows
    ]
    head = [":20:S-1", ":25:1234567", ":28C:1/1", ":60F:C260701BDT1000000,00"]
    return "\n".join([*head, *lines, f":62F:C260731BDT{closing // 100},{closing % 100:02d}", "-", ""]).encode()


FORMATS = [as_csv, as_camt054, as_mt940]


@pytest.mark.parametrize("written", FORMATS)
def test_each_format_says_the_same(written: Any) -> None:
    rows = [paid(1), paid(2), Row("returned", ref(3), "01700000003")]
    found = read_statement(written(*rows))
    assert (found.begins, found.ends) == (date(2026, 7, 1), date(2026, 7, 31))
    assert [(one.kind, one.reference, one.poisha, one.account, one.booked_on.isoformat()) for one in found.lines] == [
        (row.kind, row.reference, POISHA, row.account, DAY) for row in rows
    ]


@pytest.mark.parametrize("written", FORMATS)
@given(share=st.floats(0.0, 0.999))
def test_a_file_that_was_cut_anywhere_is_refused_whole(written: Any, share: float) -> None:
    whole = written(paid(1), paid(2), Row("returned", ref(3), "01700000003"))
    with pytest.raises(StatementUnreadable):
        read_statement(whole[: int(len(whole.rstrip()) * share)])


@pytest.mark.parametrize("written", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp500"])
def test_a_file_in_another_encoding_is_refused(written: Any, encoding: str) -> None:
    with pytest.raises(StatementUnreadable):
        read_statement(written(paid(1)).decode().encode(encoding))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2100.00,", "2100.001,"),
        ("2100.00,", "-2100.00,"),
        ("2100.00,", "0.00,"),
        ("2100.00,", "many,"),
        ("2100.00,", "1e999999,"),
        ("2100.00,", "2100.00000000000000000000000000000001,"),
        ("2100.00,", "99999999999999.00,"),
        (",paid,", ",stolen,"),
        ("BDT", "USD"),
        ("end,2,", "end,3,"),
        ("end,2,4200.00", "end,2,4200.01"),
        ("2026-07-31", "2026-06-30"),
    ],
)
def test_a_statement_that_is_not_sound_is_refused_in_a_sentence(old: str, new: str) -> None:
    with pytest.raises(StatementUnreadable, match="Nothing was loaded"):
        read_statement(as_csv(paid(1), paid(2)).decode().replace(old, new, 1).encode())


def test_an_xml_file_that_declares_a_document_type_is_refused() -> None:
    with pytest.raises(StatementUnreadable, match="document type"):
        read_statement(as_camt054(paid(1)).replace(b"<Document", b'<!DOCTYPE x [<!ENTITY y "z">]><Document', 1))


async def load(made: World, content: bytes, provider: str = "bkash") -> list[tuple[str, Any]]:
    """Each piece's answer."""
    answers = []
    for piece in pieces_of(provider, read_statement(content), digest_of(content)):
        record = made.topics.command("statement.load", **piece)
        await made.feed(record)
        (row,) = await made.store.find(DECISIONS, "subject", [orjson.loads(record.value or b"")["command_id"]])
        answers.append((row.state, orjson.loads(row.body)))
    return answers


async def differences(made: World) -> list[tuple[str, str]]:
    found = await reconcile_all(made.store, None, date(2026, 8, 31))
    return [(one.code, one.payment_id) for done in found.values() for one in done.differences]


@once
async def credited(*numbers: int) -> World:
    made = await paying()
    for number in numbers:
        await made.feed(made.topics.change(change(number)))
        await made.feed(made.topics.report(report(number, "credited")))
    return made


async def test_a_statement_that_agrees_differs_in_nothing_and_loading_it_twice_changes_nothing() -> None:
    made = await credited(1, 2)
    content = as_csv(paid(1), paid(2))
    assert [(state, body["result"]["recognised"]) for state, body in await load(made, content)] == [("done", False)]
    assert [(state, body["result"]["recognised"]) for state, body in await load(made, content)] == [("done", True)]
    assert len(await statements_of(made.store)) == 1
    assert await differences(made) == []


async def test_another_file_of_the_same_reference_is_refused() -> None:
    made = await credited(1, 2)
    await load(made, as_csv(paid(1)))
    ((state, body),) = await load(made, as_csv(paid(1), paid(2)))
    assert (state, body["reasons"][0]["code"]) == ("refused", "statement_known_otherwise")


async def test_a_statement_of_which_a_piece_is_missing_counts_for_nothing() -> None:
    made = await credited(1)
    content = as_csv(paid(9))
    (piece,) = pieces_of("bkash", read_statement(content), digest_of(content))
    await made.feed(made.topics.command("statement.load", **{**piece, "pieces": 2}))
    assert await statements_of(made.store) == {}
    assert await differences(made) == []


async def test_a_line_without_reference_is_matched_by_amount_account_and_date() -> None:
    made = await credited(1)
    day = as_csv(paid(1, reference="")).replace(DAY.encode(), b"2026-07-03")
    await load(made, day)
    found = await reconcile_all(made.store, "bkash", date(2026, 8, 31))
    assert (found["bkash"].by_amount, found["bkash"].differences) == (1, [])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([paid(1), paid(2), paid(9)], [("paid_not_in_journal", "")]),
        ([paid(1), paid(2, taka="2000.00")], [("amount_differs", payment_of(2))]),
        ([paid(1), paid(2, account="01799999999")], [("account_differs", payment_of(2))]),
        ([paid(1)], [("credited_not_in_statement", payment_of(2))]),
        ([paid(1), paid(2), paid(2)], [("stated_twice", payment_of(2))]),
        (
            [paid(1), paid(2), Row("returned", ref(2), "01700000002")],
            [("returned_but_journal_says_otherwise", payment_of(2))],
        ),
    ],
)
async def test_every_difference_is_shown(rows: list[Row], expected: list[tuple[str, str]]) -> None:
    made = await credited(1, 2)
    await load(made, as_csv(*rows))
    assert await differences(made) == expected


async def test_what_the_provider_states_as_paid_after_it_reported_a_failure_has_an_operator_and_an_age() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    await made.feed(made.topics.report(report(1, "failed")))
    await load(made, as_csv(paid(1)))
    found = await reconcile_all(made.store, None, date(2026, 8, 31))
    (one,) = found["bkash"].differences
    assert (one.code, one.owner, one.age_days) == ("paid_but_journal_says_otherwise", "operator", 60)
    assert await made.state(1) == "failed"


async def test_a_report_that_was_not_applied_is_a_difference_too() -> None:
    made = await credited(1)
    await made.feed(made.topics.report(report(1, "failed")))
    assert await differences(made) == [("report_not_applied", payment_of(1))]
