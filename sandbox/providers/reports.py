"""Reports, and the envelope that they travel in. The same fact is always the same bytes under the same event id."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from sandbox.providers.attempts import FAILED, PENDING, RETURNED, Attempt, Outcome
from shared.contracts.payment import Cancel, Inquire, Instruct, Report
from shared.envelope import Envelope, event_id, traceparent_of
from shared.stage.messages import moment
from shared.stage.records import Headers

TYPE = "payment.report.v1"
Kind = Literal["credited", "failed", "returned", "pending", "not_found", "cancelled", "withdrawn"]


class Said(msgspec.Struct, frozen=True, gc=False):
    """A report and when what it says came about, µs since 1970 UTC."""

    report: Report
    at_us: int


class Letter(msgspec.Struct, frozen=True, gc=False):
    """A report as it is sent."""

    key: bytes
    headers: Headers
    value: bytes


def what_is_so(attempt: Attempt, now_us: int) -> Sequence[Said]:
    """How an attempt stands; one whose money came back was credited before."""
    outcome = attempt.outcome
    if outcome is PENDING:
        return (_said(attempt, "pending", None, now_us),)
    if outcome is RETURNED and attempt.returned_us is not None:
        return (
            _said(attempt, "credited", None, attempt.at_us),
            _said(attempt, "returned", attempt.code, attempt.returned_us),
        )
    if outcome is FAILED:
        return (_said(attempt, "failed", attempt.code, attempt.at_us),)
    kind: Kind = "cancelled" if outcome is Outcome.CANCELLED else "credited"
    return (_said(attempt, kind, None, attempt.at_us),)


def withdrawn(attempt: Attempt, now_us: int) -> Said:
    """The person has taken the money out."""
    return _said(attempt, "withdrawn", None, now_us)


def not_found(asked: Inquire, now_us: int) -> Said:
    """There is no such attempt here yet."""
    return _of(asked, "not_found", None, now_us)


def failed(told: Instruct | Cancel, code: str, now_us: int) -> Said:
    """The attempt was never carried out under this payment, and never will be."""
    return _of(told, "failed", code, now_us)


def letter(provider: str, said: Said) -> Letter:
    """What is sent for it: CloudEvents in Kafka's binary mode, keyed by payment."""
    report = said.report
    event = event_id(provider, TYPE, f"{report.attempt_ref}|{report.kind}", report.attempt, said.at_us)
    envelope = Envelope(
        event, f"/{provider}/payments", TYPE, report.payment_id, said.at_us, None, traceparent_of(event)
    )
    return Letter(report.payment_id.encode(), envelope.to_headers(), report.write())


def _said(attempt: Attempt, kind: Kind, code: str | None, at_us: int) -> Said:
    paid = kind in ("credited", "returned")
    dormant = attempt.code == "wallet_never_activated"
    report = Report(
        payment_id=attempt.payment_id,
        attempt=attempt.attempt,
        attempt_ref=attempt.attempt_ref,
        kind=kind,
        amount_poisha=attempt.amount_poisha,
        account=attempt.account,
        account_state=("dormant" if dormant else "active") if kind == "credited" else None,
        provider_ref=f"T{event_id('provider', 'transfer', attempt.attempt_ref, 0, 0)[:13]}" if paid else None,
        code=code,
        at=moment(at_us),
    )
    return Said(report, at_us)


def _of(told: Instruct | Inquire | Cancel, kind: Kind, code: str | None, at_us: int) -> Said:
    report = Report(
        payment_id=told.payment_id,
        attempt=told.attempt,
        attempt_ref=told.attempt_ref,
        kind=kind,
        code=code,
        at=moment(at_us),
    )
    return Said(report, at_us)
