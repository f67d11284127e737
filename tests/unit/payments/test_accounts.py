"""Accounts before money goes there: asked about at their provider, and watched when they change."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sandbox.providers.accounts import AccountState, hashed_accounts
from sandbox.providers.behaviour import always
from sandbox.providers.desk import Desk
from sandbox.providers.memory import Memory
from sandbox.providers.modes import Delays, Mode
from sandbox.providers.provider import Provider
from services.payments.accounts.gate import verify_ref
from services.payments.checks import findings
from shared import topics
from shared.contracts.account import AccountReport
from shared.contracts.person import Name, Payee
from shared.stage.records import Record
from tests.unit.payments.lists import ask, by_list, listing, released
from tests.unit.payments.world import AT, NO_PAYEE, POISHA, POLICY, World, change, entitlement_id, payee, paying, report

pytestmark = pytest.mark.anyio

HOUR_US = 3_600_000_000


def answer(made: World, number: int, provider: str = "bkash", **said: Any) -> Record:
    found = {"exists": True, "active": True, "owner": "match", **said}
    report = AccountReport(
        verify_ref=verify_ref(entitlement_id(number), payee(number)),
        entitlement_id=entitlement_id(number),
        at=AT,
        **found,
    )
    topic = f"payments.report.{provider}.v1"
    return made.topics.record(topic, "account.report.v1", report.entitlement_id, report.write())


@pytest.mark.parametrize("flow", ["by_list", "straight_through"])
async def test_nothing_goes_to_an_account_before_its_provider_has_confirmed_it(flow: str) -> None:
    made = await listing(0, flow=flow, account_check=True)
    await made.feed(*(made.topics.change(change(number)) for number in range(5)))
    assert len(made.messages("account.verify.v1")) == 5
    assert not made.messages("payment.instruct.v1")
    await made.feed(
        answer(made, 0),
        answer(made, 1, exists=False, active=None, owner=None),
        answer(made, 2, active=False),
        answer(made, 3, owner="refuse"),
        answer(made, 4, owner="review"),
    )
    await made.settle()
    if flow == "by_list":
        await released(made)
    assert [await made.state(number) for number in range(5)] == ["instructed", *["awaiting_account"] * 4]
    said = [(made.lines(number)[-1].reasons[0].code, made.lines(number)[-1].next) for number in range(1, 5)]
    assert said == [
        ("account_missing", "source"),
        ("account_dormant", "source"),
        ("account_refused", "source"),
        ("account_review", "operator"),
    ]


@pytest.mark.parametrize(
    ("checked", "told", "reached"), [(True, None, True), (False, None, False), (True, "dormant", False)]
)
async def test_a_credit_that_a_banks_file_tells_has_reached_an_account_that_was_found_in_use(
    checked: bool, told: Any, reached: bool
) -> None:
    made = await listing(0, flow="straight_through", account_check=checked)
    at_bank = Payee(
        kind="self", provider="bank", account="1234567890", routing_number="060261726", holder_name=Name(en="Generated")
    )
    await made.feed(made.topics.change(change(1, payee_=at_bank)))
    if checked:
        found = {"exists": True, "active": True, "owner": "match"}
        named = entitlement_id(1)
        answered = AccountReport(verify_ref=verify_ref(named, at_bank), entitlement_id=named, at=AT, **found)
        topic = topics.report("bank")
        await made.feed(made.topics.record(topic, "account.report.v1", named, answered.write()))
        await made.settle()
    credited = report(1, "credited", account=None, account_state=told)
    await made.feed(made.topics.report(credited, "bank"))
    payment = await made.payment(1)
    assert (payment.state, payment.active) == ("credited", reached)
    assert (("reached", POISHA) in payment.postings) is reached
    assert all(finding.holds for finding in await findings(made.store))


@pytest.mark.parametrize("leaves_as", ["eft_file", "instructions"])
async def test_a_credit_that_is_told_of_an_eft_payment_has_reached_an_account_that_was_found_in_use(
    leaves_as: str,
) -> None:
    made = await listing(0, leaves_as=leaves_as, account_check=True)
    await made.feed(made.topics.change(change(1)))
    await made.feed(answer(made, 1))
    await made.settle()
    await released(made)
    await made.feed(made.topics.report(report(1, "credited", account_state=None)))
    assert ((await made.payment(1)).state, (await made.payment(1)).active) == ("credited", leaves_as == "eft_file")


async def test_a_person_ends_a_review_and_then_it_is_paid() -> None:
    made = await listing(0, flow="straight_through", account_check=True)
    await made.feed(made.topics.change(change(1)))
    await made.feed(answer(made, 1, owner="review"))
    await made.settle()
    ref = verify_ref(entitlement_id(1), payee(1))
    given: dict[str, Any] = {"verify_ref": ref, "accept": True, "reason": "compared with the SIM registration"}
    assert await ask(made, "account.decide", **given) == []
    assert await made.state(1) == "instructed"
    assert await ask(made, "account.decide", **given) == ["account_question_unknown"]


async def test_an_answer_that_was_not_asked_for_or_comes_from_another_provider_is_a_discrepancy() -> None:
    made = await listing(0, flow="straight_through", account_check=True)
    stray, other = answer(made, 1), answer(made, 1, "nagad")
    await made.feed(stray)
    await made.feed(made.topics.change(change(1)))
    await made.feed(other)
    assert [await made.kind_of(one) for one in (stray, other)] == ["conflicting"] * 2
    assert await made.state(1) == "awaiting_account"


async def changed(flow: str = "straight_through", **rule: Any) -> World:
    """Somebody with a good account, and no cycle yet."""
    made = await World(policy=by_list(flow=flow, account_change=rule)).opened()
    await made.feed(*(made.topics.change(change(number)) for number in range(4)))
    return made


async def change_account(made: World, number: int, to: int, clerk: str | None = None, n: int = 2) -> None:
    given = msgspec.structs.replace(payee(to), entered_by=clerk)
    await made.feed(made.topics.change(change(number, change="payee_changed", n=n, payee_=given)))
    await made.settle()


@pytest.mark.parametrize("flow", ["by_list", "straight_through"])
async def test_a_changed_account_waits_for_a_second_person_and_for_its_time_and_the_old_number_hears_of_it(
    flow: str,
) -> None:
    made = await changed(flow)
    await change_account(made, 1, 91, "clerk-7")
    (notice,) = made.messages("account.notice.v1")
    assert (notice["account"], notice["provider"]) == ("01700000001", "bkash")
    assert "01700000091" not in str(notice)
    await made.fund()
    await made.open_cycle()
    if flow == "by_list":
        await released(made)
    assert made.lines(1)[-1].reasons[0].code == "account_change_unconfirmed"
    given: dict[str, Any] = {"entitlement_id": entitlement_id(1)}
    assert await ask(made, "account.confirm", "clerk-7", **given) == ["account_second_person"]
    assert await ask(made, "account.confirm", "operator", **given) == []
    assert await made.state(1) == "awaiting_account"
    made.now += 73 * HOUR_US
    await made.sweep(0)
    if flow == "by_list":
        await released(made, 2)
    assert await made.state(1) == "instructed"
    assert (await made.payment(1)).account == "01700000091"


async def test_many_changes_by_one_clerk_are_held_the_first_with_the_last_until_each_is_looked_at() -> None:
    made = await changed(clerk_changes_max=2, cooling_hours=0)
    for number in range(3):
        await change_account(made, number, 90 + number, "clerk-7")
    await made.fund()
    await made.open_cycle()
    assert [await made.state(number) for number in range(4)] == [*["awaiting_account"] * 3, "instructed"]
    assert {made.lines(number)[-1].reasons[0].code for number in range(3)} == {"account_change_burst"}
    given: dict[str, Any] = {"entitlement_id": entitlement_id(0)}
    assert await ask(made, "account.confirm", "operator", **given) == ["burst_not_looked_at"]
    assert await ask(made, "account.confirm", "operator", **given, looked_at="telephoned, it is hers") == []
    assert await made.state(0) == "instructed"
    assert await ask(made, "account.reject", entitlement_id=entitlement_id(1), reason="not hers") == []
    assert made.lines(1)[-1].reasons[0].code == "account_change_rejected"


async def test_two_people_who_are_changed_to_one_account_are_held() -> None:
    made = await changed(cooling_hours=0)
    for number in (0, 1):
        await change_account(made, number, 90)
    await made.fund()
    await made.open_cycle()
    assert [await made.state(number) for number in range(3)] == ["awaiting_account", "awaiting_account", "instructed"]


async def test_an_account_that_is_taken_away_first_and_given_anew_later_counts_as_changed() -> None:

    made = await changed()
    await made.feed(made.topics.change(change(1, change="payee_changed", n=2, payee_=NO_PAYEE)))
    await change_account(made, 1, 91, n=3)
    await made.fund()
    await made.open_cycle()
    assert made.lines(1)[-1].reasons[0].code == "account_change_unconfirmed"


async def test_changes_long_apart_are_no_burst() -> None:
    made = await changed(clerk_changes_max=1, cooling_hours=0)
    await change_account(made, 0, 90, "clerk-7")
    made.now += int(timedelta(days=8).total_seconds()) * 1_000_000
    await change_account(made, 1, 91, "clerk-7")
    given: dict[str, Any] = {"entitlement_id": entitlement_id(1)}
    assert await ask(made, "account.confirm", "operator", **given) == []


async def test_money_that_came_back_waits_for_a_changed_account_too() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))

    await made.feed(made.topics.report(report(1, "credited")), made.topics.report(report(1, "returned")))
    await change_account(made, 1, 91)
    assert await made.state(1) == "returned"
    await made.vouch(1)
    assert (await made.state(1), (await made.payment(1)).attempt) == ("instructed", 2)


async def test_of_dormant_and_missing_wallets_planted_at_a_provider_all_are_caught_before_a_list_is_released(
    tmp_path: Path,
) -> None:
    made = await listing(0, account_check=True)
    people = 400
    await made.feed(*(made.topics.change(change(number)) for number in range(people)))
    accounts = hashed_accounts(1)
    desk = Desk(POLICY.providers["bkash"], always(Mode.ACCEPT), Delays())
    provider = Provider("bkash", desk, Memory(tmp_path / "bkash.db"), made.now_us, accounts)
    asked = [out for out in made.sink.sent if out.topic == "payments.instruction.bkash.v1"]
    letters, unreadable = provider.take((out.headers, out.value) for out in asked)
    provider.close()
    assert (len(letters), unreadable) == (people, [])
    await made.feed(
        *(made.topics.record("payments.report.bkash.v1", "account.report.v1", "x", one.value) for one in letters)
    )
    await made.settle()
    await released(made)
    paid = {order["account"] for order in made.messages("payment.instruct.v1")}
    bad = {f"017{number:08d}" for number in range(people) if accounts(f"017{number:08d}") is not AccountState.ACTIVE}
    assert 0.10 < len(bad) / people < 0.22
    assert not paid & bad
    assert len(paid) > 0.9 * (people - len(bad))
