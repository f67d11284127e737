"""What a provider that breaks its contract can do to us: nothing is moved wrongly, and each way shows."""

from pathlib import Path

import msgspec
import pytest

from sandbox.providers.behaviour import always
from sandbox.providers.breaking import BrokenDesk
from sandbox.providers.desk import Desk
from sandbox.providers.ledger import read_ledger
from sandbox.providers.memory import Memory
from sandbox.providers.modes import Breaking, Delays, Mode
from services.payments.checks import findings
from services.payments.tables import DISCREPANCIES
from shared.contracts.payment import Inquire, Instruct, Report
from tests.unit.payments.world import POLICY, World, instructed

pytestmark = pytest.mark.anyio

SHOWN = {
    Breaking.TAKES_BACK: ("credited", "contradicting"),
    Breaking.OTHER_AMOUNT: ("instructed", "wrong_amount"),
    Breaking.OTHER_ACCOUNT: ("instructed", "wrong_account"),
    Breaking.OTHER_PAYMENT: ("instructed", "unknown_payment"),
    Breaking.LATER_ATTEMPT: ("instructed", "attempt_unknown"),
    Breaking.UNASKED_CANCEL: ("instructed", "cancel_not_asked"),
    Breaking.UNPAID_RETURN: ("instructed", "forbidden_transition"),
}


def told(desk: BrokenDesk, memory: Memory, order: Instruct | Inquire, now_us: int) -> list[Report]:
    with memory.books([order.payment_id], [order.attempt_ref]) as books:
        return [said.report for said in desk.take(order, books, now_us)]


def broken(breaking: Breaking) -> BrokenDesk:
    return BrokenDesk(Desk(POLICY.providers["bkash"], always(Mode.ACCEPT), Delays()), breaking)


async def with_order() -> tuple[World, Instruct]:
    made = await instructed()
    return made, msgspec.convert(made.messages("payment.instruct.v1")[0], Instruct)


@pytest.mark.parametrize("breaking", list(SHOWN))
async def test_each_way_shows_as_a_discrepancy_and_moves_nothing_wrongly(breaking: Breaking, tmp_path: Path) -> None:
    made, order = await with_order()
    for one in told(broken(breaking), Memory(tmp_path / "bkash.db"), order, made.now):
        await made.feed(made.topics.report(one))
    state, code = SHOWN[breaking]
    assert await made.state(1) == state
    assert [row.code async for row in made.store.scan(DISCREPANCIES)] == [code]
    assert all(finding.holds for finding in await findings(made.store))


async def test_a_provider_that_denies_what_it_paid_ends_on_a_persons_list_and_is_never_told_again(
    tmp_path: Path,
) -> None:
    made, order = await with_order()
    desk, memory = broken(Breaking.DENIES), Memory(tmp_path / "bkash.db")
    assert told(desk, memory, order, made.now) == []
    for _ in range(8):
        await made.sweep(400)
        inquiry = msgspec.convert(made.messages("payment.inquire.v1")[-1], Inquire)
        for one in told(desk, memory, inquiry, made.now):
            await made.feed(made.topics.report(one))
    assert (await made.state(1), made.lines(1)[-1].next) == ("unknown", "operator")
    assert len(made.messages("payment.instruct.v1")) == 1


async def test_a_provider_that_pays_one_reference_twice_is_seen_in_its_own_books(tmp_path: Path) -> None:
    made, order = await with_order()
    memory = Memory(tmp_path / "bkash.db")
    for _ in range(2):
        told(broken(Breaking.PAYS_TWICE), memory, order, made.now)
    memory.close()
    assert read_ledger(tmp_path / "bkash.db").paid_twice == 1
