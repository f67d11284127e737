"""A provider keeps its contract whatever it is told, in whatever order, however often it restarts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.providers.accounts import AccountState, listed_accounts
from sandbox.providers.behaviour import Behaviour, Rates, always, honest
from sandbox.providers.desk import Desk, Told
from sandbox.providers.ledger import Ledger, read_ledger
from sandbox.providers.memory import Memory
from sandbox.providers.modes import Delays, Mode
from sandbox.providers.provider import Provider
from sandbox.providers.reports import Letter
from shared.contracts.payment import Cancel, Inquire, Instruct, Report
from shared.envelope import Envelope
from shared.policy import Policy
from shared.stage.records import Headers

START_US = 1_780_000_000_000_000
SECOND_US = 1_000_000
ACCOUNT = "01712345678"
DELAYS = Delays(late_s=10, repeat_s=2, time_out_s=10, return_s=30)


class Bench:
    """One provider with a clock in our hands, which can be ended and started again."""

    def __init__(self, policy: Policy, folder: Path, behaviour: Behaviour, code: str = "bkash") -> None:
        self.path, self.now_us = folder / f"{code}.db", START_US
        self._desk, self._code = Desk(policy.providers[code], behaviour, DELAYS), code
        self.provider = self._start()

    def _start(self) -> Provider:
        return Provider(self._code, self._desk, Memory(self.path), lambda: self.now_us)

    def restart(self) -> None:
        self.provider.close()
        self.provider = self._start()

    def tell(self, *told: Told) -> list[Report]:
        letters, unreadable = self.provider.take([_record(one) for one in told])
        assert not unreadable
        return [Report.read(letter.value) for letter in letters]

    def wait(self, seconds: float) -> list[Report]:
        self.now_us += int(seconds * SECOND_US)
        letters, due = self.provider.fall_due()
        self.provider.done(due)
        return [Report.read(letter.value) for letter in letters]

    def ledger(self) -> Ledger:
        return read_ledger(self.path)


def _record(told: Told) -> tuple[Headers, bytes]:
    type_ = f"payment.{type(told).__name__.lower()}.v1"
    return Envelope(id="e", source="/dsr/payments", type=type_).to_headers(), told.write()


def instruct(
    ref: str = "p1-1", attempt: int = 1, payment: str = "p1", valid_s: float = 3_600, amount: int = 195_000,
    account: str = ACCOUNT, routing: str | None = None,
) -> Instruct:  # fmt: skip
    """An instruction that nothing speaks against."""
    return Instruct(
        payment_id=payment,
        attempt=attempt,
        attempt_ref=ref,
        amount_poisha=amount,
        account=account,
        routing_number=routing,
        holder_name="Rahima Khatun",
        programme="old_age",
        cycle="2026-Q4",
        valid_until=datetime.fromtimestamp(START_US / SECOND_US + valid_s, UTC),
    )


def inquire(ref: str = "p1-1", attempt: int = 1, payment: str = "p1") -> Inquire:
    return Inquire(payment_id=payment, attempt=attempt, attempt_ref=ref)


def cancel(ref: str = "p1-1", attempt: int = 1, payment: str = "p1") -> Cancel:
    return Cancel(payment_id=payment, attempt=attempt, attempt_ref=ref)


def kinds(reports: Sequence[Report]) -> list[str]:
    return [report.kind for report in reports]


def said(reports: Sequence[Report]) -> list[tuple[str, str | None]]:
    return [(report.kind, report.code) for report in reports]


@pytest.fixture
def bench(policy: Policy, tmp_path: Path) -> Bench:
    return Bench(policy, tmp_path, always(Mode.ACCEPT))


def with_mode(policy: Policy, folder: Path, mode: Mode) -> Bench:
    return Bench(policy, folder, always(mode))


def test_an_instruction_told_again_pays_nothing_more_and_is_answered_with_the_same_bytes(bench: Bench) -> None:
    order = _record(instruct())

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
    good = _record(instruct())
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
    (letters, _) = bench.provider.take([_record(instruct())])
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


class Step(NamedTuple):
    """One thing that happens: a message, a wait, a restart, or the last batch once more."""

    what: Literal["instruct", "inquire", "cancel", "wait", "restart", "again"]
    payment: str
    attempt: int
    ref: str
    seconds: int


WHAT = ["instruct", "instruct", "instruct", "instruct", "wait", "inquire", "cancel", "restart", "again"]
STEP = st.builds(
    Step,
    st.sampled_from(WHAT),
    st.sampled_from("ppq"),
    st.integers(1, 3),
    st.sampled_from("abc"),
    st.sampled_from([1, 11, 40]),
)
STEPS = st.lists(STEP, min_size=10, max_size=25)
"""Long ones: what pays twice needs several attempts in the right order."""
MODES = st.lists(st.sampled_from([Mode.LATE, *Mode]), min_size=3, max_size=3)


@given(STEPS, MODES)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_at_most_one_success_a_payment_and_no_two_answers_that_contradict(
    policy: Policy, steps: list[Step], modes: list[Mode]
) -> None:
    plans = {ref: always(mode) for ref, mode in zip("abc", modes, strict=True)}
    with TemporaryDirectory() as folder:
        bench = Bench(policy, Path(folder), lambda order: plans[order.attempt_ref](order))
        last: list[Told] = []
        answers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for step in steps:
            if step.what == "restart":
                bench.restart()
                continue
            if step.what == "wait":
                reports = bench.wait(step.seconds)
            else:
                make = {"instruct": instruct, "inquire": inquire, "cancel": cancel}.get(step.what)
                last = last if make is None else [make(step.ref, step.attempt, step.payment)]  # type: ignore[operator]
                reports = bench.tell(*last)
            for report in reports:
                answers[report.payment_id, report.attempt_ref].add(report.kind)
        ledger = bench.ledger()
        bench.provider.close()

    assert ledger.paid_twice == 0
    paid = [payment for (payment, _), told in answers.items() if told & {"credited", "returned"}]
    assert len(paid) == len(set(paid))
    for told in answers.values():
        final = told & {"credited", "failed", "cancelled"}
        assert len(final) <= 1, "what is final never changes"
        assert "returned" not in told or "credited" in told
    assert ledger.credited >= len(paid)
