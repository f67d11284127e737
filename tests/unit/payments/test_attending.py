"""Cancels, new attempts and corrections: a new attempt needs certainty, and where money is at stake two people."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from services.payments.checks import findings
from services.payments.ids import attempt_ref
from services.payments.tables import DISCREPANCIES
from shared.store.tables import DECISIONS
from tests.unit.payments.world import AT, POISHA, World, change, instructed, payee, payment_of, report

pytestmark = pytest.mark.anyio


async def asked(made: World, name: str, by: str = "first", **arguments: Any) -> tuple[str, dict[str, Any]]:
    """The state of the command's own decision, and its body."""
    record = made.topics.command(name, by=by, **arguments)
    await made.feed(record)
    await made.settle()
    command_id = orjson.loads(record.value or b"")["command_id"]
    (row,) = await made.store.find(DECISIONS, "subject", [command_id])
    return row.state, orjson.loads(row.body)


async def proposed(made: World, name: str, **arguments: Any) -> str:
    state, body = await asked(made, name, payment_id=payment_of(1), reason="looked into", **arguments)
    assert state == "done", body
    return str(body["result"]["proposal"])


def attempts(made: World) -> list[int]:
    return [one["attempt"] for one in made.messages("payment.instruct.v1")]


def second(kind: str, **fields: Any) -> Any:
    return report(1, kind, attempt=2, attempt_ref=attempt_ref(payment_of(1), 2), **fields)


async def holds(made: World) -> bool:
    return all(finding.holds for finding in await findings(made.store))


async def test_a_corrected_account_makes_a_new_attempt_and_the_old_ones_repeated_failure_moves_nothing() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "failed", code="no_such_account")))
    assert made.lines(1)[-1].next == "source"
    await made.feed(made.topics.change(change(1, payee_=payee(77), change="payee_changed", n=2)))
    assert attempts(made) == [1]
    await made.vouch(1)
    assert attempts(made) == [1, 2]
    instruct = made.messages("payment.instruct.v1")[-1]
    assert (instruct["account"], instruct["attempt_ref"]) == (payee(77).account, attempt_ref(payment_of(1), 2))
    await made.feed(made.topics.report(report(1, "failed", code="no_such_account")))
    assert attempts(made) == [1, 2]
    assert await made.state(1) == "instructed"
    await made.feed(made.topics.report(second("credited", account=payee(77).account)))
    assert await made.state(1) == "credited"
    assert await holds(made)


async def test_an_earlier_attempt_that_is_credited_after_it_failed_is_kept_for_people() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "failed", code="no_such_account")))
    await made.feed(made.topics.change(change(1, payee_=payee(77), change="payee_changed", n=2)))
    await made.vouch(1)
    await made.feed(made.topics.report(report(1, "credited")))
    assert await made.state(1) == "instructed"
    assert [row.code async for row in made.store.scan(DISCREPANCIES)] == ["earlier_attempt"]


async def test_a_failure_that_is_not_the_accounts_waits_for_two_people() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "failed", code="switch_down")))
    assert made.lines(1)[-1].next == "operator"
    proposal = await proposed(made, "payment.retry")
    assert attempts(made) == [1]
    state, body = await asked(made, "payment.confirm", by="first", proposal=proposal)
    assert (state, body["reasons"][0]["code"]) == ("refused", "second_person_needed")
    assert (await asked(made, "payment.confirm", by="second", proposal=proposal))[0] == "done"
    assert attempts(made) == [1, 2]
    state, body = await asked(made, "payment.confirm", by="second", proposal=proposal)
    assert (state, body["reasons"][0]["code"]) == ("refused", "proposal_outdated")
    assert attempts(made) == [1, 2]
    assert await holds(made)


@pytest.mark.parametrize("hours", [0, 30])
async def test_an_open_outcome_is_never_sent_again(hours: float) -> None:
    made = await instructed()
    await made.sweep(hours)
    state, body = await asked(made, "payment.retry", payment_id=payment_of(1), reason="hurry")
    assert (state, body["reasons"][0]["code"]) == ("refused", "not_back")
    await made.feed(made.topics.report(report(1, "not_found", amount_poisha=None)))
    await made.feed(made.topics.change(change(1, payee_=payee(77), change="payee_changed", n=2)))
    assert attempts(made) == [1]


async def test_a_confirmed_cancel_allows_a_new_attempt_and_an_unconfirmed_one_does_not() -> None:
    made = await instructed()
    await made.sweep(30)
    assert (await asked(made, "payment.cancel", payment_id=payment_of(1), reason="silent"))[0] == "done"
    (stop,) = made.messages("payment.cancel.v1")
    assert stop["attempt_ref"] == attempt_ref(payment_of(1), 1)
    state, body = await asked(made, "payment.retry", payment_id=payment_of(1), reason="hurry")
    assert (state, body["reasons"][0]["code"]) == ("refused", "not_back")
    await made.feed(made.topics.report(report(1, "cancelled", amount_poisha=None)))
    assert (await made.state(1), made.lines(1)[-1].next) == ("cancelled", "operator")
    proposal = await proposed(made, "payment.retry")
    assert (await asked(made, "payment.confirm", by="second", proposal=proposal))[0] == "done"
    assert attempts(made) == [1, 2]
    assert await holds(made)


