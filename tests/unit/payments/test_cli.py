"""``dsr payments``: what people see at a terminal, and that what is wrong ends with a sentence and an exit code."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from services.payments.cli import bank, payments, statements
from services.payments.sending.providers import may_answer_by_files
from services.payments.statements.lines import StatementUnreadable
from services.payments.statements.loading import statements_of
from services.payments.tables import DISCREPANCIES
from shared import topics
from shared.http.client import Client, Refused
from shared.service import terminal
from shared.settings import load
from tests.unit.payments.door import request
from tests.unit.payments.lists import by_list, listing, lists, released
from tests.unit.payments.test_bankfiles import pain002
from tests.unit.payments.test_statements import as_csv, paid
from tests.unit.payments.world import CYCLE, POISHA, POLICY, PROGRAMME, World, instructed, payment_of, report

Run = Callable[..., Result]


def handler(made: World) -> Callable[[httpx.Request], httpx.Response]:
    """The service as ``dsr`` finds it over the network; what it is asked for is decided before it answers."""

    async def asked(asked: httpx.Request) -> httpx.Response:
        answer = await request(made, asked.method, asked.url.raw_path.decode(), "tester", asked.content)
        await made.settle()
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))

    return lambda request: asyncio.run(asked(request))


class Paused:
    """A clock that goes on by what is waited, in no time."""

    def __init__(self) -> None:
        self._at_s = 0.0

    def __call__(self) -> float:
        return self._at_s

    def pause(self, seconds: float) -> None:
        self._at_s += seconds


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], Run]:
    """A terminal at a service, which gives ``dsr payments``."""

    def terminal_at(made: World) -> Run:
        transport = httpx.MockTransport(handler(made))
        monkeypatch.setenv("DSR_API_KEY", "tester")
        clock = Paused()
        monkeypatch.setattr(terminal, "client", lambda: Client(load(), transport, clock, clock.pause))
        return lambda *words: CliRunner().invoke(payments, [str(word) for word in words], catch_exceptions=False)

    return terminal_at


def paid_once() -> World:
    return asyncio.run(instructed())


def test_a_statement_counts_once_and_loading_it_again_says_so_with_an_exit_code(
    at: Callable[[World], Run], tmp_path: Path
) -> None:
    made = paid_once()
    run, file = at(made), tmp_path / "statement.csv"
    file.write_bytes(as_csv(paid(1)))
    assert "1 lines, 2,100.00 taka" in run("statement", "load", "bkash", file).output
    with pytest.raises(statements.LoadedBefore, match="nothing was changed") as caught:
        run("statement", "load", "bkash", file)
    assert caught.value.exit_code == 1
    assert len(asyncio.run(statements_of(made.store))) == 1


def test_a_statement_of_nobody_or_one_that_was_cut_loads_nothing(at: Callable[[World], Run], tmp_path: Path) -> None:
    made = paid_once()
    run, file = at(made), tmp_path / "statement.csv"
    file.write_bytes(as_csv(paid(1)))
    assert run("statement", "load", "nobody", file).exit_code == 1
    file.write_bytes(as_csv(paid(1))[:-20])
    with pytest.raises(StatementUnreadable):
        run("statement", "load", "bkash", file)
    assert asyncio.run(statements_of(made.store)) == {}


def test_nobody_reports_by_file_for_a_provider_that_is_no_bank(at: Callable[[World], Run], tmp_path: Path) -> None:
    made = paid_once()
    run, file = at(made), tmp_path / "answer.xml"
    file.write_bytes(pain002("RJCT"))
    for provider in ("bkash", "nobody"):
        with pytest.raises(bank.NotABank):
            run("bank", "read", provider, file)
    ours = {"payment_id": payment_of(1), "attempt": 1, "attempt_ref": "x", "kind": "failed"}
    with terminal.client() as client, pytest.raises(Refused, match="answers by messages"):
        client.send_command("payments", "bank.report", payment_of(1), {"provider": "bkash", **ours})
    assert not [out for out in made.sink.sent if out.topic == topics.report("bkash")]
    assert run("bank", "read", "bank", file).exit_code == 0
    assert [out.topic for out in made.sink.sent][-1] == topics.report("bank")


def test_where_a_payroll_leaves_by_eft_file_any_providers_outcome_may_come_by_file() -> None:
    by_eft = by_list(leaves_as="eft_file")
    assert [may_answer_by_files(by_eft, code) for code in ("bkash", "bank", "nobody")] == [True, True, False]
    assert [may_answer_by_files(POLICY, code) for code in ("bkash", "bank", "nobody")] == [False, True, False]


@pytest.mark.anyio
@pytest.mark.parametrize(("leaves_as", "state"), [("eft_file", "credited"), ("instructions", "instructed")])
async def test_what_is_entered_for_a_payment_that_did_not_leave_by_file_moves_nothing(
    leaves_as: str, state: str
) -> None:
    made = await listing(2, leaves_as=leaves_as)
    await released(made)
    await made.feed(made.topics.report(report(1, "credited"), source="/dsr/payments/commands"))
    assert await made.state(1) == state
    kept = [row.code async for row in made.store.scan(DISCREPANCIES)]
    assert kept == ([] if state == "credited" else ["not_by_file"])


@pytest.mark.anyio
async def test_what_is_entered_and_known_already_is_no_discrepancy() -> None:
    made = await listing(2)
    await released(made)
    await made.feed(made.topics.report(report(1, "credited")))
    await made.feed(made.topics.report(report(1, "credited"), source="/dsr/payments/commands"))
    assert not [row async for row in made.store.scan(DISCREPANCIES)]


def test_a_file_for_a_bank_has_a_day_that_there_is(at: Callable[[World], Run], tmp_path: Path) -> None:
    words = ("--debtor-name", "D", "--debtor-account", "1", "--debtor-routing", "060261726")
    result = at(paid_once())("bank", "write", "bank", tmp_path / "files", "--on", "2026-13-40", *words)
    assert (result.exit_code, "does not match the format" in result.output) == (2, True)


def test_a_reconciliation_of_a_provider_that_there_is_not_names_those_there_are(at: Callable[[World], Run]) -> None:
    with pytest.raises(statements.ProviderUnknown, match="nagad"):
        at(paid_once())("reconcile", "--provider", "nobody")


def test_a_trace_goes_from_an_order_to_its_payments_and_from_a_payment_back_to_its_orders(
    at: Callable[[World], Run],
) -> None:
    run = at(paid_once())
    there = json.loads(run("trace", "R-1", "--payments", 0, "--json").output)
    assert [one["payment_id"] for one in there["payments"]] == [payment_of(1)]
    back = json.loads(run("trace", payment_of(1), "--json").output)
    assert back["orders"] == [{"order_ref": "R-1", "poisha": POISHA}]
    for words in (("trace", payment_of(1)), ("show", payment_of(1))):
        assert "R-1" in run(*words).output
    for unknown in ("R-9", payment_of(9)):
        with pytest.raises(Refused):
            run("trace", unknown)


def test_what_a_cycle_does_not_allow_ends_with_a_reason_and_an_exit_code_and_changes_nothing(
    at: Callable[[World], Run],
) -> None:
    made = asyncio.run(listing(1))
    run = at(made)
    assert run("cycle", "freeze", PROGRAMME, CYCLE).exit_code == 0
    (frozen,) = asyncio.run(lists(made))
    assert frozen.manifest is not None
    for code, *words in (
        ("cycle_known", "open", "--starts-on", "2026-07-01"),
        ("maker_approves", "approve", "--manifest", frozen.manifest["hash"][:8]),
        ("manifest_differs", "approve", "--manifest", "0" * 8),
        ("list_not_approved", "release"),
    ):
        result = run("cycle", words[0], PROGRAMME, CYCLE, *words[1:], "--json")
        told = json.loads(result.output)
        assert (result.exit_code, told["state"], told["reasons"][0]["code"]) == (1, "refused", code)
    assert asyncio.run(lists(made)) == [frozen]
    assert not made.messages("payment.instruct.v1")
