"""What providers take: accounts of their kind, amounts within their limits, messages or files (domain.md §5)."""

from typing import Literal

import msgspec

from shared.contracts.person import Payee
from shared.policy.policy import Policy
from shared.reference.identifiers import Wrong, account, routing_number

Fault = Literal["no_account", "provider_unknown", "account_not_of_provider", "routing_number_wrong"]


class Account(msgspec.Struct, frozen=True, gc=False):
    """Where the money goes, in the provider's own format, ASCII digits."""

    provider: str
    number: str
    routing_number: str | None
    holder_name: str


def payable(policy: Policy, payee: Payee | None) -> Account | Fault:
    """The account to pay to, or why there is none."""
    if payee is None or not payee.account:
        return "no_account"
    provider = policy.providers.get(payee.provider)
    if provider is None:
        return "provider_unknown"
    number = account(provider.account_format, payee.account)
    if isinstance(number, Wrong):
        return "account_not_of_provider"
    routing: str | None = None
    if provider.needs_routing_number:
        checked = routing_number(payee.routing_number or "")
        if isinstance(checked, Wrong):
            return "routing_number_wrong"
        routing = checked
    return Account(provider.code, number, routing, payee.holder_name.en or payee.holder_name.bn or "")


def within_limits(policy: Policy, provider: str, poisha: int) -> bool:
    """Whether the provider takes a single payment of this amount."""
    declared = policy.providers[provider]
    return declared.payment_poisha_min <= poisha <= declared.payment_poisha_max


def takes_files(policy: Policy, provider: str) -> bool:
    """Whether a provider is a bank of the policy that is written to by files."""
    declared = policy.providers.get(provider)
    return declared is not None and declared.file_transfers_max is not None


def may_answer_by_files(policy: Policy, provider: str) -> bool:
    """Whether somebody here may bring in a provider's replies: a bank's, and any where a payroll leaves by EFT file."""
    by_eft = any(one.payroll.leaves_as == "eft_file" for one in policy.programmes.values())
    return takes_files(policy, provider) or (by_eft and provider in policy.providers)
