"""A provider keeps its contract in each situation that it can be told of."""

from collections import Counter
from pathlib import Path

import pytest

from sandbox.providers.accounts import AccountState, listed_accounts
from sandbox.providers.behaviour import Rates, always, honest
from sandbox.providers.modes import Mode
from sandbox.providers.reports import Letter
from shared.contracts.payment import Instruct, Report
from shared.envelope import Envelope
from shared.policy import Policy
from tests.unit.sandbox.provider_bench import (
    ACCOUNT,
    SECOND_US,
    Bench,
    cancel,
    inquire,
    instruct,
    kinds,
    record,
    said,
    with_mode,
)


@pytest.fixture
def bench(policy: Policy, tmp_path: Path) -> Bench:
    return Bench(policy, tmp_path, always(Mode.ACCEPT))


def test_an_instruction_told_again_pays_nothing_more_and_is_answered_with_the_same_bytes(bench: Bench) -> None:
    order = record(instruct())

    first, _ = bench.provider.take([order])
    again, _ = bench.provider.take([order, order])

    assert [*first, *first] == again
    assert bench.ledger().credited == 1


def test_an_instruction_after_valid_until_is_refused_for_ever(bench: Bench) -> None:
    order = instruct(valid_s=5)
    bench.now_us += 6 * SECOND_US

    assert said(bench.tell(order)) == [("failed", "expired")]
    bench.now_us -= 6 * SECOND_US
    assert said(bench.tell(order)) == [("failed", "expired")]
    assert bench.ledger().credited == 0


def test_an_attempt_that_is_not_higher_than_all_seen_is_refused(policy: Policy, tmp_path: Path) -> None:
    bench = with_mode(policy, tmp_path, Mode.REFUSE)
    bench.tell(instruct("p1-3", 3))

    assert said(bench.tell(instruct("p1-2", 2), instruct("other-3", 3))) == [("failed", "attempt_not_newer")] * 2
    assert said(bench.tell(instruct("p1-4", 4))) == [("failed", "refused")]


def test_a_payment_that_was_credited_is_never_credited_again(policy: Policy, tmp_path: Path) -> None:
    bench = with_mode(policy, tmp_path, Mode.RETURN)
    bench.tell(instruct())

    assert said(bench.tell(instruct("p1-2", 2))) == [("failed", "already_paid")]
    assert kinds(bench.wait(31)) == ["returned"]
    assert said(bench.tell(instruct("p1-3", 3))) == [("failed", "already_paid")]


def test_a_reference_belongs_to_one_payment(bench: Bench) -> None:
    bench.tell(instruct())

    assert said(bench.tell(instruct(payment="p2"))) == [("failed", "reference_reused")]
    assert kinds(bench.tell(inquire(payment="p2"))) == ["not_found"]
    assert bench.ledger().credited == 1


def test_a_cancel_that_comes_before_its_instruction_refuses_it_for_ever(bench: Bench) -> None:
    assert kinds(bench.tell(cancel(), instruct(), inquire())) == ["cancelled"] * 3
    assert bench.ledger().credited == 0


def test_a_cancel_does_not_undo_a_payment(bench: Bench) -> None:
    assert kinds(bench.tell(instruct(), cancel(), inquire())) == ["credited"] * 3


def test_a_late_one_is_pending_until_it_is_credited_and_can_be_cancelled_until_then(
    policy: Policy, tmp_path: Path
) -> None:
    bench = with_mode(policy, tmp_path, Mode.LATE)

    assert kinds(bench.tell(instruct(), inquire())) == ["pending"]
    assert said(bench.tell(instruct("p1-2", 2))) == [("failed", "earlier_attempt_pending")]
    assert kinds(bench.wait(9)) == []
    assert kinds(bench.wait(2)) == ["credited"]
    assert bench.tell(instruct("q-1", payment="q")) == []
    assert kinds(bench.tell(cancel("q-1", payment="q"))) == ["cancelled"]
    assert bench.wait(11) == []
    assert bench.ledger().credited == 1


def test_one_that_times_out_is_told_only_to_who_asks_and_fails(policy: Policy, tmp_path: Path) -> None:
    bench = with_mode(policy, tmp_path, Mode.TIME_OUT)

    assert kinds(bench.tell(instruct(), instruct(), inquire())) == ["pending"]
    assert bench.wait(11) == []
    assert said(bench.tell(instruct(), inquire())) == [("failed", "timed_out")]
    assert bench.ledger().credited == 0


def test_one_that_is_never_reported_has_been_paid_and_says_so_when_asked(policy: Policy, tmp_path: Path) -> None:
    bench = with_mode(policy, tmp_path, Mode.NEVER)

    assert bench.tell(instruct(), instruct()) == []
    assert bench.wait(3_600) == []
    assert kinds(bench.tell(inquire())) == ["credited"]
    assert bench.ledger().credited == 1


