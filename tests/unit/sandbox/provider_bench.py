"""One provider with a clock in our hands, and what it is told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sandbox.providers.behaviour import Behaviour, always
from sandbox.providers.desk import Desk, Told
from sandbox.providers.ledger import Ledger, read_ledger
from sandbox.providers.memory import Memory
from sandbox.providers.modes import Delays, Mode
from sandbox.providers.provider import Provider
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
        letters, unreadable = self.provider.take([record(one) for one in told])
        assert not unreadable
        return [Report.read(letter.value) for letter in letters]

    def wait(self, seconds: float) -> list[Report]:
        self.now_us += int(seconds * SECOND_US)
        letters, due = self.provider.fall_due()
        self.provider.done(due)
        return [Report.read(letter.value) for letter in letters]

    def ledger(self) -> Ledger:
        return read_ledger(self.path)


def record(told: Told) -> tuple[Headers, bytes]:
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


def with_mode(policy: Policy, folder: Path, mode: Mode) -> Bench:
    return Bench(policy, folder, always(mode))
