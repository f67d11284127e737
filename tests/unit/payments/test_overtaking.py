"""A return, or a withdrawal, that overtakes its own credit: kept, and judged again when the credit comes; only then."""

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.payments.books.running import Books, differences, rebuilt
from services.payments.payment import Payment
from services.payments.statements.gathering import reconcile_all
from shared.policy import Policy
from shared.stage.records import Record
from tests.unit.payments.test_attending import asked, holds, proposed, second
from tests.unit.payments.test_http import asked as got
from tests.unit.payments.world import (
    POISHA,
    POLICY,
    Budget,
    Crash,
    World,
    by_first,
    change,
    each_operation,
    instructed,
    once,
    payee,
    payment_of,
    report,
)

pytestmark = pytest.mark.anyio

FEE = POISHA * 7 // 1000
TODAY = date(2026, 7, 9)
MUCH_LATER = datetime(2027, 7, 1, tzinfo=UTC)


@once
async def overtaken(kind: str = "returned") -> World:
    """The provider has reported what followed the credit, and not the credit."""
    made = await instructed()
    await made.feed(made.topics.report(report(1, kind)))
    assert await states(made) == ["instructed"]
    return made


async def credit(made: World) -> Record:
    record = made.topics.report(report(1, "credited"))
    await made.feed(record)
    return record


async def states(made: World) -> list[str]:
    return [row.state for row in await made.rows(1)]


async def kept(made: World) -> list[tuple[str, int | None]]:
    """Code of each discrepancy, and which transition has settled it."""
    _, found = await got(made, "/v1/discrepancies")
    return [(one["code"], one["settled_by"]) for one in found["discrepancies"]]


async def left_to_reconcile(made: World) -> list[str]:
    found = await reconcile_all(made.store, None, TODAY)
    return [one.detail for each in found.values() for one in each.differences]


async def agrees(made: World) -> bool:
    """The invariants hold, and what was added up on the way is what the rows add up to."""
    books, anew = Books.begin(made.store, POLICY), await rebuilt(made.store)
    await books.catch_up()
    return await holds(made) and not differences(anew, books.ledger)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_return_that_overtook_its_credit_follows_it_with_postings_of_its_own(at_once: bool) -> None:
    made = await instructed()
    records = [made.topics.report(report(1, kind)) for kind in ("returned", "credited")]
    for batch in [records] if at_once else [[record] for record in records]:
        await made.feed(*batch)
    assert await states(made) == ["instructed", "credited", "returned"]
    assert [await made.kind_of(record) for record in records] == ["conflicting", "decision"]
    credited, returned = [Payment.read(row.body) for row in (await made.rows(1))[1:]]
    assert ("reached", POISHA) in credited.postings
    assert set(returned.postings) == {
        *(("reached", -POISHA), ("returned", POISHA)),
        *(("fees_accrued:bkash", -FEE), ("fees", FEE)),
        *(("spent", -POISHA), ("committed", POISHA)),
    }
    assert [(line.n, line.state) for line in made.lines(1)] == [(1, "instructed"), (2, "credited"), (3, "returned")]
    assert made.lines(1)[-1].next == "source"
    assert await agrees(made)


async def test_it_stays_on_record_and_is_shown_as_settled_and_nobody_has_to_explain_it() -> None:
    made = await overtaken()
    assert await kept(made) == [("forbidden_transition", None)]
    assert await left_to_reconcile(made) == ["returned: forbidden_transition"]
    await credit(made)
    assert await kept(made) == [("forbidden_transition", 3)]
    _, shown = await got(made, f"/v1/payments/{payment_of(1)}")
    assert [one["settled_by"] for one in shown["discrepancies"]] == [3]
    assert await left_to_reconcile(made) == []


async def test_one_that_was_kept_twice_or_comes_again_is_applied_once() -> None:
    made = await overtaken()
    await made.feed(made.topics.report(report(1, "returned", code="again")))
    record = await credit(made)
    await made.feed(record)
    await made.feed(made.topics.report(report(1, "returned")), made.topics.report(report(1, "credited")))
    assert await states(made) == ["instructed", "credited", "returned"]
    assert await kept(made) == [("forbidden_transition", 3)] * 2
    assert await agrees(made)


async def test_a_withdrawal_that_overtook_its_credit_makes_the_fee_due() -> None:
    made = await overtaken("withdrawn")
    await credit(made)
    assert await states(made) == ["instructed", "credited", "withdrawn"]
    assert ("fees_due:bkash", FEE) in (await made.payment(1)).postings
    assert await kept(made) == [("forbidden_transition", 3)]
    assert await agrees(made)


async def test_of_two_that_contradict_each_other_the_first_counts_and_the_other_is_left_to_people() -> None:
    made = await overtaken("withdrawn")
    await made.feed(made.topics.report(report(1, "returned")))
    await credit(made)
    assert await states(made) == ["instructed", "credited", "withdrawn"]
    assert await kept(made) == [("forbidden_transition", 3), ("forbidden_transition", None)]
    assert await left_to_reconcile(made) == ["returned: forbidden_transition"]


async def test_a_credit_that_answers_an_inquiry_is_followed_too() -> None:
    made = await overtaken()
    await made.sweep(25)
    assert len(made.messages("payment.inquire.v1")) == 1
    await credit(made)
    assert await states(made) == ["instructed", "unknown", "credited", "returned"]
    assert await agrees(made)


async def test_a_credit_that_comes_before_a_cancel_is_confirmed_is_followed_too() -> None:
    made = await overtaken()
    await asked(made, "payment.cancel", payment_id=payment_of(1), reason="wrong person")
    await credit(made)
    assert await states(made) == ["instructed", "cancelling", "credited", "returned"]
    assert await agrees(made)


