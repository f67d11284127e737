"""What is remembered of a moment ago is what is stored, and the running ledger is the same with it and without."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as altered

from services.payments.books.ledger import Ledger
from services.payments.books.running import Books, differences, rebuilt
from services.payments.payment import Payment, body_of
from services.payments.recent import Recent
from shared.store.tables import Decision
from tests.unit.payments.world import POLICY, World, change, paying, report

pytestmark = pytest.mark.anyio


async def lived() -> World:
    """Credited, failed, returned, withdrawn, dormant, blocked, and one that is under way."""
    made = await paying()
    for number in range(1, 7):
        await made.feed(made.topics.change(change(number)))
    await made.feed(made.topics.change(change(7, rate_class="not_a_class")))
    for number, kinds in {
        1: ["credited"],
        2: ["failed"],
        3: ["credited", "returned"],
        4: ["credited", "withdrawn"],
    }.items():
        for kind in kinds:
            await made.feed(made.topics.report(report(number, kind)))
    await made.feed(made.topics.report(report(5, "credited", account_state="dormant")))
    return made


async def transitions_of(made: World) -> list[Decision]:
    return [row for number in range(1, 8) for row in await made.rows(number)]


async def test_a_transition_that_is_parsed_already_counts_as_the_stored_one() -> None:
    rows = await transitions_of(await lived())
    assert {row.state for row in rows} >= {"instructed", "credited", "failed", "returned", "withdrawn", "blocked"}
    parsed, stored = Ledger(), Ledger()
    for row in rows:
        assert parsed.transition(Payment.read(row.body), row.at_us) == stored.transition(body_of(row.body), row.at_us)
    assert differences(stored, parsed) == []


async def test_the_running_ledger_is_the_same_with_what_the_stage_remembers_and_without() -> None:
    made = await lived()
    assert all(made.disburser.recent.find(row[:3]) for row in await transitions_of(made))
    with_it, without = await made.view.ledger(), Books.begin(made.store, POLICY)
    await without.catch_up()
    assert with_it.transitions == len(await transitions_of(made))
    assert differences(await rebuilt(made.store), with_it) == []
    assert differences(without.ledger, with_it) == []


async def test_the_running_ledger_reads_what_nobody_remembers_any_more() -> None:
    made = await lived()
    books = replace(Books.begin(made.store, POLICY), recent=Recent(kept_max=2))
    for row in await transitions_of(made):
        books.recent.stored(row)
    await books.catch_up()
    assert differences(await rebuilt(made.store), books.ledger) == []


async def test_of_a_row_that_another_instance_stored_nothing_is_believed_but_its_own_bytes() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    (row,) = await made.rows(1)
    theirs, recent = Payment.read(row.body), Recent()
    recent.draft(row.subject, row.n, altered(theirs, amount=theirs.amount + 1), ())
    assert recent.read(row) == theirs
    assert recent.stored(row) == theirs
    assert recent.present([row]) == theirs


async def test_no_more_is_remembered_than_was_asked_for_and_the_last_half_always() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    (row,) = await made.rows(1)
    recent = Recent(kept_max=10)
    for n in range(1, 101):
        recent.stored(row._replace(n=n))
        remembered = [at for at in range(1, n + 1) if recent.find((row.subject, 0, at))]
        assert len(remembered) <= 10
        assert remembered[-5:] == list(range(max(1, n - 4), n + 1))
