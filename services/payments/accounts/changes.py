"""When a changed account may be paid: a second person has confirmed it, it has cooled off, and it is no burst. Pure.

A thief changes many accounts to a few of his own, from one desk, shortly before a payday. So changes are counted by
clerk and by account over policy's window, in both directions from the change: the first of a burst is held with the
last.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from services.payments.accounts.tables import AccountChangeRow
from shared.contracts.person import Payee
from shared.policy.payroll import AccountChangeRule

Fault = Literal["account_change_rejected", "account_change_burst", "account_change_unconfirmed", "account_cooling_off"]
CONFIRMED, LOOKED_AT, REJECTED = "account_confirmed", "account_looked_at", "account_rejected"
"""What people have said of a change: the second person's word, the same after looking into a burst, and no."""


class Standing(NamedTuple):
    """How a change stands; ``until_us`` is when it has cooled off."""

    fault: Fault | None
    until_us: int


def key_of(payee: Payee) -> str:
    """What makes an account the same one."""
    return f"{payee.provider}|{payee.routing_number or ''}|{payee.account}"


def is_burst(
    rule: AccountChangeRule,
    change: AccountChangeRow,
    by_clerk: Sequence[AccountChangeRow],
    to_account: Sequence[AccountChangeRow],
) -> bool:
    """Whether too many changes stand beside this one; the sequences hold it too."""
    window_us = int(rule.window.total_seconds()) * 1_000_000

    def near(rows: Sequence[AccountChangeRow]) -> set[str]:
        return {row.entitlement_id for row in rows if abs(row.at_us - change.at_us) <= window_us}

    if change.clerk and len(near(by_clerk)) > rule.clerk_changes_max:
        return True
    return len(near(to_account)) > rule.account_changes_max


def standing(rule: AccountChangeRule, change: AccountChangeRow, word: str | None, burst: bool, now_us: int) -> Standing:
    """What still stands between a changed account and its first payment; ``word`` is the last that somebody said."""
    until_us = change.at_us + int(rule.cooling.total_seconds()) * 1_000_000
    if word == REJECTED:
        return Standing("account_change_rejected", until_us)
    if burst and word != LOOKED_AT:
        return Standing("account_change_burst", until_us)
    if word is None:
        return Standing("account_change_unconfirmed", until_us)
    return Standing("account_cooling_off" if now_us < until_us else None, until_us)