async def second_attempt(made: World) -> None:
    await made.feed(made.topics.report(report(1, "failed", code="no_such_account")))
    await made.feed(made.topics.change(change(1, payee_=payee(77), change="payee_changed", n=2)))
    await made.vouch(1)


async def test_a_return_of_one_attempt_never_follows_the_credit_of_a_later_one() -> None:
    made = await overtaken()
    await second_attempt(made)
    await made.feed(made.topics.report(second("credited", account=payee(77).account)))
    assert await made.state(1) == "credited"
    assert (await kept(made))[0] == ("forbidden_transition", None)
    assert await agrees(made)


async def test_a_return_of_an_attempt_that_had_not_left_yet_stays_with_people() -> None:
    made = await instructed()
    await made.feed(made.topics.report(second("returned", account=payee(77).account)))
    await second_attempt(made)
    await made.feed(made.topics.report(second("credited", account=payee(77).account)))
    assert await made.state(1) == "credited"
    assert await kept(made) == [("attempt_unknown", None)]


@pytest.mark.parametrize(
    ("fields", "provider", "code"),
    [
        ({"amount_poisha": POISHA - 1}, "bkash", "wrong_amount"),
        ({"account": "01999999999"}, "bkash", "wrong_account"),
        ({}, "nagad", "another_provider"),
    ],
)
async def test_a_return_with_any_other_fault_does_not_follow(fields: dict[str, Any], provider: str, code: str) -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "returned", **fields), provider))
    await credit(made)
    assert await states(made) == ["instructed", "credited"]
    assert await kept(made) == [(code, None)]


async def corrected(made: World, to: str) -> None:
    """Later than the attempt may still be carried out."""
    proposal = await proposed(made, "payment.correct", to=to, evidence="statement S-7, line 3", at=MUCH_LATER)
    assert (await asked(made, "payment.confirm", by="second", proposal=proposal, at=MUCH_LATER))[0] == "done"


@pytest.mark.parametrize(
    ("to", "credit_is", "settled_by"),
    [
        ("returned", "recognised", 2),
        ("credited", "recognised", None),
        ("failed", "conflicting", None),
        ("disputed", "conflicting", None),
    ],
)
async def test_what_two_people_have_placed_before_the_credit_comes_stays_there(
    to: str, credit_is: str, settled_by: int | None
) -> None:
    made = await overtaken()
    await corrected(made, to)
    record = await credit(made)
    assert await states(made) == ["instructed", to]
    assert await made.kind_of(record) == credit_is
    assert (await kept(made))[0] == ("forbidden_transition", settled_by)
    assert await agrees(made)


async def test_a_return_that_was_applied_is_not_applied_again_after_two_people_have_corrected_it() -> None:
    made = await overtaken()
    await credit(made)
    await corrected(made, "credited")
    again = made.topics.report(report(1, "returned"))
    await made.feed(again)
    assert await states(made) == ["instructed", "credited", "returned", "credited"]
    assert await made.kind_of(again) == "recognised"
    assert await agrees(made)


@pytest.mark.parametrize("restated", [False, True])
async def test_a_crash_at_any_operation_of_the_credit_loses_neither_line(restated: bool) -> None:
    """Also where the payment is told under a newer revision between the crash and the replay."""
    for operations in each_operation(0):
        made = await overtaken()
        sent = made.topics.report(report(1, "credited"))
        budget = Budget(operations + 1)
        dying = await World(made.memory, made.topics, budget).opened()
        dying.now = made.now
        with contextlib.suppress(Crash):
            await dying.feed(sent)
        if restated:
            await made.feed(made.topics.change(change(1, change="amended", revision=2)))
        await made.feed(sent)
        assert await made.kind_of(sent) == "decision", f"after {operations} operations"
        told = [state for state in await states(made) if state != "instructed"]
        assert set(told) == {"credited", "returned"}, f"after {operations} operations"
        assert told[-1] == "returned"
        by_first([*dying.sink.sent, *made.sink.sent])
        lines = [line.n for line in made.lines(1)]
        assert len(lines) == len(set(lines)), f"after {operations} operations a line was said twice by one process"
        assert {line.state for line in made.lines(1)} >= {"credited", "returned"}
        assert await agrees(made)
        if budget.left >= 0:
            assert operations > 5
            return


def dearer() -> Policy:
    """Under which the cash-out fee is twice as high."""
    bkash = POLICY.providers["bkash"]
    bkash = bkash.model_copy(update={"fee_per_1000_poisha": 2 * bkash.fee_per_1000_poisha})
    return replace(POLICY, providers={**POLICY.providers, "bkash": bkash}, hash="dearer")


@pytest.mark.parametrize("moment", range(2, 8))
async def test_what_follows_goes_on_from_the_credit_that_is_stored_and_not_from_the_one_that_was_meant(
    moment: int,
) -> None:
    """Before some operation of this instance another one, under another policy, has the record in hand and ends."""
    for operations in range(2, 9):
        made = await overtaken()
        sent = made.topics.report(report(1, "credited"))
        other = await World(made.memory, made.topics, Budget(operations), policy=dearer()).opened()
        other.now = made.now
        left = moment

        async def comes_between(name: str, other: World = other, sent: Record = sent) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                with contextlib.suppress(Crash):
                    await other.feed(sent)

        ours = await World(made.memory, made.topics, comes_between).opened()
        ours.now = made.now
        await ours.feed(sent)
        assert await states(made) == ["instructed", "credited", "returned"]
        fee = Payment.read((await made.rows(1))[1].body).fee
        assert dict((await made.payment(1)).postings)["fees"] == fee
        assert await agrees(made), f"after {operations} operations of the other"