def test_one_that_is_reported_twice_is_paid_once(policy: Policy, tmp_path: Path) -> None:
    bench = with_mode(policy, tmp_path, Mode.TWICE)

    first = bench.tell(instruct())

    assert bench.wait(3) == first
    assert bench.ledger().credited == 1


def test_money_that_comes_back_was_credited_before_and_both_are_told_to_who_asks(
    policy: Policy, tmp_path: Path
) -> None:
    bench = with_mode(policy, tmp_path, Mode.RETURN)

    first = bench.tell(instruct())
    back = bench.wait(31)

    assert (kinds(first), said(back)) == (["credited"], [("returned", "returned")])
    assert bench.tell(inquire()) == first + back
    ledger = bench.ledger()
    assert (ledger.credited_poisha, ledger.returned_poisha) == (195_000, 195_000)


def test_what_is_due_and_was_not_sent_comes_again_after_a_restart(policy: Policy, tmp_path: Path) -> None:
    bench = with_mode(policy, tmp_path, Mode.RETURN)
    bench.tell(instruct())
    bench.now_us += 31 * SECOND_US

    unsent, _ = bench.provider.fall_due()
    bench.restart()

    assert bench.provider.fall_due()[0] == unsent != []
    assert bench.ledger().returned == 1


def test_a_restart_forgets_nothing(bench: Bench) -> None:
    first = bench.tell(instruct(), cancel("q-1", payment="q"))

    bench.restart()

    assert bench.tell(instruct(), instruct("q-1", payment="q")) == first
    assert bench.ledger().credited == 1


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (instruct(account="017123"), "no_such_account"),
        (instruct(amount=99), "amount_outside_limits"),
        (instruct(amount=3_000_001), "amount_outside_limits"),
    ],
)
def test_what_is_not_the_providers_kind_is_refused(bench: Bench, order: Instruct, code: str) -> None:
    assert said(bench.tell(order)) == [("failed", code)]


def test_a_bank_account_needs_a_routing_number_with_its_check_digit(policy: Policy, tmp_path: Path) -> None:
    bench = Bench(policy, tmp_path, always(Mode.ACCEPT), "bank")

    def to(routing: str | None, ref: str) -> Instruct:
        return instruct(ref, payment=ref, account="0601712345678", routing=routing)

    answers = bench.tell(to(None, "a"), to("060261727", "b"), to("060261726", "c"))

    assert said(answers) == [("failed", "no_such_branch")] * 2 + [("credited", None)]


def test_a_record_that_is_no_instruction_is_left_aside_and_stops_nothing(bench: Bench) -> None:
    good = record(instruct())
    unknown = Envelope(id="e", source="/x", type="payment.verify.v1").to_headers()

    letters, unreadable = bench.provider.take(
        [((), None), (unknown, b"{}"), (good[0], b"\xff"), (good[0], b'{"payment_id": "p"}'), good]
    )

    assert len(letters) == 1
    assert [one.reason for one in unreadable] == [
        "missing_ce_specversion",
        "type_unknown",
        "not_as_the_contract_says",
        "not_as_the_contract_says",
    ]


def test_a_report_is_a_cloud_event_keyed_by_payment_without_anything_personal_outside_its_value(bench: Bench) -> None:
    (letters, _) = bench.provider.take([record(instruct())])
    letter: Letter = letters[0]

    envelope = Envelope.from_headers(letter.headers)

    assert letter.key == b"p1"
    assert (envelope.type, envelope.source, envelope.subject) == ("payment.report.v1", "/bkash/payments", "p1")
    assert ACCOUNT not in str(letter.headers)
    assert Report.read(letter.value).account == ACCOUNT


def test_accounts_decide_first_and_chance_afterwards_in_about_the_stated_shares() -> None:
    states = {"dead": AccountState.DORMANT, "none": AccountState.MISSING, "other": AccountState.OTHER_HOLDER}
    choose = honest(5, listed_accounts(states))

    def count(account: str, of: int) -> Counter[tuple[Mode, str | None]]:
        return Counter(choose(instruct(payment=f"p{n}", account=account)) for n in range(of))

    good = count(ACCOUNT, 20_000)
    rates = Rates()
    for mode, rate in ((Mode.TWICE, rates.twice), (Mode.LATE, rates.late), (Mode.NEVER, rates.never)):
        assert good[mode, None] == pytest.approx(20_000 * rate, rel=0.2)
    assert good[Mode.ACCEPT, None] > 18_000
    assert count("none", 100) == {(Mode.REFUSE, "no_such_account"): 100}
    assert count("other", 100) == {(Mode.REFUSE, "holder_differs"): 100}
    dormant = count("dead", 1_000)
    assert set(dormant) == {(Mode.REFUSE, "account_dormant"), (Mode.RETURN, "wallet_never_activated")}
    assert dormant[Mode.REFUSE, "account_dormant"] == pytest.approx(300, rel=0.2)
