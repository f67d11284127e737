"""The treasury: orders by command and by file, what lapses with the fiscal year, what is recovered, what is owed."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.payments.checks import findings
from services.payments.ids import allocation_log, recovery_log, release_log
from services.payments.tables import ORDERS
from services.payments.treasury.files import OrdersUnreadable, read_orders
from services.payments.treasury.year_end import YearEnd
from shared.store.limits import LimitLogs
from tests.unit.payments.lists import ask, by_list, listing, lists, released, signed
from tests.unit.payments.world import (
    CYCLE,
    POISHA,
    POLICY,
    PROGRAMME,
    World,
    change,
    entitlement_id,
    paying,
    payment_of,
    report,
)

pytestmark = pytest.mark.anyio

HEAD = "kind,order_ref,budget_code,programme,cycle,amount_taka,dated\n"


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "orders.csv"
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_a_file_of_orders_is_read_in_exact_poisha(tmp_path: Path) -> None:
    path = written(tmp_path, "release,RE/1,1.2.3,old_age,2026-q3,1250000.05,2026-07-01")
    (one,) = read_orders(path)
    assert (one.kind, one.order.poisha, one.order.dated) == ("release", 125_000_005, date(2026, 7, 1))


@pytest.mark.parametrize(
    "amount",
    [
        "0",
        "-5",
        "1.005",
        "many",
        "NaN",
        "90071992547410",
        "",
        "1e3",
        "1e999999",
        "1_000",
        "১০০",
        "1.0000000000000000000000000000000000001",
        "9" * 5000,
    ],
)
def test_an_amount_that_is_no_good_refuses_the_whole_file(tmp_path: Path, amount: str) -> None:
    good = "allocate,AL/1,1.2.3,old_age,2026-q3,5,2026-07-01"
    with pytest.raises(OrdersUnreadable) as caught:
        read_orders(written(tmp_path, good, f"release,RE/1,1.2.3,old_age,2026-q3,{amount},2026-07-01"))
    assert "line 3" in str(caught.value)


def test_every_mistake_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    line = "seize,RE 1,,Old Age,2026-q3,1,yesterday"
    with pytest.raises(OrdersUnreadable) as caught:
        read_orders(written(tmp_path, line, "release,R,1,old_age,q,1,2026-07-01", "release,R,1,old_age,q,1,2026-07-01"))
    assert len(caught.value.faults) == 4
    for head in ("", "a,b\n"):
        with pytest.raises(OrdersUnreadable):
            read_orders(written(tmp_path, head=head))


async def test_an_order_under_another_budget_code_or_none_is_refused() -> None:
    made = await listing(0, fund=False, budget_code="1.2.3")
    given: dict[str, Any] = {"programme": PROGRAMME, "cycle": CYCLE, "poisha": 5, "order_ref": "A"}
    assert await ask(made, "treasury.allocate", **given, budget_code="9") == ["budget_code_differs"]
    assert await ask(made, "treasury.allocate", **given) == ["budget_code_differs"]
    assert await ask(made, "treasury.allocate", **given, budget_code="1.2.3") == []


async def lapse(made: World, at: datetime, year: str = "2026-27") -> list[str]:
    record = made.topics.command("treasury.lapse", by="timer", at=at, fiscal_year=year)
    await made.feed(record)
    await made.settle()
    return [await made.kind_of(record)]


async def test_an_order_under_a_known_reference_that_says_anything_else_is_refused_and_counts_once() -> None:
    made = await listing(0, fund=False)
    first: dict[str, Any] = {"programme": PROGRAMME, "cycle": CYCLE, "poisha": 5, "order_ref": "A-1"}
    stated: dict[str, Any] = {"budget_code": "1.2.3", "dated": "2026-07-01"}
    assert await ask(made, "treasury.allocate", **first, **stated) == []
    for other in ({"budget_code": "1.2.4"}, {"dated": "2026-07-02"}, {"poisha": 6}, {"cycle": "another"}):
        assert await ask(made, "treasury.allocate", **{**first, **stated, **other}) == ["order_known_otherwise"]
    assert await ask(made, "treasury.allocate", **first, **stated) == []
    assert await ask(made, "treasury.allocate", **first) == []
    name = allocation_log(PROGRAMME, CYCLE)
    assert (await LimitLogs(made.store).read([name]))[name].free == 5


async def test_what_is_unspent_lapses_by_a_posting_when_the_fiscal_year_is_over_and_not_before() -> None:
    made = await paying()
    await made.feed(*(made.topics.change(change(number)) for number in range(2)))
    await made.feed(made.topics.report(report(0, "credited")))
    assert await lapse(made, datetime(2027, 6, 30, 17, 59, tzinfo=UTC)) == ["refused"]
    assert await lapse(made, datetime(2027, 6, 30, 18, 0, tzinfo=UTC)) == ["decision"]
    names = [allocation_log(PROGRAMME, CYCLE), release_log(PROGRAMME, CYCLE)]
    logs = await LimitLogs(made.store).read(names)
    assert [(log.offered, log.taken, log.frozen) for log in logs.values()] == [(2 * POISHA, 2 * POISHA, True)] * 2
    assert {row.kind async for row in made.store.scan(ORDERS)} == {
        *("allocate", "release"),
        *("lapse-allocate", "lapse-release"),
    }
    assert all(found.holds for found in await findings(made.store)), await findings(made.store)
    late: dict[str, Any] = {"programme": PROGRAMME, "cycle": CYCLE, "poisha": 5, "order_ref": "late"}
    assert await ask(made, "treasury.release", **late) == ["cycle_lapsed"]


async def test_what_waited_for_money_ends_with_the_year_and_gives_its_commitment_back() -> None:
    made = await World().opened()
    await made.open_cycle()
    await made.fund(allocated=5 * POISHA, released=POISHA)
    await made.feed(*(made.topics.change(change(number)) for number in range(3)))
    assert await lapse(made, datetime(2027, 7, 2, tzinfo=UTC)) == ["decision"]
    assert [await made.state(number) for number in range(3)] == ["instructed", "void", "void"]
    log = (await LimitLogs(made.store).read([allocation_log(PROGRAMME, CYCLE)]))[allocation_log(PROGRAMME, CYCLE)]
    assert (log.offered, log.taken) == (POISHA, POISHA)
    assert all(found.holds for found in await findings(made.store)), await findings(made.store)


async def test_an_approved_list_that_never_left_lapses_with_its_commitment() -> None:
    made = await listing(2)
    await ask(made, "cycle.freeze")
    await signed(made)
    assert await lapse(made, datetime(2027, 7, 2, tzinfo=UTC)) == ["decision"]
    assert (await lists(made))[0].state == "dropped"
    log = (await LimitLogs(made.store).read([allocation_log(PROGRAMME, CYCLE)]))[allocation_log(PROGRAMME, CYCLE)]
    assert (log.offered, log.taken) == (0, 0)


async def recover(made: World, poisha: int, ref: str = "r1") -> list[str]:
    return await ask(
        made,
        "recovery.order",
        programme=PROGRAMME,
        entitlement_id=entitlement_id(1),
        poisha=poisha,
        order_ref=ref,
        reason="paid after a death",
    )


@pytest.mark.parametrize("flow", ["by_list", "straight_through"])
async def test_an_overpayment_is_held_back_from_the_next_payment_up_to_policys_share(flow: str) -> None:
    made = await World(policy=by_list(flow=flow)).opened()
    await made.feed(made.topics.change(change(1)), made.topics.change(change(2)))
    assert await recover(made, POISHA) == []
    assert await recover(made, POISHA) == []
    assert await recover(made, POISHA + 1) == ["order_known_otherwise"]
    await made.fund()
    await made.open_cycle()
    if flow == "by_list":
        await released(made)
    amounts = {one["payment_id"]: one["amount_poisha"] for one in made.messages("payment.instruct.v1")}
    assert amounts == {payment_of(1): POISHA - POISHA // 4, payment_of(2): POISHA}
    log = (await LimitLogs(made.store).read([recovery_log(entitlement_id(1))]))[recovery_log(entitlement_id(1))]
    assert log.free == POISHA - POISHA // 4
    assert all(found.holds for found in await findings(made.store))


@pytest.mark.parametrize("flow", ["by_list", "straight_through"])
async def test_whoever_is_enrolled_late_gets_the_earlier_cycles_once_at_the_rates_of_their_days(flow: str) -> None:
    made = await World(policy=by_list(flow=flow)).opened()
    before = "2026-q2"
    await made.command("cycle.open", cycle=before, starts_on="2026-04-01")
    assert await ask(made, "cycle.close", cycle=before) == []
    await made.fund()
    await made.open_cycle()
    late = change(1, starts_on="2026-05-01", cluster=("p1", "other"))
    await made.feed(made.topics.change(late), made.topics.change(change(2)))
    if flow == "by_list":
        await released(made)
    old = POLICY.programmes[PROGRAMME].cycle_poisha("default", date(2026, 4, 1))
    assert old != POISHA
    amounts = {one["payment_id"]: one["amount_poisha"] for one in made.messages("payment.instruct.v1")}
    assert amounts == {payment_of(1): POISHA + old, payment_of(2): POISHA}
    await made.feed(made.topics.report(report(2, "credited")))
    assert (await made.payment(1)).arrears == (before,)
    assert all(found.holds for found in await findings(made.store))
    paid = made.topics.report(report(1, "credited", amount_poisha=POISHA + old))
    await made.feed(paid)
    assert await ask(made, "cycle.close") == []
    await made.command("treasury.allocate", cycle="2026-q4", poisha=10 * POISHA, order_ref="A4")
    await made.command("treasury.release", cycle="2026-q4", poisha=10 * POISHA, order_ref="R4")
    await made.command("cycle.open", cycle="2026-q4", starts_on="2026-10-01")
    if flow == "by_list":
        await released(made, cycle="2026-q4")
    assert (await made.store.find(ORDERS, "kind", ["allocate"]))[-1].order_ref == "A4"
    (again,) = [one for one in made.messages("payment.instruct.v1") if one["payment_id"] == payment_of(1, "2026-q4")]
    assert again["amount_poisha"] == POISHA


async def test_a_rate_that_changes_in_the_middle_of_a_cycle_holds_from_the_next_one() -> None:
    made = await World(policy=by_list(flow="straight_through")).opened()
    await made.fund()
    await made.command("cycle.open", cycle=CYCLE, starts_on="2026-05-01")
    await made.feed(made.topics.change(change(1, starts_on="2026-07-01")))
    (order,) = made.messages("payment.instruct.v1")
    assert order["amount_poisha"] == POLICY.programmes[PROGRAMME].cycle_poisha("default", date(2026, 5, 1))


async def test_a_timer_asks_for_the_lapse_of_the_year_that_is_over_until_it_is_decided() -> None:
    made = await World().opened()
    year_end = YearEnd(made.store, made.sink, now_us=made.now_us)
    assert await year_end.look() == 1
    await made.settle()
    assert await year_end.look() == 0
    (command,) = [one for one in made.messages("payments.command.v1") if one["name"] == "treasury.lapse"]
    assert command["arguments"] == {"fiscal_year": "2025-26"}
