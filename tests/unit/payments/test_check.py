"""``dsr check`` sees a journal that somebody has altered, and names the payment."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import orjson
import pytest

from services.payments.books.audit import Audit
from services.payments.books.audit_parts import ALL, SPANS, of_payments
from services.payments.books.running import Books, differences, rebuilt
from services.payments.checks import findings
from services.payments.publish import is_transition
from services.payments.tables import ORDERS, TABLES
from shared.stage.tables import RUNTIME
from shared.store.memory import MemoryStore
from shared.store.tables import COMMON, DECISIONS, LIMITS, Decision
from tests.unit.payments.world import POLICY, World, begun, change, once, paying, payment_of, report

pytestmark = pytest.mark.anyio

PEOPLE = 6
Alter = Callable[[list[Decision]], list[Decision]]


@once
async def six() -> World:
    """Six payments: credited, failed, returned, withdrawn, and two that are under way."""
    made = await paying()
    for number in range(1, PEOPLE + 1):
        await made.feed(made.topics.change(change(number)))
    for number, kinds in {1: ["credited"], 2: ["failed"], 3: ["credited", "returned"]}.items():
        for kind in kinds:
            await made.feed(made.topics.report(report(number, kind)))
    return made


async def journal() -> MemoryStore:
    return (await six()).store


async def altered(alter: Alter) -> dict[str, Any]:
    """What the check says of the journal, by invariant, after ``alter`` had the first payment's transitions."""
    whole, other = await journal(), MemoryStore()
    await other.open((*COMMON, *TABLES))
    rows = [row async for row in whole.scan(DECISIONS)]
    mine = [row for row in rows if row.subject == payment_of(1)]
    kept = [row for row in rows if row.subject != payment_of(1)]
    await other.insert(DECISIONS, [*kept, *alter(mine)])
    await other.insert(LIMITS, [row async for row in whole.scan(LIMITS)])
    await other.insert(ORDERS, [row async for row in whole.scan(ORDERS)])
    return {finding.id: finding for finding in await findings(other)}


def rewritten(row: Decision, **fields: Any) -> Decision:
    content = orjson.loads(row.body) | fields
    return row._replace(body=msgspec.json.encode(content), state=content["state"])


def last(**fields: Any) -> Alter:
    return lambda rows: [*rows[:-1], rewritten(rows[-1], **fields)]


def more(**fields: Any) -> Alter:
    """Another transition, which says otherwise."""

    def add(rows: list[Decision]) -> list[Decision]:
        one = rewritten(rows[-1], **fields)
        return [*rows, one._replace(n=rows[-1].n + 1, offset=rows[-1].offset + 1000)]

    return add


async def test_an_untouched_journal_holds() -> None:
    found = await altered(lambda rows: rows)
    assert all(one.holds for one in found.values()), found


@pytest.mark.parametrize(
    ("alter", "broken"),
    [
        (last(amount=1), "I4"),
        (last(postings=[["reached", 1]]), "I4"),
        (last(postings=[]), "I4"),
        (last(active=False), "I4"),
        (last(fee=7), "I4"),
        (last(was=["instructed", "nagad", "3026", 1, 1, 0]), "I4"),
        (last(state="cancelled"), "I5"),
        (last(move="sent"), "I5"),
        (more(state="instructed", move="sent"), "I5"),
        (more(), "I5"),
        (lambda rows: [*rows[:1], rows[-1]._replace(n=3)], "I5"),
        (lambda rows: rows[1:], "I5"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_an_altered_transition_is_seen_and_its_payment_named(alter: Alter, broken: str) -> None:
    found = (await altered(alter))[broken]
    assert not found.holds
    assert payment_of(1) in found.detail


async def test_a_person_in_two_payments_is_seen() -> None:
    """The first payment is given the claims of the second one."""
    store = await journal()
    (other, *_) = await store.find(DECISIONS, "subject", [payment_of(2)])
    found = (await altered(lambda rows: [row._replace(claims=other.claims) for row in rows]))["I3"]
    assert not found.holds
    assert payment_of(1) in found.detail or payment_of(2) in found.detail


async def test_a_limit_that_gave_more_than_it_had_is_seen() -> None:
    store = await journal()
    audit = Audit()
    logs: dict[str, list[Any]] = {}
    async for row in store.scan(LIMITS):
        logs.setdefault(row.log, []).append(row)
    for name, rows in logs.items():
        audit.limit(name, [row._replace(amount=1) if row.kind == "offer" else row for row in rows])
    i4 = next(one for one in audit.findings() if one.id == "I4")
    assert not i4.holds
    assert "release|" in i4.detail or "allocation|" in i4.detail


async def test_parts_of_the_journal_add_up_to_the_whole() -> None:
    store = await journal()
    offers = (await rebuilt(store)).offers
    whole, parts = await of_payments(store, offers, ALL), Audit()
    parts.ledger.offers.update(offers)
    for span in SPANS:
        parts.merge(await of_payments(store, offers, span))
    assert differences(whole.ledger, parts.ledger) == []
    assert (whole.payments, whole.ledger.transitions) == (parts.payments, parts.ledger.transitions)
    assert whole.payments == PEOPLE
    assert [one.detail for one in whole.findings()] == [one.detail for one in parts.findings()]


async def test_a_person_in_two_payments_is_seen_where_the_two_lie_in_different_parts() -> None:
    store, taken = await journal(), Audit()
    rows: Sequence[Decision] = [row async for row in store.scan(DECISIONS) if is_transition(row) and row.n == 1]
    for row in rows[:2]:
        part = Audit()
        part.transition(row._replace(claims="payment|old_age|2026-q3|somebody"))
        taken.merge(part.closed())
    assert not taken.findings()[0].holds


async def test_the_running_ledger_that_has_lost_a_transition_is_seen() -> None:
    store = await journal()
    books = Books.begin(store, POLICY)
    await books.catch_up()
    books.ledger.transitions -= 1
    i4 = next(one for one in await findings(store, books) if one.id == "I4")
    assert not i4.holds
    assert "running ledger" in i4.detail


async def test_a_fate_that_is_stored_after_a_later_ones_is_added_up_too_also_by_who_goes_on_from_what_is_kept() -> None:
    """Of a payment with two reports in one batch the second is decided when the first one's fate is stored."""
    followers: list[Books] = []

    async def before(operation: str) -> None:
        for books in followers:
            if not books.passed_over:
                await books.catch_up()

    made = await begun(before=before)
    await made.feed(*(made.topics.change(change(number)) for number in (1, 2)))
    beside = MemoryStore(made.memory)
    await beside.open((*RUNTIME, *TABLES))
    followers.append(Books.begin(beside, POLICY))
    reports = [(1, "credited"), (1, "withdrawn"), (2, "credited")]
    await made.feed(*(made.topics.report(report(number, kind)) for number, kind in reports))
    books = followers.pop()
    assert books.passed_over
    await books.keep()
    for each in (books, await Books.resume(beside, POLICY)):
        await each.catch_up()
        assert differences(await rebuilt(beside), each.ledger) == []
        assert not each.passed_over
