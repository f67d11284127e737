"""What operators read over HTTP: totals, one payment, cycles, discrepancies; nobody else reads it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.unit.payments.door import request
from tests.unit.payments.lists import listing, released
from tests.unit.payments.world import (
    CYCLE,
    PLENTY,
    POISHA,
    World,
    change,
    once,
    payee,
    paying,
    payment_of,
    report,
    world,
)

pytestmark = pytest.mark.anyio


async def asked(made: World, path: str, key: str = "operator") -> tuple[int, Any]:
    answer = await request(made, "GET", path, key)
    return answer.status_code, answer.json()


@once
async def lived() -> World:
    made = await paying()
    await made.feed(made.topics.change(change(1)), made.topics.change(change(2)))
    await made.feed(
        made.topics.report(report(1, "credited")), made.topics.report(report(2, "credited", amount_poisha=3))
    )
    return made


async def test_totals_add_up_by_every_axis() -> None:
    made = await lived()
    for axes in ("by=programme", "by=provider&by=district", "by=cycle"):
        _, content = await asked(made, f"/v1/totals?{axes}")
        columns = ("allocated", "committed", "released", "sent", "reached", "returned")
        sums = [sum(row[column] for row in content["totals"]) for column in columns]
        assert sums == [PLENTY, 2 * POISHA, PLENTY, 2 * POISHA, POISHA, 0]
    assert {(one["state"], one["payments"]) for one in content["states"]} == {("reached", 1), ("instructed", 1)}


async def test_a_payment_is_shown_with_its_discrepancies_and_without_its_account() -> None:
    made = await lived()
    status, content = await asked(made, f"/v1/payments/{payment_of(2)}")
    assert (status, content["state"]) == (200, "instructed")
    assert [one["code"] for one in content["discrepancies"]] == ["wrong_amount"]
    assert "01700000002" not in str(content)
    assert (await asked(made, f"/v1/payments/{uuid4()}"))[0] == 404


async def test_cycles_and_discrepancies_are_listed_and_a_cursor_goes_on() -> None:
    made = await lived()
    assert (await asked(made, "/v1/cycles"))[1]["cycles"][0]["cycle"] == CYCLE
    _, first = await asked(made, "/v1/discrepancies?limit=1")
    assert [one["code"] for one in first["discrepancies"]] == ["wrong_amount"]
    assert (await asked(made, f"/v1/discrepancies?cursor={first['cursor']}"))[1]["discrepancies"] == []
    assert (await asked(made, "/v1/discrepancies?cursor=nonsense"))[0] == 422


async def test_a_sources_key_reads_no_money() -> None:
    made = await paying()
    assert (await asked(made, "/v1/totals", "source"))[0] == 403
    assert (await asked(made, "/v1/totals", "nobody"))[0] == 401


async def test_a_release_order_is_traced_to_the_poisha_and_a_payment_back_to_its_order() -> None:
    made = await lived()
    _, found = await asked(made, "/v1/trace/R-1?by=state&by=provider")
    assert found["parts"] == [
        {"state": "instructed", "provider": "bkash", "payments": 1, "poisha": POISHA},
        {"state": "reached", "provider": "bkash", "payments": 1, "poisha": POISHA},
    ]
    assert (found["poisha"], found["left"], found["unexplained"]) == (PLENTY, PLENTY - 2 * POISHA, 0)
    _, listed = await asked(made, "/v1/trace/R-1?payments_after=0")
    assert {one["payment_id"] for one in listed["payments"]} == {payment_of(1), payment_of(2)}
    _, shown = await asked(made, f"/v1/payments/{payment_of(1)}")
    assert shown["orders"] == [{"order_ref": "R-1", "poisha": POISHA}]
    assert (await asked(made, "/v1/trace/R-9"))[0] == 404


async def test_a_payment_that_two_release_orders_pay_for_is_explained_by_both() -> None:
    made = await world()
    await made.open_cycle()
    await made.fund(allocated=PLENTY, released=POISHA + 1, ref="1")
    await made.fund(allocated=0, released=POISHA, ref="2")
    await made.feed(made.topics.change(change(1)), made.topics.change(change(2)))
    traced = [(await asked(made, f"/v1/trace/R-{ref}?by=state"))[1] for ref in ("1", "2")]
    assert [one["unexplained"] for one in traced] == [0, 0]
    assert [sum(part["poisha"] for part in one["parts"]) for one in traced] == [POISHA + 1, POISHA - 1]
    orders = [(await asked(made, f"/v1/payments/{payment_of(number)}"))[1]["orders"] for number in (1, 2)]
    assert sorted(len(each) for each in orders) == [1, 2]


async def test_what_waits_for_a_person_is_listed_until_it_moves_on() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)), made.topics.change(change(2)))
    await made.feed(made.topics.report(report(1, "failed", code="switch_down")))
    await made.feed(made.topics.report(report(2, "failed", code="no_such_account")))
    _, operators = await asked(made, "/v1/left-to/operator")
    _, sources = await asked(made, "/v1/left-to/source")
    assert [one["payment_id"] for one in operators["payments"]] == [payment_of(1)]
    assert [one["payment_id"] for one in sources["payments"]] == [payment_of(2)]
    await made.feed(made.topics.change(change(2, payee_=payee(77), change="payee_changed", n=2)))
    if await made.state(2) == "instructed":
        assert (await asked(made, "/v1/left-to/source"))[1]["payments"] == []


async def test_a_scorecard_counts_what_a_provider_did() -> None:
    made = await paying()
    await made.feed(*(made.topics.change(change(number)) for number in range(1, 5)))
    made.now += 2 * 3_600_000_000
    await made.feed(*(made.topics.report(report(number, "credited")) for number in (1, 2)))
    await made.feed(made.topics.report(report(3, "failed")), made.topics.report(report(1, "returned")))
    _, found = await asked(made, "/v1/scorecards")
    (card,) = [one for one in found["providers"] if one["provider"] == "bkash"]
    assert (card["sent"], card["credited"], card["failed"], card["returned"]) == (4, 2, 1, 1)
    assert (card["failure_rate"], card["return_rate"], card["report_hours_p50"]) == (0.3333, 0.5, 6)
    assert card["in_transit"]["0"] == POISHA


async def test_a_list_that_was_released_in_pieces_is_traced_to_each_payment() -> None:
    made = await listing(7, piece=2)
    await released(made)
    _, found = await asked(made, "/v1/trace/R-1?by=state&payments_after=0")
    assert (found["parts"][0]["poisha"], found["unexplained"]) == (7 * POISHA, 0)
    assert {one["payment_id"] for one in found["payments"]} == set(map(payment_of, range(7)))
