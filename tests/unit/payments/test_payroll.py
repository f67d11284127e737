"""A cycle that pays by list: frozen with a signed manifest, approved by a chain of people, then released."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from msgspec import structs

from services.payments.checks import findings
from services.payments.ids import allocation_log, release_log
from services.payments.payroll.lists import list_id
from services.payments.payroll.manifest import ManifestAltered, verify
from services.payments.payroll.tables import BODIES, HEADS, PERSONS
from services.payments.payroll.view import PayrollView
from shared.contracts.person import NationalId
from shared.store.limits import LimitLogs
from tests.unit.payments.lists import SIGNERS, ask, by_list, listing, lists, released, signed
from tests.unit.payments.world import (
    CYCLE,
    MANIFEST_KEY,
    NO_PAYEE,
    POISHA,
    PROGRAMME,
    change,
    entitlement_id,
    payee,
    payment_of,
    report,
)

pytestmark = pytest.mark.anyio


async def test_nobody_is_paid_before_a_list_is_released_and_then_everybody_on_it() -> None:
    made = await listing(7)
    assert not made.messages("payment.instruct.v1")
    assert await ask(made, "cycle.freeze") == []
    (frozen,) = await lists(made)
    assert frozen.manifest is not None
    assert (frozen.state, frozen.manifest["count"], frozen.poisha) == ("frozen", 7, 7 * POISHA)
    await signed(made)
    assert not made.messages("payment.instruct.v1")
    assert await ask(made, "cycle.release", "releaser", number=1) == []
    assert {order["payment_id"] for order in made.messages("payment.instruct.v1")} == set(map(payment_of, range(7)))
    (left,) = await lists(made)
    assert (left.state, left.last["payments"], left.last["unsent_poisha"]) == ("released", 7, 0)
    assert all(found.holds for found in await findings(made.store))


async def test_a_long_list_is_frozen_and_released_in_pieces_that_add_up() -> None:
    made = await listing(7, piece=2)
    await released(made)
    assert len(made.messages("payment.instruct.v1")) == 7
    (one,) = await lists(made)
    assert ((one.manifest or {})["pieces"], one.last["payments"]) == (4, 7)


async def test_a_list_released_before_its_approval_is_refused_and_so_is_a_second_one_while_it_waits() -> None:
    made = await listing(2)
    assert await ask(made, "cycle.release", number=1) == ["list_unknown"]
    await ask(made, "cycle.freeze")
    assert await ask(made, "cycle.release", number=1) == ["list_not_approved"]
    assert await ask(made, "cycle.freeze") == ["list_waits"]
    assert await ask(made, "cycle.open", starts_on="2026-07-01") == ["cycle_known"]


async def test_the_chain_is_kept_in_order_by_distinct_people_of_the_area_and_never_by_the_maker() -> None:
    made = await listing(2)
    await ask(made, "cycle.freeze")
    manifest = ((await lists(made))[0].manifest or {})["hash"]

    async def sign(by: str, *roles: str, named: str = manifest) -> list[str]:
        return await ask(made, "cycle.approve", by, roles, number=1, manifest=named[:10])

    assert await sign("maker", "approver:upazila-3026") == ["maker_approves"]
    assert await sign("f-officer", "approver:finance") == ["not_your_step"]
    assert await sign("other", "approver:upazila-1004") == ["not_your_area"]
    assert await sign("u-officer", "operator") == ["not_your_step"]
    assert await sign("nowhere", "approver:upazila-") == ["not_your_step"]
    assert await sign("u-officer", "approver:upazila-3026", named="0" * 64) == ["manifest_differs"]
    assert await sign("u-officer", "approver:upazila-3026") == []
    assert await sign("u-officer", "approver:upazila-3026", "approver:ministry-msw") == ["approved_before"]
    assert await sign("m-other", "approver:ministry-mowca") == ["not_your_area"]
    assert await sign("m-officer", "approver:ministry-msw") == []
    assert await sign("f-officer", "approver:finance") == []
    assert await sign("x-officer", "approver:finance") == ["list_not_frozen"]


async def test_each_area_of_a_list_needs_its_own_signature() -> None:
    made = await listing(0)
    await made.feed(
        made.topics.change(change(1, area="3026", upazila="30260001")),
        made.topics.change(change(2, area="1004", upazila="10040009")),
    )
    await ask(made, "cycle.freeze")
    manifest = ((await lists(made))[0].manifest or {})["hash"]
    assert await ask(made, "cycle.approve", "a", ("approver:upazila-30260001",), number=1, manifest=manifest) == []
    assert await ask(made, "cycle.approve", "m", ("approver:ministry-msw",), number=1, manifest=manifest) == [
        "not_your_step"
    ]
    assert await ask(made, "cycle.approve", "b", ("approver:upazila-1004",), number=1, manifest=manifest) == []
    assert await ask(made, "cycle.approve", "m", ("approver:ministry-msw",), number=1, manifest=manifest) == []


async def test_a_list_above_its_allocation_cannot_be_approved_and_one_above_the_release_cannot_leave() -> None:
    made = await listing(3, fund=False)
    await made.fund(allocated=2 * POISHA, released=POISHA)
    await ask(made, "cycle.freeze")
    manifest = ((await lists(made))[0].manifest or {})["hash"]
    by, role = SIGNERS[0]
    assert await ask(made, "cycle.approve", by, (role,), number=1, manifest=manifest) == ["above_allocation"]
    await made.fund(allocated=POISHA, released=0, ref="2")
    await signed(made)
    assert await ask(made, "cycle.release", number=1) == ["release_short"]
    assert not made.messages("payment.instruct.v1")
    await made.fund(allocated=0, released=2 * POISHA, ref="3")
    assert await ask(made, "cycle.release", number=1) == []
    assert len(made.messages("payment.instruct.v1")) == 3


async def test_one_human_twice_blocks_the_approval_and_says_who_to_ask() -> None:
    made = await listing(1)
    await made.feed(made.topics.change(change(2, person_id="p2", cluster=("p2", "p0"), source="mowca")))
    await ask(made, "cycle.freeze")
    (blocked,) = await lists(made)
    assert blocked.problems == 1
    (head,) = await made.store.follow(HEADS, [(list_id(PROGRAMME, CYCLE, 1), -1)])
    (problem,) = orjson.loads(head.problems)
    assert problem["code"] == "person_twice"
    assert problem["ask"] == ["source:dss", "source:mowca", "reviewer"]
    manifest = (blocked.manifest or {})["hash"]
    by, role = SIGNERS[0]
    assert await ask(made, "cycle.approve", by, (role,), number=1, manifest=manifest) == ["list_has_problems"]
    await made.feed(made.topics.change(change(2, change="ended", n=2, person_id="p2", cluster=("p2", "p0"))))
    await released(made, 2)
    assert [order["payment_id"] for order in made.messages("payment.instruct.v1")] == [payment_of(0)]


@pytest.mark.parametrize(
    ("kinds", "numbers", "problems"),
    [
        (("self", "self"), ("3026109000123", "3026109000123"), ["national_id_twice"]),
        (("self", "self"), ("3026109000123", "3026109000124"), []),
        (("guardian", "guardian"), ("3026109000123", "3026109000123"), []),
        (("self", "guardian"), ("3026109000123", "3026109000123"), []),
    ],
)
async def test_one_national_id_twice_blocks_the_approval_unless_it_is_a_guardians(
    kinds: tuple[Any, Any], numbers: tuple[str, str], problems: list[str]
) -> None:
    made = await listing(0)
    for number, kind, national_id in zip((1, 2), kinds, numbers, strict=True):
        account = payee(number)
        given = structs.replace(account, kind=kind, holder_national_id=NationalId(n13=national_id))
        await made.feed(made.topics.change(change(number, payee_=given)))
    await ask(made, "cycle.freeze")
    (head,) = await made.store.follow(HEADS, [(list_id(PROGRAMME, CYCLE, 1), -1)])
    found = orjson.loads(head.problems)
    assert [problem["code"] for problem in found] == problems
    assert all(problem["ask"] == ["source:dss", "reviewer"] for problem in found)
    names = [row.name async for row in made.store.scan(PERSONS)]
    assert not any(number in name for number in numbers for name in names)


async def test_one_account_for_two_people_blocks_the_approval_too() -> None:
    made = await listing(0)
    await made.feed(*(made.topics.change(change(number, payee_=payee(7))) for number in (1, 2)))
    await ask(made, "cycle.freeze")
    assert (await lists(made))[0].problems == 1


@pytest.mark.parametrize("shared", ["national_id", "account"])
@pytest.mark.parametrize("has_left", [True, False])
async def test_who_shares_a_national_id_or_an_account_with_somebody_paid_by_a_list_before_blocks_the_next(
    shared: str, has_left: bool
) -> None:
    def given(number: int) -> Any:
        if shared == "account":
            return payee(7)
        return structs.replace(payee(number), holder_national_id=NationalId(n13="3026109000123"))

    made = await listing(0)
    await made.feed(made.topics.change(change(1, payee_=given(1))))
    await ask(made, "cycle.freeze")
    await signed(made)
    if not has_left:
        await made.feed(made.topics.change(change(1, change="ended", n=2, payee_=given(1))))
    assert await ask(made, "cycle.release", number=1) == []
    await made.feed(made.topics.change(change(2, payee_=given(2))))
    await ask(made, "cycle.freeze")
    second = (await lists(made))[1]
    assert second.problems == has_left
    if has_left:
        (by, role), *_ = SIGNERS
        manifest = (second.manifest or {})["hash"]
        assert await ask(made, "cycle.approve", by, (role,), number=2, manifest=manifest) == ["list_has_problems"]
        (head,) = await made.store.follow(HEADS, [(list_id(PROGRAMME, CYCLE, 2), -1)])
        (problem,) = orjson.loads(head.problems)
        assert problem["code"] == f"{shared}_twice"
        assert problem["entitlements"] == [entitlement_id(1), entitlement_id(2)]


async def test_a_late_arrival_joins_the_next_supplementary_list() -> None:
    made = await listing(2)
    await released(made)
    await made.feed(made.topics.change(change(5)))
    assert len(made.messages("payment.instruct.v1")) == 2
    await released(made, 2)
    assert [order["payment_id"] for order in made.messages("payment.instruct.v1")][2:] == [payment_of(5)]
    assert (await lists(made))[1].manifest["count"] == 1  # type: ignore[index]


async def test_whoever_died_or_changed_the_account_since_the_freezing_does_not_leave_with_the_list() -> None:
    made = await listing(3)
    await ask(made, "cycle.freeze")
    await signed(made)
    await made.feed(made.topics.change(change(0, change="ended", n=2)))
    await made.feed(made.topics.change(change(1, change="payee_changed", n=2, payee_=payee(9))))
    assert await ask(made, "cycle.release", number=1) == []
    assert [order["payment_id"] for order in made.messages("payment.instruct.v1")] == [payment_of(2)]
    (left,) = await lists(made)
    assert left.last["left_out"] == {"not_entitled_any_more": 1, "account_changed_since": 1}
    logs = await LimitLogs(made.store).read([allocation_log(PROGRAMME, CYCLE), release_log(PROGRAMME, CYCLE)])
    assert [log.taken for log in logs.values()] == [POISHA, POISHA]
    assert all(found.holds for found in await findings(made.store))


async def test_who_has_no_good_account_is_left_off_and_hears_why() -> None:
    made = await listing(1)
    await made.feed(made.topics.change(change(4, payee_=NO_PAYEE)))
    await ask(made, "cycle.freeze")
    (line,) = made.lines(4)
    assert (line.state, line.next, line.reasons[0].code) == ("awaiting_account", "source", "no_account")
    await signed(made)
    await ask(made, "cycle.release", number=1)
    await made.feed(made.topics.change(change(4, change="payee_changed", n=2)))
    assert await made.state(4) == "awaiting_account"
    await released(made, 2)
    assert await made.state(4) == "instructed"


async def test_an_altered_manifest_or_list_is_refused_and_nothing_of_it_leaves() -> None:
    made = await listing(2)
    await ask(made, "cycle.freeze")
    manifest = (await lists(made))[0].manifest or {}
    verify(manifest, MANIFEST_KEY)
    with pytest.raises(ManifestAltered):
        verify({**manifest, "poisha": manifest["poisha"] + 1}, MANIFEST_KEY)
    with pytest.raises(ManifestAltered):
        verify(manifest, bytes(31) + b"x")
    await signed(made)
    rows = made.memory.tables[BODIES.name].by_key
    for key, row in rows.items():
        rows[key] = row._replace(body=row.body.replace(b"01700000001", b"01799999999"))
    await ask(made, "cycle.release", number=1)
    assert not made.messages("payment.instruct.v1")


async def test_a_cycle_with_money_in_transit_or_a_list_half_way_is_not_closed() -> None:
    made = await listing(2)
    await ask(made, "cycle.freeze")
    assert await ask(made, "cycle.close") == ["list_waits"]
    await signed(made)
    assert await ask(made, "cycle.close") == ["list_waits"]
    await ask(made, "cycle.release", number=1)
    assert await ask(made, "cycle.close") == ["money_in_transit"]
    await made.feed(*(made.topics.report(report(number, "credited")) for number in range(2)))
    assert await ask(made, "cycle.close") == []
    assert await ask(made, "cycle.freeze") == ["cycle_unknown"]


@pytest.mark.parametrize("signatures", [2, 3])
async def test_a_list_whose_cycle_the_end_of_the_year_has_closed_is_neither_signed_nor_sent(signatures: int) -> None:
    made = await listing(2)
    assert await ask(made, "cycle.freeze") == []
    manifest = (await lists(made))[0].manifest
    assert manifest is not None

    async def signed_by(signers: Sequence[tuple[str, str]]) -> list[list[str]]:
        given = {"number": 1, "manifest": manifest["hash"][:12]}
        return [await ask(made, "cycle.approve", by, (role,), **given) for by, role in signers]

    assert await signed_by(SIGNERS[:signatures]) == [[]] * signatures
    # The cycle is closed; what carries the lapse on has not been read yet.
    await made.feed(made.topics.command("treasury.lapse", at=datetime(2027, 7, 2, tzinfo=UTC), fiscal_year="2026-27"))
    assert await signed_by(SIGNERS[signatures:]) == [["cycle_unknown"]] * (3 - signatures)
    assert await ask(made, "cycle.release", "releaser", number=1) == ["cycle_unknown"]
    assert not made.messages("payment.instruct.v1")
    assert (await lists(made))[0].state == "dropped"
    assert all(finding.holds for finding in await findings(made.store))


async def test_a_list_that_is_sent_back_can_be_frozen_anew() -> None:
    made = await listing(2)
    await ask(made, "cycle.freeze")
    assert await ask(made, "cycle.send-back", "u-officer", number=1, reason="two names are wrong") == []
    await released(made, 2)
    assert len(made.messages("payment.instruct.v1")) == 2


async def test_a_programme_that_flows_straight_through_has_no_lists() -> None:
    made = await listing(1, flow="straight_through")
    assert await ask(made, "cycle.freeze") == ["flows_through"]


async def test_an_eft_payroll_leaves_no_instruction() -> None:
    made = await listing(2, leaves_as="eft_file")
    await released(made)
    assert not made.messages("payment.instruct.v1")
    assert {await made.state(number) for number in range(2)} == {"instructed"}


async def test_the_eft_file_of_a_list_is_always_the_same_bytes_and_adds_up() -> None:
    made = await listing(3, leaves_as="eft_file")
    view = PayrollView(made.store, by_list(leaves_as="eft_file"), made.now_us)
    await ask(made, "cycle.freeze")
    assert await view.eft(PROGRAMME, CYCLE, 1) is None
    await signed(made)
    await made.feed(made.topics.change(change(2, change="ended", n=2)))
    await ask(made, "cycle.release", number=1)
    content = await view.eft(PROGRAMME, CYCLE, 1)
    assert content is not None
    assert content == await view.eft(PROGRAMME, CYCLE, 1)
    rows = [line.split(",") for line in content.decode().splitlines()]
    assert [row[0] for row in rows] == ["record", "list", "pay", "pay", "end"]
    assert sum(int(row[-1]) for row in rows[2:4]) == int(rows[-1][-1]) == 2 * POISHA
    assert rows[-1][2] == "2"


async def test_a_list_is_shown_with_who_signed_who_is_next_and_who_can_be_asked() -> None:
    made = await listing(1)
    await made.feed(made.topics.change(change(2, person_id="p2", cluster=("p2", "p0"))))
    await ask(made, "cycle.freeze")
    (shown,) = await PayrollView(made.store, by_list(), made.now_us).lists(PROGRAMME, CYCLE)
    assert (shown["state"], shown["next"], shown["signatures"]) == (
        "frozen",
        {"level": "upazila", "areas": ["3026"]},
        [],
    )
    assert [problem["ask"] for problem in shown["problems"]] == [["source:dss", "reviewer"]]
    assert "01700000000" not in str(shown)
