"""Providers' reports: applied once where they fit, kept as discrepancies where they don't; silence is asked about."""

import contextlib
from typing import Any

import pytest

from services.payments.scheduler import NAME
from services.payments.tables import DISCREPANCIES, DUE, SWEPT, SweptRow
from services.payments.timers import INQUIRIES_MAX, bucket_of, due_row
from shared.contracts.base import NotAsAgreed
from shared.contracts.payment import Report
from tests.unit.payments.world import (
    POISHA,
    Budget,
    Crash,
    World,
    change,
    each_operation,
    instructed,
    paying,
    payment_of,
    report,
)

pytestmark = pytest.mark.anyio


async def test_a_credit_reaches_and_a_return_brings_the_money_back() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "credited")))
    fee = POISHA * 7 // 1000
    assert (await made.payment(1)).postings == (
        ("in_transit:bkash", -POISHA),
        ("reached", POISHA),
        ("fees", -fee),
        ("fees_accrued:bkash", fee),
    )
    assert (made.lines(1)[-1].state, made.lines(1)[-1].next) == ("credited", "nobody")
    await made.feed(made.topics.report(report(1, "returned")))
    assert await made.state(1) == "returned"
    assert made.lines(1)[-1].next == "source"
    assert dict((await made.payment(1)).postings)["fees"] == fee


async def test_a_credit_to_a_dormant_account_reaches_nobody_until_it_is_withdrawn() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "credited", account_state="dormant")))
    assert ("credited", POISHA) in (await made.payment(1)).postings
    assert made.lines(1)[-1].reasons[0].code == "credited_not_active"
    await made.feed(made.topics.report(report(1, "withdrawn")))
    fee = POISHA * 7 // 1000
    assert (await made.payment(1)).postings == (
        ("credited", -POISHA),
        ("reached", POISHA),
        ("fees_accrued:bkash", -fee),
        ("fees_due:bkash", fee),
    )


def test_a_provider_may_write_a_number_in_quotes_or_with_a_fraction_of_nothing_but_no_half_poisha() -> None:
    said = report(1, "credited")
    attempt, poisha = b'"attempt":1', b'"amount_poisha":%d' % POISHA
    for number in (b'"amount_poisha":"%d"', b'"amount_poisha":%d.0'):
        spelt = said.write().replace(poisha, number % POISHA).replace(attempt, b'"attempt":"1"')
        assert spelt != said.write()
        assert Report.read(spelt) == said
    for wrong in (said.write().replace(poisha, poisha + b".5"), said.write().replace(attempt, b'"attempt":0')):
        with pytest.raises(NotAsAgreed):
            Report.read(wrong)


async def test_a_failure_is_final_here() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "failed", code="E12")))
    assert (await made.state(1), (await made.payment(1)).provider_code) == ("failed", "E12")
    await made.feed(made.topics.change(change(1, change="payee_changed", n=2)))
    assert len(made.messages("payment.instruct.v1")) == 1


@pytest.mark.parametrize("kind", ["credited", "failed", "returned"])
async def test_a_report_that_comes_twice_is_applied_once(kind: str) -> None:
    made = await instructed()
    if kind == "returned":
        await made.feed(made.topics.report(report(1, "credited")))
    await made.feed(made.topics.report(report(1, kind)))
    rows = await made.rows(1)
    twice = [made.topics.report(report(1, kind)), made.topics.report(report(1, kind, code="again"))]
    await made.feed(*twice)
    assert await made.rows(1) == rows
    assert [await made.kind_of(record) for record in twice] == ["recognised"] * 2
    assert [row async for row in made.store.scan(DISCREPANCIES)] == []


@pytest.mark.parametrize("kind", ["credited", "failed"])
async def test_a_crash_at_any_operation_of_a_report_loses_no_line(kind: str) -> None:
    for operations in each_operation(0):
        made = await instructed()
        sent = made.topics.report(report(1, kind))
        budget = Budget(operations + 1)
        dying = await World(made.memory, made.topics, budget).opened()
        dying.now = made.now
        with contextlib.suppress(Crash):
            await dying.feed(sent)
        await made.feed(sent)
        assert await made.kind_of(sent) == "decision", f"after {operations} operations"
        assert made.lines(1)[-1].state == kind, f"after {operations} operations"
        if budget.left >= 0:
            assert operations > 5
            return


@pytest.mark.parametrize("kind", ["pending", "not_found"])
async def test_an_answer_that_settles_nothing_moves_nothing(kind: str) -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, kind, amount_poisha=None)))
    assert await made.state(1) == "instructed"
    await made.feed(made.topics.report(report(1, "credited")))
    assert await made.state(1) == "credited"


WRONG: list[tuple[list[str], str, dict[str, Any], str, str]] = [
    ([], "credited", {"amount_poisha": POISHA + 1}, "bkash", "wrong_amount"),
    ([], "credited", {"amount_poisha": None}, "bkash", "amount_missing"),
    ([], "credited", {"account": "01999999999"}, "bkash", "wrong_account"),
    ([], "credited", {}, "nagad", "another_provider"),
    ([], "credited", {"attempt": 2}, "bkash", "attempt_unknown"),
    ([], "credited", {"attempt_ref": "another"}, "bkash", "attempt_unknown"),
    ([], "returned", {}, "bkash", "forbidden_transition"),
    ([], "cancelled", {}, "bkash", "cancel_not_asked"),
    (["credited"], "failed", {}, "bkash", "contradicting"),
    (["failed"], "credited", {}, "bkash", "contradicting"),
    (["failed"], "returned", {}, "bkash", "contradicting"),
    (["credited", "returned"], "failed", {}, "bkash", "contradicting"),
]


