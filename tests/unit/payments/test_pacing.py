"""Instructions leave within their provider's hours and at most at its rate; what waits is a timer, and is not lost."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payments.checks import findings
from services.payments.ids import attempt_ref
from services.payments.payment import Payment
from services.payments.publish import is_transition
from services.payments.sending.pacing import MINUTE_US
from services.payments.timers import VALID_FOR_US
from services.payments.view import View
from shared.contracts.command import Command
from shared.policy import Policy
from shared.store.tables import DECISIONS
from tests.unit.payments.lists import by_list, lists, released
from tests.unit.payments.world import (
    CYCLE,
    PLENTY,
    POISHA,
    POLICY,
    STARTS,
    Budget,
    Crash,
    World,
    change,
    payee,
    paying,
    payment_of,
    report,
)

pytestmark = pytest.mark.anyio

HOUR_US = 3_600_000_000
OFFICE: dict[str, Any] = {"opens_hour": 10, "cut_off_hour": 16, "closed_weekdays": (5, 6)}
"""A world begins on a Thursday evening in Dhaka, so that these open 62 hours and some minutes later, on Sunday."""


def paced(policy: Policy = POLICY, **hours: Any) -> Policy:
    providers = {code: one.model_copy(update=hours) for code, one in policy.providers.items()}
    return replace(policy, providers=providers)


def dhaka(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC) + timedelta(hours=6)


async def sent_times(made: World) -> list[int]:
    """When attempts left, by what is recorded."""
    rows = [row async for row in made.store.scan(DECISIONS) if is_transition(row)]
    return [one.sent_us for one in map(Payment.read, (row.body for row in rows)) if one.move == "sent"]


async def good(made: World) -> bool:
    return all(found.holds for found in await findings(made.store))


async def drain(made: World, people: int) -> None:
    """Let minutes pass until all have left."""
    for _ in range(60):
        if len(await sent_times(made)) == people:
            return
        await made.sweep(1 / 60)
    raise AssertionError("not all have left")


async def test_what_comes_after_the_cut_off_leaves_when_the_provider_opens_also_after_a_restart() -> None:
    policy = paced(**OFFICE)
    made = await paying(policy=policy)
    await made.feed(made.topics.change(change(1)))
    waits = await made.payment(1)
    assert (waits.state, waits.attempt, waits.next) == ("scheduled", 0, "pipeline")
    assert f"{dhaka(waits.leaves_us):%a %H:%M}" == "Sun 10:00"
    assert made.lines(1)[-1].reasons[0].code == "provider_takes_later"
    assert not made.messages("payment.instruct.v1")
    assert await made.sweep(62) == 0
    again = await World(made.memory, made.topics, policy=policy).opened()
    again.now = made.now
    assert await again.sweep(1) == 1
    (told,) = again.messages("payment.instruct.v1")
    left = await again.payment(1)
    assert (left.state, left.attempt, dhaka(left.sent_us).hour) == ("instructed", 1, 10)
    assert left.valid_until_us == left.sent_us + VALID_FOR_US
    assert datetime.fromisoformat(told["valid_until"]) - dhaka(left.sent_us).replace(tzinfo=UTC) > timedelta(days=6.5)
    assert await again.sweep(0.1) == 0
    assert await good(again)


async def test_nothing_leaves_on_a_holiday_and_whoever_looks_sees_which_are_ahead() -> None:
    policy = paced(**OFFICE, closed_on=(date(2026, 7, 1), date(2026, 7, 5), date(2026, 7, 6)))
    made = await paying(policy=policy)
    await made.feed(made.topics.change(change(1)))
    waits = await made.payment(1)
    assert (waits.state, f"{dhaka(waits.leaves_us):%a %H:%M}") == ("scheduled", "Tue 10:00")
    bkash = next(
        one for one in await View(made.store, policy, now_us=made.now_us).waiting() if one["provider"] == "bkash"
    )
    assert bkash["closed_on"] == ["2026-07-05", "2026-07-06"]
    await made.sweep(62 + 24)
    assert not made.messages("payment.instruct.v1")
    await made.sweep(24.5)
    assert len(made.messages("payment.instruct.v1")) == 1


async def test_a_silent_provider_is_expected_to_report_and_to_answer_only_when_it_is_open() -> None:
    holidays = tuple(date(2026, 7, day) for day in (9, 12, 13))
    made = await paying(policy=paced(**OFFICE, closed_on=holidays))
    await made.feed(made.topics.change(change(1)))
    for _ in range(80):
        await made.sweep(7)
    due = [dhaka(at) for row in await made.rows(1) if (at := Payment.read(row.body).report_due_us)]
    assert len(made.messages("payment.inquire.v1")) == 5
    assert len(due) == 6
    assert [at for at in due if at.date() in holidays or at.isoweekday() in (5, 6) or not 10 <= at.hour < 16] == []
    assert (await made.payment(1)).next == "operator"


async def test_holidays_alone_close_a_provider() -> None:
    made = await paying(policy=paced(closed_on=(date(2026, 7, 2),)))
    await made.feed(made.topics.change(change(1)))
    assert f"{dhaka((await made.payment(1)).leaves_us):%a %H:%M}" == "Fri 00:00"


async def test_whoever_looks_sees_what_waits_until_when_and_that_the_totals_count_it() -> None:
    made = await paying(policy=paced(instructions_per_minute_max=2))
    await made.feed(*(made.topics.change(change(number)) for number in range(7)))
    view = View(made.store, paced(instructions_per_minute_max=2), now_us=made.now_us)
    bkash = next(one for one in await view.waiting() if one["provider"] == "bkash")
    assert (bkash["payments"], bkash["poisha"], bkash["instructions_per_minute_max"]) == (5, 5 * POISHA, 2)
    assert dhaka(made.now) + timedelta(minutes=3) < datetime.fromisoformat(bkash["until"]).replace(
        tzinfo=UTC
    ) + timedelta(hours=6)
    ledger = await view.ledger()
    assert ledger.states()["bkash", "scheduled"] == 5
    (shown,) = await view.payment(payment_of(6))
    assert shown["leaves_at"] is not None
    trace = await view.trace("R-1", ["state"])
    assert trace is not None
    assert trace.unexplained == 0
    assert {part.by[0]: part.payments for part in trace.parts} == {"instructed": 2, "scheduled": 5}


@settings(max_examples=15)
@given(
    rate=st.integers(1, 4),
    hours=st.sampled_from([({}, 0.0), ({"cut_off_hour": 20}, 4.3), ({"opens_hour": 20}, 0.3)]),
    batches=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    pauses=st.lists(st.sampled_from([0.0, 0.3, 1.0, 1.5, 7.0]), min_size=1, max_size=5),
    deaths=st.lists(st.integers(0, 25), max_size=4),
)
async def test_never_more_than_the_rate_leave_in_a_minute_never_outside_hours_and_nothing_is_lost(
    rate: int, hours: tuple[dict[str, Any], float], batches: list[int], pauses: list[float], deaths: list[int]
) -> None:
    declared, opens_in_hours = hours
    policy = paced(instructions_per_minute_max=rate, **declared)
    made = await paying(policy=policy)
    first = 0
    for place, batch in enumerate(batches):
        records = [made.topics.change(change(number)) for number in range(first, first + batch)]
        first += batch
        # An instance that dies somewhere in the middle, and another one that reads the same records later.
        if place < len(deaths):
            dies = World(made.memory, made.topics, policy=policy, before=Budget(deaths[place]))
            dies.now = made.now
            with suppress(Crash):
                await dies.opened()
                await dies.feed(*records)
            made.now = dies.now + int(pauses[place % len(pauses)] * MINUTE_US)
        await made.feed(*records)
        await made.sweep(pauses[place % len(pauses)] / 60)
    for pause in pauses:
        await made.sweep(pause / 60)
    made.now += int(opens_in_hours * HOUR_US)
    await drain(made, first)
    left = await sent_times(made)
    assert len(left) == first
    assert max(Counter(at // MINUTE_US for at in left).values()) <= rate
    opens, closes = declared.get("opens_hour", 0), declared.get("cut_off_hour", 24)
    assert all(opens <= dhaka(at).hour < closes for at in left)
    assert len({told["attempt_ref"] for told in made.messages("payment.instruct.v1")}) == first
    assert await good(made)


async def test_two_instances_together_keep_to_the_rate() -> None:
    policy = paced(instructions_per_minute_max=5)
    made = await paying(policy=policy)
    other = await World(made.memory, made.topics, policy=policy).opened()
    other.now = made.now
    for number in range(0, 12, 2):
        await made.feed(made.topics.change(change(number)))
        await other.feed(other.topics.change(change(number + 1)))
    assert max(Counter(at // MINUTE_US for at in await sent_times(made)).values()) == 5
    await drain(made, 12)
    assert max(Counter(at // MINUTE_US for at in await sent_times(made)).values()) == 5


async def test_who_dies_before_the_instruction_leaves_is_not_paid_and_who_comes_back_is() -> None:
    made = await paying(policy=paced(**OFFICE))
    await made.feed(made.topics.change(change(1)))
    await made.feed(made.topics.change(change(1, n=2, change="suspended")))
    await made.sweep(63)
    stopped = await made.payment(1)
    assert (stopped.state, stopped.code, stopped.next) == ("scheduled", "not_entitled_any_more", "operator")
    assert not made.messages("payment.instruct.v1")
    await made.feed(made.topics.change(change(1, n=3, change="resumed")))
    assert await made.state(1) == "instructed"
    assert await good(made)


async def test_an_account_changed_while_the_payment_waits_is_paid_after_its_checks_and_the_old_one_never() -> None:
    made = await paying(policy=paced(**OFFICE))
    await made.feed(made.topics.change(change(1)))
    other = payee(2, "nagad")
    await made.feed(made.topics.change(change(1, n=2, change="payee_changed", payee_=other)))
    await made.sweep(63)
    assert (await made.payment(1)).leaves_us == 0
    assert not made.messages("payment.instruct.v1")
    await made.vouch(1)
    await made.sweep(80)
    assert [told["account"] for told in made.messages("payment.instruct.v1")] == [other.account]
    assert await good(made)


async def test_a_new_attempt_waits_for_hours_too_and_no_report_on_the_old_one_moves_it() -> None:
    policy = paced(**OFFICE)
    made = await paying(policy=policy)
    await made.feed(made.topics.change(change(1)))
    await made.sweep(63)
    await made.feed(made.topics.report(report(1, "failed", code="busy")))
    made.now += 8 * HOUR_US
    proposal = made.topics.command("payment.retry", by="first", payment_id=payment_of(1), reason="try again")
    await made.feed(proposal)
    named = Command.read(proposal.value or b"").command_id
    await made.feed(made.topics.command("payment.confirm", by="second", proposal=named))
    waits = await made.payment(1)
    assert (waits.state, waits.attempt) == ("scheduled", 1)
    again = made.topics.report(report(1, "failed", code="busy"))
    late = made.topics.report(report(1, "credited"))
    await made.feed(again, late)
    assert (await made.kind_of(again), await made.kind_of(late)) == ("recognised", "conflicting")
    assert await made.sweep(20) == 1
    left = await made.payment(1)
    assert (left.state, left.attempt) == ("instructed", 2)
    assert made.messages("payment.instruct.v1")[-1]["attempt_ref"] == attempt_ref(payment_of(1), 2)
    assert await good(made)


async def test_a_new_attempt_whose_right_has_gone_is_back_where_it_came_from() -> None:
    made = await paying(policy=paced(**OFFICE))
    await made.feed(made.topics.change(change(1)))
    await made.sweep(63)
    await made.feed(made.topics.report(report(1, "failed", code="no_such_account")))
    made.now += 8 * HOUR_US
    await made.feed(made.topics.change(change(1, n=2, change="payee_changed", payee_=payee(3))))
    await made.vouch(1)
    assert (await made.payment(1)).state == "scheduled"
    await made.feed(made.topics.change(change(1, n=3, change="ended")))
    await made.sweep(24 * 4)
    back = await made.payment(1)
    assert (back.state, back.code, back.next) == ("failed", "not_entitled_any_more", "operator")
    assert await good(made)


async def test_a_released_list_leaves_at_the_providers_rate_and_is_not_closed_before() -> None:
    made = await World(policy=paced(by_list(), instructions_per_minute_max=3), piece=4).opened()
    await made.feed(*(made.topics.change(change(number)) for number in range(10)))
    await made.fund(PLENTY, PLENTY)
    await made.command("cycle.open", cycle=CYCLE, starts_on=STARTS.isoformat())
    await released(made)
    assert (await lists(made))[0].last["payments"] == 10
    assert len(made.messages("payment.instruct.v1")) == 3
    for number in range(10):
        if await made.state(number) == "instructed":
            await made.feed(made.topics.report(report(number, "credited")))
    await made.command("cycle.close", cycle=CYCLE)
    await made.sweep(0)
    states = Counter([await made.state(number) for number in range(10)])
    assert states["void"] == 0
    for _ in range(5):
        await made.sweep(1 / 60)
    assert len({told["payment_id"] for told in made.messages("payment.instruct.v1")}) == 10
    assert max(Counter(at // MINUTE_US for at in await sent_times(made)).values()) == 3
    assert await good(made)


async def test_what_still_waits_when_the_fiscal_year_ends_is_void_and_its_money_lapses_to_the_poisha() -> None:
    policy = paced(by_list(), **OFFICE)
    made = await World(policy=policy).opened()
    await made.feed(*(made.topics.change(change(number)) for number in range(3)))
    await made.fund(5 * POISHA, 4 * POISHA)
    await made.command("cycle.open", cycle=CYCLE, starts_on=STARTS.isoformat())
    await released(made)
    assert [await made.state(number) for number in range(3)] == ["scheduled"] * 3
    july = datetime(2027, 7, 1, tzinfo=UTC)
    await made.feed(made.topics.command("treasury.lapse", at=july, fiscal_year="2026-27"))
    await made.settle()
    assert [await made.state(number) for number in range(3)] == ["void"] * 3
    ledger = await View(made.store, policy, now_us=made.now_us).ledger()
    balances = {account: poisha for (_, account), poisha in ledger.balances.items() if poisha}
    assert balances == {
        "budget": -5 * POISHA,
        "lapsed_budget": 5 * POISHA,
        "treasury": -4 * POISHA,
        "lapsed_cash": 4 * POISHA,
    }
    await made.sweep(63)
    assert not made.messages("payment.instruct.v1")
    assert await good(made)


async def test_a_line_restated_after_its_time_still_leaves() -> None:
    """A new revision renumbers the payment; its timer goes with it, also when the old one is long over."""
    made = await paying(policy=paced(**OFFICE))
    await made.feed(made.topics.change(change(1)))
    made.now += 64 * HOUR_US
    await made.feed(made.topics.change(change(1, revision=2)))
    await made.sweep(0)
    await made.sweep(0.2)
    assert await made.state(1) == "instructed"
