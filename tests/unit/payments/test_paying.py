"""From an entitlement to a payment: once, for the open cycle, to a valid account, within the money there is."""

import pytest

from services.payments.payment import Payment
from services.payments.tables import CYCLES
from shared import topics
from tests.unit.payments.world import (
    CYCLE,
    NO_PAYEE,
    POISHA,
    STARTS,
    change,
    payee,
    paying,
    payment_of,
    world,
)

pytestmark = pytest.mark.anyio


async def test_a_granted_entitlement_is_instructed_at_once_while_a_cycle_is_open() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    (instruct,) = made.messages("payment.instruct.v1")
    assert instruct["payment_id"] == payment_of(1)
    assert instruct["amount_poisha"] == POISHA
    assert instruct["account"] == "01700000001"
    assert len(instruct["attempt_ref"]) == 35
    assert [out.topic for out in made.sink.sent if out.key == payment_of(1).encode()] == [topics.instruction("bkash")]
    (line,) = made.lines(1)
    assert (line.state, line.next, line.revision, line.n) == ("instructed", "provider", 1, 1)


async def test_without_an_open_cycle_nothing_is_said_until_one_opens() -> None:
    made = await world()
    await made.fund()
    await made.feed(*(made.topics.change(change(number)) for number in range(7)))
    assert not made.messages("application.status.v1")
    await made.open_cycle()
    assert {await made.state(number) for number in range(7)} == {"instructed"}
    assert len(made.messages("payment.instruct.v1")) == 7


async def test_a_cycle_that_opens_goes_through_its_entitlements_in_bounded_pieces() -> None:
    made = await world(piece=3)
    await made.fund()
    await made.feed(*(made.topics.change(change(number)) for number in range(10)))
    await made.open_cycle()
    assert len(made.messages("payment.instruct.v1")) == 10
    pieces = [one for one in made.messages("payments.command.v1") if one["name"] == "cycle.fill"]
    assert len(pieces) == 4


async def test_an_ended_or_suspended_entitlement_is_not_paid_and_a_resumed_one_is() -> None:
    made = await world()
    await made.fund()
    await made.feed(*(made.topics.change(change(number)) for number in (1, 2, 3)))
    await made.feed(made.topics.change(change(1, change="ended", n=2)))
    await made.feed(made.topics.change(change(2, change="suspended", n=2)))
    await made.open_cycle()
    assert [await made.state(number) for number in (1, 2, 3)] == [None, None, "instructed"]
    await made.feed(made.topics.change(change(2, change="resumed", n=3)))
    assert await made.state(2) == "instructed"
    await made.feed(made.topics.change(change(3, change="ended", n=2)))
    assert await made.state(3) == "instructed"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (NO_PAYEE, "no_account"),
        (payee(provider="unheard-of"), "provider_unknown"),
        (payee(account="12345"), "account_not_of_provider"),
        (payee(provider="rocket", account="01700000001"), "account_not_of_provider"),
        (payee(provider="bank", account="123456789"), "routing_number_wrong"),
    ],
)
async def test_without_a_valid_account_it_waits_for_the_source_to_send_one(given: object, code: str) -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1, payee_=given)))
    (line,) = made.lines(1)
    assert (line.state, line.next, line.reasons[0].code) == ("awaiting_account", "source", code)
    await made.feed(made.topics.change(change(1, change="payee_changed", n=2)))
    assert await made.state(1) == "instructed"
    assert len(made.messages("payment.instruct.v1")) == 1


async def test_a_new_payee_after_the_instruction_sends_nothing_again() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    await made.feed(made.topics.change(change(1, change="payee_changed", n=2, payee_=payee(9))))
    assert len(made.messages("payment.instruct.v1")) == 1
    assert (await made.payment(1)).account == "01700000001"


async def test_nothing_is_sent_beyond_what_is_released_and_a_release_sends_the_rest_in_order() -> None:
    made = await world(piece=2)
    await made.open_cycle()
    await made.fund(allocated=10 * POISHA, released=2 * POISHA + 1)
    await made.feed(*(made.topics.change(change(number)) for number in range(6)))
    assert [await made.state(number) for number in range(6)] == ["instructed"] * 2 + ["awaiting_funds"] * 4
    assert made.lines(5)[0].reasons[0].code == "release_short"
    await made.fund(allocated=0, released=3 * POISHA, ref="2")
    assert [await made.state(number) for number in range(6)] == ["instructed"] * 5 + ["awaiting_funds"]
    assert len(made.messages("payment.instruct.v1")) == 5


async def test_nothing_is_committed_beyond_what_is_allocated() -> None:
    made = await world()
    await made.open_cycle()
    await made.fund(allocated=POISHA, released=10 * POISHA)
    await made.feed(*(made.topics.change(change(number)) for number in range(3)))
    assert [await made.state(number) for number in range(3)] == ["instructed", "awaiting_funds", "awaiting_funds"]
    assert made.lines(2)[0].reasons[0].code == "allocation_short"
    assert not (await made.payment(2)).committed
    await made.fund(allocated=5 * POISHA, released=0, ref="2")
    assert {await made.state(number) for number in range(3)} == {"instructed"}


