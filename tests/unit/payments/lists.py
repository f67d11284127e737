"""A world that pays by list, and the people who freeze, sign and release."""

from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from services.payments.payroll.lists import PayrollList, lists_of, queue_of
from services.payments.payroll.tables import LISTS
from shared.policy import Policy
from shared.policy.payroll import Payroll
from shared.store.tables import DECISIONS
from tests.unit.payments.world import CYCLE, PLENTY, POLICY, PROGRAMME, STARTS, World, change, once

SIGNERS = (
    ("u-officer", "approver:upazila-3026"),
    ("m-officer", "approver:ministry-msw"),
    ("f-officer", "approver:finance"),
)


def by_list(**payroll: Any) -> Policy:
    given = {"flow": "by_list", "account_check": False, **payroll}
    programmes = {code: one.model_copy(update={"payroll": Payroll(**given)}) for code, one in POLICY.programmes.items()}
    return replace(POLICY, programmes=programmes)


@once
async def listing(
    people: int = 0, *, starts: date = STARTS, fund: bool = True, piece: int = 500, **payroll: Any
) -> World:
    """An open cycle that pays by list, with people who are entitled."""
    made = await World(policy=by_list(**payroll), piece=piece).opened()
    if people:
        await made.feed(*(made.topics.change(change(number)) for number in range(people)))
    if fund:
        await made.fund(PLENTY, PLENTY)
    await made.command("cycle.open", cycle=CYCLE, starts_on=starts.isoformat())
    return made


async def ask(made: World, name: str, by: str = "maker", roles: tuple[str, ...] = (), **arguments: Any) -> list[str]:
    """The codes for which a command is refused; none where it is done."""
    given = {"programme": PROGRAMME, "cycle": CYCLE, **arguments} if name.startswith("cycle") else arguments
    record = made.topics.command(name, by=by, roles=roles, **given)
    await made.feed(record)
    await made.settle()
    subject = orjson.loads(record.value or b"")["command_id"]
    (row,) = await made.store.find(DECISIONS, "subject", [subject])
    return [reason["code"] for reason in orjson.loads(row.body).get("reasons", ())]


async def lists(made: World, cycle: str = CYCLE) -> list[PayrollList]:
    return lists_of(await made.store.find(LISTS, "queue", [queue_of(PROGRAMME, cycle)]))


async def signed(made: World, number: int = 1, cycle: str = CYCLE) -> None:
    """All three signatures."""
    manifest = (await lists(made, cycle))[number - 1].manifest
    assert manifest is not None
    for by, role in SIGNERS:
        codes = await ask(
            made, "cycle.approve", by, (role,), number=number, manifest=manifest["hash"][:12], cycle=cycle
        )
        assert codes == []


async def released(made: World, number: int = 1, cycle: str = CYCLE) -> None:
    """Freeze, sign and release list ``number``."""
    assert await ask(made, "cycle.freeze", cycle=cycle) == []
    await signed(made, number, cycle)
    assert await ask(made, "cycle.release", "releaser", number=number, cycle=cycle) == []