@pytest.mark.parametrize(("before", "kind", "fields", "provider", "code"), WRONG)
async def test_a_report_that_does_not_fit_is_kept_and_changes_nothing(
    before: list[str], kind: str, fields: dict[str, Any], provider: str, code: str
) -> None:
    made = await instructed()
    for earlier in before:
        await made.feed(made.topics.report(report(1, earlier)))
    rows = await made.rows(1)
    record = made.topics.report(report(1, kind, **fields), provider)
    await made.feed(record)
    await made.feed(record)
    assert await made.rows(1) == rows
    (kept,) = [row async for row in made.store.scan(DISCREPANCIES)]
    assert (kept.code, kept.provider, (kept.topic, kept.partition, kept.offset)) == (code, provider, record.origin)


async def test_a_report_on_an_unknown_payment_is_kept() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(2, "credited")))
    assert [row.code async for row in made.store.scan(DISCREPANCIES)] == ["unknown_payment"]


async def test_a_report_on_a_payment_that_was_not_sent_is_kept() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1, payee_=None, rate_class="not_a_class")))
    await made.feed(made.topics.report(report(1, "credited")))
    assert [row.code async for row in made.store.scan(DISCREPANCIES)] == ["not_instructed"]


async def test_a_payment_id_that_is_none_is_a_dead_letter() -> None:
    made = await instructed()
    record = made.topics.report(report(1, "credited", payment_id="01712345678"))
    await made.feed(record)
    assert await made.kind_of(record) == "dead_letter"


async def test_silence_is_asked_about_and_a_late_credit_still_counts() -> None:
    made = await instructed()
    assert await made.sweep(23) == 0
    assert await made.sweep(2) == 1
    assert await made.state(1) == "unknown"
    (inquiry,) = made.messages("payment.inquire.v1")
    assert inquiry["attempt_ref"] == report(1, "credited").attempt_ref
    assert await made.sweep(0.1) == 0
    await made.feed(made.topics.report(report(1, "not_found", amount_poisha=None)))
    assert await made.state(1) == "unknown"
    await made.feed(made.topics.report(report(1, "credited")))
    assert await made.state(1) == "credited"
    assert await made.sweep(1000) == 0
    assert len(made.messages("payment.instruct.v1")) == 1


async def test_a_provider_that_never_answers_ends_on_a_persons_list_and_is_never_told_again() -> None:
    made = await instructed()
    for _ in range(INQUIRIES_MAX + 3):
        await made.sweep(300)
    assert len(made.messages("payment.inquire.v1")) == INQUIRIES_MAX
    assert (await made.state(1), made.lines(1)[-1].next) == ("unknown", "operator")
    assert made.lines(1)[-1].reasons[0].code == "no_answer"
    assert len(made.messages("payment.instruct.v1")) == 1
    await made.feed(made.topics.report(report(1, "failed")))
    assert await made.state(1) == "failed"


async def test_two_schedulers_ask_once() -> None:
    made = await instructed()
    other = await World(made.memory, made.topics).opened()
    made.now += 25 * 3_600_000_000
    other.now = made.now
    await made.scheduler.look()
    await other.scheduler.look()
    await made.settle()
    await other.settle()
    assert len(await made.rows(1)) == 2
    assert len(made.messages("payment.inquire.v1")) + len(other.messages("payment.inquire.v1")) == 1


async def test_a_row_of_an_instance_that_lost_the_decision_asks_for_nothing_before_the_time() -> None:
    made = await instructed()
    due_us = (await made.payment(1)).report_due_us
    await made.store.insert(DUE, [due_row(payment_of(1), 1, due_us - 3_600_000_000)])
    made.now = due_us - 1_800_000_000
    assert await made.sweep(0) == 0
    assert await made.sweep(1) == 1
    assert await made.state(1) == "unknown"


async def test_a_restart_finds_what_became_due_meanwhile() -> None:
    made = await instructed()
    later = await World(made.memory, made.topics).opened()
    later.now = made.now
    assert await later.sweep(50) == 1
    assert await later.state(1) == "unknown"


@pytest.mark.parametrize("minutes", [1, 7, 20, 40, 59])
async def test_a_restart_misses_nothing_wherever_in_its_hour_the_last_look_was(minutes: int) -> None:
    made = await instructed()
    due_us = (await made.payment(1)).report_due_us
    made.now = due_us - minutes * 60_000_000
    assert await made.scheduler.look() == 0
    later = await World(made.memory, made.topics).opened()
    later.now = due_us + 50 * 3_600_000_000
    assert await later.scheduler.look() == 1


async def test_a_restart_after_empty_hours_misses_no_minute() -> None:
    for minutes in (0, 1, 59, 60, 61, 119, 120, 121, 180, 6000):
        made = await instructed()
        due_us = (await made.payment(1)).report_due_us
        await made.store.insert(SWEPT, [SweptRow(NAME, bucket_of(due_us) - minutes)])
        made.now = due_us + 100 * 3_600_000_000
        assert await made.scheduler.look() == 1, f"{minutes} minutes after the last hour that was done"


async def test_a_payment_restated_under_a_new_revision_is_still_waited_for() -> None:
    made = await instructed()
    await made.feed(made.topics.change(change(1, change="amended", revision=2)))
    assert await made.sweep(25) == 1
    assert (made.lines(1)[-1].state, made.lines(1)[-1].revision) == ("unknown", 2)
