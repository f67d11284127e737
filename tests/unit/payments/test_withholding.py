"""Who blocks a list is taken off it by two people, so that the others are paid; and comes back by two people."""

from typing import Any

import orjson
import pytest

from services.payments.checks import findings
from services.payments.ids import allocation_log, release_log
from shared.store.limits import LimitLogs
from shared.store.tables import DECISIONS
from tests.unit.payments.lists import ask, listing, lists, released, signed
from tests.unit.payments.test_attending import asked
from tests.unit.payments.world import (
    CYCLE,
    POISHA,
    PROGRAMME,
    World,
    change,
    entitlement_id,
    once,
    payee,
    payment_of,
    report,
)

pytestmark = pytest.mark.anyio


async def propose(made: World, name: str, number: int, by: str = "first", cycle: str = CYCLE) -> tuple[str, Any]:
    """The state of the proposal, and its id or the codes for which it is refused."""
    given = {"programme": PROGRAMME, "cycle": cycle, "entitlement_id": entitlement_id(number), "reason": "one account"}
    state, body = await asked(made, name, by, **given)
    return state, body["result"]["proposal"] if state == "done" else [one["code"] for one in body["reasons"]]


async def confirm(made: World, proposal: str, by: str = "second") -> list[str]:
    return await ask(made, "payment.confirm", by, proposal=proposal)


async def agreed(made: World, name: str, number: int) -> None:
    _, proposal = await propose(made, name, number)
    assert await confirm(made, proposal) == []


@once
async def sharing() -> World:
    """Three people, of whom two have one account: their list is frozen and blocked."""
    made = await listing(1)
    await made.feed(*(made.topics.change(change(number, payee_=payee(7))) for number in (1, 2)))
    await ask(made, "cycle.freeze")
    assert (await lists(made))[0].problems == 1
    return made


def paid(made: World) -> list[str]:
    return [order["payment_id"] for order in made.messages("payment.instruct.v1")]


async def test_a_withheld_person_no_longer_blocks_the_others_and_hears_of_it() -> None:
    made = await sharing()
    await agreed(made, "cycle.withhold", 2)
    line = made.lines(2)[-1]
    assert (line.state, line.next, line.reasons[0].code) == ("withheld", "operator", "withheld")
    await released(made, 2)
    assert set(paid(made)) == {payment_of(0), payment_of(1)}
    assert [one.state for one in await lists(made)] == ["dropped", "released"]
    assert all(found.holds for found in await findings(made.store))


async def test_one_person_alone_withholds_nobody() -> None:
    made = await sharing()
    _, proposal = await propose(made, "cycle.withhold", 2)
    assert await confirm(made, proposal, by="first") == ["second_person_needed"]
    await ask(made, "cycle.freeze")
    assert (await lists(made))[-1].problems == 1
    assert await made.state(2) is None


async def test_whoever_is_restored_with_an_account_of_their_own_joins_the_next_list() -> None:
    made = await sharing()
    await agreed(made, "cycle.withhold", 2)
    await released(made, 2)
    await made.feed(made.topics.change(change(2, revision=2, n=1, change="payee_changed", payee_=payee(2))))
    await made.vouch(2)
    assert await ask(made, "cycle.freeze") == []
    assert ((await lists(made))[2].manifest or {})["count"] == 0
    await ask(made, "cycle.send-back", number=3, reason="nobody is on it")
    await agreed(made, "cycle.restore", 2)
    assert made.lines(2)[-1].reasons[0].code == "restored"
    await released(made, 4)
    assert paid(made)[2:] == [payment_of(2)]
    await made.feed(*(made.topics.report(report(number, "credited", account=None)) for number in range(3)))
    assert await ask(made, "cycle.close") == []
    assert all(found.holds for found in await findings(made.store))


async def test_whoever_is_withheld_after_the_signatures_does_not_leave_and_the_money_is_free_again() -> None:
    made = await listing(2)
    await ask(made, "cycle.freeze")
    await signed(made)
    await agreed(made, "cycle.withhold", 1)
    assert await ask(made, "cycle.release", number=1) == []
    assert paid(made) == [payment_of(0)]
    assert (await lists(made))[0].last["left_out"] == {"withheld": 1}
    logs = await LimitLogs(made.store).read([allocation_log(PROGRAMME, CYCLE), release_log(PROGRAMME, CYCLE)])
    assert [log.taken for log in logs.values()] == [POISHA, POISHA]


async def test_whoever_is_withheld_to_the_end_is_void_and_owed_in_the_next_cycle() -> None:
    made = await listing(1)
    await agreed(made, "cycle.withhold", 0)
    assert await ask(made, "cycle.close") == []
    assert await made.state(0) == "void"
    await made.command("cycle.open", cycle="2026-q4", starts_on="2026-10-01")
    for order in ("allocate", "release"):
        await made.command(f"treasury.{order}", cycle="2026-q4", poisha=9 * POISHA, order_ref=f"{order}-4")
    await released(made, 1, "2026-q4")
    assert made.messages("payment.instruct.v1")[-1]["amount_poisha"] == 2 * POISHA
    assert all(found.holds for found in await findings(made.store))


async def test_who_is_paid_unknown_or_withheld_already_cannot_be_withheld_and_who_is_not_cannot_be_restored() -> None:
    made = await listing(2)
    assert await propose(made, "cycle.restore", 0) == ("refused", ["not_withheld"])
    assert await propose(made, "cycle.withhold", 9) == ("refused", ["entitlement_unknown"])
    assert await propose(made, "cycle.withhold", 0, cycle="2099-q1") == ("refused", ["cycle_unknown"])
    _, twice = await propose(made, "cycle.withhold", 1)
    await agreed(made, "cycle.withhold", 1)
    assert await propose(made, "cycle.withhold", 1) == ("refused", ["not_withholdable"])
    assert await confirm(made, twice) == ["proposal_outdated"]
    await released(made)
    assert await propose(made, "cycle.withhold", 0) == ("refused", ["not_withholdable"])


async def test_a_programme_that_flows_straight_through_withholds_nobody() -> None:
    made = await listing(1, flow="straight_through")
    assert await propose(made, "cycle.withhold", 0) == ("refused", ["flows_through"])


async def test_a_confirmation_that_is_read_again_moves_nothing_more() -> None:
    made = await sharing()
    _, proposal = await propose(made, "cycle.withhold", 2)
    record = made.topics.command("payment.confirm", by="second", proposal=proposal)
    await made.feed(record)
    await made.feed(record)
    assert len(await made.rows(2)) == 1
    (row,) = await made.store.find(DECISIONS, "subject", [orjson.loads(record.value or b"")["command_id"]])
    assert row.state == "done"
