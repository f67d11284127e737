"""How a programme's money leaves: by approved list or straight through, and what stands before the first payment.

No public source says who signs a payroll in which order, how long a changed account cools off, or how much of an
allowance may be held back to recover an overpayment: all of it is a deployment's own choice (``basis``).
"""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from shared.policy.base import Basis, Key, PolicyPart, Text


class ApprovalStep(PolicyPart):
    """One signature, or one for each area. Who gives it has the API role ``approver:<level>[-<code>]``.

    ``within`` says what the code is: the beginning of a BBS geo code that the people paid live under (*area*), the
    ministry that owns the programme (*ministry*), or nothing (*country*).
    """

    level: Key
    within: Literal["area", "ministry", "country"]


DEFAULT_CHAIN = (
    ApprovalStep(level="upazila", within="area"),
    ApprovalStep(level="ministry", within="ministry"),
    ApprovalStep(level="finance", within="country"),
)


class AccountChangeRule(PolicyPart):
    """What a change of an account that was good to pay to has to pass: a second person, and time.

    More than ``clerk_changes_max`` changes by one clerk, or more than ``account_changes_max`` to one account, within
    ``window_hours`` are a burst: all of them are held, until somebody has looked at each.
    """

    cooling_hours: int = Field(default=72, ge=0, le=90 * 24)
    window_hours: int = Field(default=7 * 24, ge=1, le=90 * 24)
    clerk_changes_max: int = Field(default=10, ge=1)
    account_changes_max: int = Field(default=1, ge=1)

    @property
    def cooling(self) -> timedelta:
        """How long nothing is paid to the new account."""
        return timedelta(hours=self.cooling_hours)

    @property
    def window(self) -> timedelta:
        """Over how long changes are counted."""
        return timedelta(hours=self.window_hours)


class Payroll(PolicyPart):
    """How a programme pays.

    ``flow``: *by_list* pays nobody who is not on a frozen, approved and released list of the cycle, and whoever is
    cleared later joins the next one; *straight_through* pays each entitlement as it comes, as far as money is released.
    ``leaves_as``: an instruction to each provider, or one EFT file for iBAS++. ``account_check``: nothing goes to an
    account before its provider has said that it exists, is active and is the payee's. ``arrears_cycles_max``: for how
    many earlier cycles somebody who was enrolled late is paid. ``recovery_percent``: the most of one payment that is
    held back for an overpayment. ``budget_code``: the programme's code in iBAS++; orders under another are refused.
    """

    flow: Literal["by_list", "straight_through"] = "by_list"
    leaves_as: Literal["instructions", "eft_file"] = "instructions"
    approval: tuple[ApprovalStep, ...] = Field(default=DEFAULT_CHAIN, min_length=1)
    account_check: bool = True
    account_change: AccountChangeRule = AccountChangeRule()
    arrears_cycles_max: int = Field(default=4, ge=0, le=40)
    recovery_percent: int = Field(default=25, ge=0, le=90)
    budget_code: Text | None = None
    basis: Basis = "assumed"