async def test_entitlements_that_wait_for_a_cycle_without_money_are_paid_when_money_comes() -> None:
    made = await world(piece=2)
    await made.feed(*(made.topics.change(change(number)) for number in range(5)))
    await made.open_cycle()
    assert {await made.state(number) for number in range(5)} == {"awaiting_funds"}
    await made.fund()
    assert {await made.state(number) for number in range(5)} == {"instructed"}


async def test_a_treasury_order_counts_once_and_another_one_under_its_reference_is_refused() -> None:
    made = await world()
    await made.open_cycle()
    await made.fund(allocated=POISHA, released=POISHA)
    await made.fund(allocated=POISHA, released=POISHA)
    await made.feed(*(made.topics.change(change(number)) for number in range(2)))
    assert [await made.state(number) for number in range(2)] == ["instructed", "awaiting_funds"]
    other = made.topics.command(
        "treasury.release", programme="old_age", cycle=CYCLE, poisha=POISHA + 1, order_ref="R-1"
    )
    await made.feed(other)
    assert await made.kind_of(other) == "refused"


@pytest.mark.parametrize("poisha", [0, -5, 1.5, "many", 2**63])
async def test_an_order_of_a_wrong_amount_is_refused(poisha: object) -> None:
    made = await world()
    order = made.topics.command("treasury.release", programme="old_age", cycle=CYCLE, poisha=poisha, order_ref="R-1")
    await made.feed(order)
    assert await made.kind_of(order) == "refused"


async def test_one_cycle_is_open_at_a_time_and_each_is_opened_once() -> None:
    made = await world()
    await made.open_cycle()
    orders = [
        made.topics.command("cycle.open", programme="old_age", cycle=cycle, starts_on=STARTS.isoformat())
        for cycle in (CYCLE, "2026-q4")
    ]
    unknown = made.topics.command("cycle.close", programme="old_age", cycle="2020-q1")
    await made.feed(*orders, unknown)
    assert [await made.kind_of(order) for order in (*orders, unknown)] == ["refused"] * 3
    await made.command("cycle.close", cycle=CYCLE)
    await made.command("cycle.open", cycle="2026-q4", starts_on="2026-10-01")
    assert [(row.cycle, row.state) for row in await made.store.find(CYCLES, "programme", ["old_age"])] == [
        (CYCLE, "open"),
        (CYCLE, "closed"),
        ("2026-q4", "open"),
    ]


@pytest.mark.parametrize(
    ("starts_on", "opens"),
    [("2026-07-01", False), ("2026-09-30", False), ("2026-05-15", False), ("2026-10-01", True), ("2026-04-01", True)],
)
async def test_days_that_a_cycle_has_paid_for_are_not_paid_for_again_under_another_name(
    starts_on: str, opens: bool
) -> None:
    made = await paying()
    await made.command("cycle.close", cycle=CYCLE)
    again = made.topics.command("cycle.open", programme="old_age", cycle="another", starts_on=starts_on)
    await made.feed(again)
    assert await made.kind_of(again) == ("decision" if opens else "refused")


async def test_two_entitlements_of_one_person_get_one_payment_and_the_other_is_blocked() -> None:
    made = await paying()
    await made.feed(
        made.topics.change(change(1, person_id="x", cluster=("x", "y"))),
        made.topics.change(change(2, person_id="y", cluster=("y",))),
        made.topics.change(change(3, person_id="z", cluster=("z", "x"))),
    )
    assert [await made.state(number) for number in (1, 2, 3)] == ["instructed", "blocked", "blocked"]
    line = made.lines(2)[0]
    assert (line.next, line.reasons[0].code) == ("operator", "person_paid_otherwise")
    assert len(made.messages("payment.instruct.v1")) == 1


async def test_an_amended_application_gets_its_line_again_and_no_money_moves() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    await made.feed(made.topics.change(change(1, change="amended", revision=2)))
    first, second = made.lines(1)
    assert (second.revision, second.n, second.state) == (2, 2, first.state)
    assert (await made.payment(1)).postings == ()
    assert len(made.messages("payment.instruct.v1")) == 1


async def test_a_change_that_comes_after_a_later_one_is_superseded() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1, change="ended", n=2)))
    late = made.topics.change(change(1))
    await made.feed(late)
    assert await made.kind_of(late) == "superseded"
    assert await made.state(1) is None
    assert made.messages("application.status.v1")[-1]["about"] == "submission"


async def test_an_entitlement_that_begins_after_the_cycle_waits_for_its_own() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1, starts_on="2026-10-01")))
    assert await made.state(1) is None


async def test_a_class_without_a_rate_is_blocked_for_an_operator() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1, rate_class="not_a_class")))
    assert (await made.state(1), made.lines(1)[0].reasons[0].code) == ("blocked", "rate_not_known")


async def test_the_stored_body_reads_back_as_it_was_written() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    (row,) = await made.rows(1)
    assert Payment.read(row.body).write() == row.body


async def test_money_that_is_not_enough_for_one_more_is_offered_to_the_waiting_once_and_no_more() -> None:
    made = await world(piece=1)
    await made.open_cycle()
    await made.fund(allocated=10 * POISHA, released=1)
    await made.feed(*(made.topics.change(change(number)) for number in range(3)))
    before = len(made.messages("payments.command.v1"))
    await made.fund(allocated=0, released=1, ref="2")
    assert {await made.state(number) for number in range(3)} == {"awaiting_funds"}
    assert len(made.messages("payments.command.v1")) - before == 4
