"""What a provider answers when it is asked about an account before any money goes there."""

from datetime import UTC, datetime
from typing import Literal

from sandbox.providers.accounts import Accounts, AccountState, position_of
from sandbox.providers.reports import Letter
from shared.contracts.account import AccountReport, Verify
from shared.envelope import Envelope, event_id, traceparent_of

TYPE = "account.report.v1"
REVIEW_RATE = 0.02
"""Of good accounts the share whose registered name is spelt so differently that a person has to compare (assumed)."""


def verified(provider: str, asked: Verify, accounts: Accounts, now_us: int) -> Letter:
    """The answer: it exists, it is in use, it is the payee's. Asked again, the same is so."""
    state = accounts(asked.account)
    report = AccountReport(
        verify_ref=asked.verify_ref,
        entitlement_id=asked.entitlement_id,
        exists=state is not AccountState.MISSING,
        active=None if state is AccountState.MISSING else state is not AccountState.DORMANT,
        owner=_owner(asked, state),
        at=datetime.fromtimestamp(now_us / 1_000_000, UTC),
    )
    event = event_id(provider, TYPE, asked.verify_ref, 0, now_us)
    envelope = Envelope(
        event, f"/{provider}/accounts", TYPE, report.entitlement_id, now_us, None, traceparent_of(event)
    )
    return Letter(report.entitlement_id.encode(), envelope.to_headers(), report.write())


def _owner(asked: Verify, state: AccountState) -> Literal["match", "review", "refuse"] | None:
    if state is AccountState.MISSING:
        return None
    if state is AccountState.OTHER_HOLDER:
        return "refuse"
    return "review" if position_of(0, "spelling", asked.account) < REVIEW_RATE else "match"
