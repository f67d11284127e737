"""The whole way of a list by those who do it, from accounts that are checked first to the cycle that is closed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import anyio.from_thread
import anyio.to_thread
import orjson
import pytest

from sandbox.offices import ListStopped, pay_by_list
from sandbox.treasury import NotDone
from services.payments.checks import findings
from services.payments.payroll.view import PayrollView
from services.payments.statements.gathering import reconcile_all
from services.payments.view import View
from shared.http.client import CommandResult
from shared.store.tables import DECISIONS
from tests.unit.payments.lists import SIGNERS, ask, listing
from tests.unit.payments.test_accounts import answer
from tests.unit.payments.test_statements import as_csv, load, paid
from tests.unit.payments.world import CYCLE, PROGRAMME, World, change, payment_of, report

pytestmark = pytest.mark.anyio


class Office:
    """What ``Client`` is over HTTP: one person's way to ask payments and to read its lists, from another thread."""

    def __init__(self, made: World, by: str, *roles: str) -> None:
        self._made, self._by, self._roles = made, by, roles
        self._view = PayrollView(made.store, made.policy, made.now_us)
        self._path = ""

    def send_command(self, stage: str, name: str, about: str, arguments: Mapping[str, Any], /) -> CommandResult:
        return anyio.from_thread.run(self._asked, name, dict(arguments))

    async def _asked(self, name: str, arguments: dict[str, Any]) -> CommandResult:
        record = self._made.topics.command(name, by=self._by, roles=self._roles, **arguments)
        await self._made.feed(record)
        await self._made.settle()
        named = orjson.loads(record.value or b"")["command_id"]
        (row,) = await self._made.store.find(DECISIONS, "subject", [named])
        body = orjson.loads(row.body)
        return CommandResult(named, row.state, body.get("result", {}), tuple(body.get("reasons", ())))

    def request(self, method: str, stage: str, path: str, /) -> "Office":
        assert (method, path) == ("GET", f"/v1/payrolls/{PROGRAMME}/{CYCLE}")
        return self

    def json(self) -> dict[str, Any]:
        return {"lists": anyio.from_thread.run(self._view.lists, PROGRAMME, CYCLE)}


async def paid_by_offices(made: World, *, maker: str = "operator") -> Any:
    offices = {role.partition(":")[2].partition("-")[0]: Office(made, by, role) for by, role in SIGNERS}
    return await anyio.to_thread.run_sync(pay_by_list, Office(made, maker), offices, PROGRAMME, CYCLE)


async def test_a_list_is_checked_frozen_signed_released_reported_reconciled_traced_and_closed() -> None:
    made = await listing(0, account_check=True)
    await made.feed(*(made.topics.change(change(number)) for number in range(4)))
    assert len(made.messages("account.verify.v1")) == 4
    await made.feed(*(answer(made, number, active=number != 3) for number in range(4)))
    left = await paid_by_offices(made)
    assert (left.number, left.people, left.signed_by) == (1, 3, tuple(by for by, _ in SIGNERS))
    assert {told["payment_id"] for told in made.messages("payment.instruct.v1")} == set(map(payment_of, range(3)))
    assert await ask(made, "cycle.close") == ["money_in_transit"]
    await made.feed(*(made.topics.report(report(number, "credited")) for number in range(3)))
    await load(made, as_csv(*(paid(number) for number in range(3))))
    reconciled = await reconcile_all(made.store, "bkash", date(2026, 7, 3))
    assert not reconciled["bkash"].differences
    trace = await View(made.store, made.policy, now_us=made.now_us).trace("R-1", ["state"])
    assert trace is not None
    assert ({part.by[0]: part.payments for part in trace.parts}, trace.unexplained) == ({"reached": 3}, 0)
    assert await ask(made, "cycle.close") == []
    assert await made.state(3) == "void"
    assert all(found.holds for found in await findings(made.store))


async def test_a_list_that_its_maker_would_sign_is_not_signed_and_nothing_leaves() -> None:
    made = await listing(2)
    with pytest.raises(NotDone, match=r"refused cycle\.approve"):
        await paid_by_offices(made, maker=SIGNERS[0][0])
    assert not made.messages("payment.instruct.v1")


async def test_a_list_with_somebody_on_it_twice_stops_and_says_who_is_to_be_asked() -> None:
    made = await listing(0)
    same = (change(1), change(2, cluster=("p2", "p1")))
    await made.feed(*(made.topics.change(event) for event in same))
    with pytest.raises(ListStopped, match="ask reviewer"):
        await paid_by_offices(made)
    assert not made.messages("payment.instruct.v1")