async def test_a_cancel_that_comes_too_late_is_answered_by_the_credit() -> None:
    made = await instructed()
    await asked(made, "payment.cancel", payment_id=payment_of(1), reason="wrong person")
    await made.feed(made.topics.report(report(1, "credited")))
    assert await made.state(1) == "credited"
    await made.feed(made.topics.report(report(1, "cancelled", amount_poisha=None)))
    assert await made.state(1) == "credited"
    assert [row.code async for row in made.store.scan(DISCREPANCIES)] == ["contradicting"]


async def test_an_unanswered_cancel_is_said_again_and_ends_on_a_persons_list() -> None:
    made = await instructed()
    await asked(made, "payment.cancel", payment_id=payment_of(1), reason="silent")
    for _ in range(10):
        await made.sweep(400)
    assert len(made.messages("payment.cancel.v1")) == 5
    assert (await made.state(1), made.lines(1)[-1].next) == ("cancelling", "operator")
    assert made.messages("payment.inquire.v1") == []


async def test_a_correction_needs_evidence_and_a_second_person_and_moves_the_money() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "failed", code="switch_down")))
    proposal = await proposed(made, "payment.correct", to="credited", evidence="statement 7, line 3")
    assert await made.state(1) == "failed"
    assert (await asked(made, "payment.confirm", by="second", proposal=proposal))[0] == "done"
    payment = await made.payment(1)
    assert (payment.state, payment.move) == ("credited", "corrected")
    assert ("returned", -POISHA) in payment.postings
    assert await holds(made)


async def test_contradicting_evidence_can_be_put_in_suspense_and_is_not_paid_again_from_there() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "failed", code="switch_down")))
    proposal = await proposed(made, "payment.correct", to="disputed", evidence="statement 7, line 3")
    await asked(made, "payment.confirm", by="second", proposal=proposal)
    assert ("suspense", POISHA) in (await made.payment(1)).postings
    assert (await asked(made, "payment.retry", payment_id=payment_of(1), reason="hurry"))[0] == "refused"
    proposal = await proposed(made, "payment.correct", to="returned", evidence="statement 9, line 1")
    await asked(made, "payment.confirm", by="second", proposal=proposal)
    assert await made.state(1) == "returned"
    assert await holds(made)


async def test_a_payment_that_moves_between_proposal_and_confirmation_is_left_alone() -> None:
    made = await instructed()
    await made.sweep(30)
    late = AT + timedelta(days=9)
    proposal = await proposed(made, "payment.correct", to="failed", evidence="statement 7, line 3", at=late)
    await made.feed(made.topics.report(report(1, "credited")))
    state, body = await asked(made, "payment.confirm", by="second", proposal=proposal)
    assert (state, body["reasons"][0]["code"]) == ("refused", "proposal_outdated")
    assert await made.state(1) == "credited"


@pytest.mark.parametrize("first", [None, "credited", "disputed"])
async def test_an_attempt_is_not_corrected_to_failed_while_its_provider_may_still_carry_it_out(
    first: str | None,
) -> None:
    made = await instructed()
    valid_until = datetime.fromisoformat(made.messages("payment.instruct.v1")[0]["valid_until"])
    if first == "credited":
        await made.feed(made.topics.report(report(1, "credited")))
    elif first == "disputed":
        proposal = await proposed(made, "payment.correct", to=first, evidence="statement 7, line 3")
        await asked(made, "payment.confirm", by="second", proposal=proposal)
    wanted = {"payment_id": payment_of(1), "reason": "looked into", "to": "failed", "evidence": "not in statement 7"}
    state, body = await asked(made, "payment.correct", at=valid_until - timedelta(seconds=1), **wanted)
    assert (state, body["reasons"][0]["code"]) == ("refused", "still_valid")
    assert (await asked(made, "payment.correct", at=valid_until + timedelta(seconds=1), **wanted))[0] == "done"
    assert attempts(made) == [1]


@pytest.mark.parametrize("hours", [0, 30])
async def test_an_open_attempt_is_not_corrected_to_returned_while_its_provider_may_still_carry_it_out(
    hours: float,
) -> None:
    made = await instructed()
    await made.sweep(hours)
    valid_until = datetime.fromisoformat(made.messages("payment.instruct.v1")[0]["valid_until"])
    wanted = {"payment_id": payment_of(1), "reason": "looked into", "to": "returned", "evidence": "statement 7, line 3"}
    early = valid_until - timedelta(seconds=1)
    state, body = await asked(made, "payment.correct", at=early, **wanted)
    assert (state, body["reasons"][0]["code"]) == ("refused", "still_valid")
    await made.feed(made.topics.report(report(1, "credited")))
    assert (await asked(made, "payment.correct", at=early, **wanted))[0] == "done"


async def test_nobody_is_paid_again_whose_right_has_ended() -> None:
    made = await instructed()
    await made.feed(made.topics.report(report(1, "failed", code="switch_down")))
    await made.feed(made.topics.change(change(1, change="ended", n=2)))
    proposal = await proposed(made, "payment.retry")
    state, body = await asked(made, "payment.confirm", by="second", proposal=proposal)
    assert (state, body["reasons"][0]["code"]) == ("refused", "not_payable_now")
    assert attempts(made) == [1]
