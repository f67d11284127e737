"""What payments and a provider say to each other of an account before money goes there, and what its owner is told."""

from typing import Literal

from shared.contracts.base import Contract, Utc
from shared.contracts.person import Name, NationalId


class Verify(Contract):
    """``account.verify.v1``: does this account exist, is it in use, and is it the payee's? Never an instruction to pay.

    It goes out on the provider's instruction topic, keyed by entitlement. ``verify_ref`` names the question: the same
    account of the same entitlement is always asked for under the same one. The holder is who the ministry says it is.
    """

    verify_ref: str
    entitlement_id: str
    account: str
    routing_number: str | None = None
    holder_name: Name
    holder_national_id: NationalId | None = None


class AccountReport(Contract):
    """``account.report.v1``: a provider's answer on its report topic, keyed by entitlement.

    ``owner`` compares name and national id of the holder with the registration of the SIM or account: *match*,
    *review* (a person has to compare) or *refuse*; None where there is no account or the provider cannot tell.
    """

    verify_ref: str
    entitlement_id: str
    exists: bool
    active: bool | None = None
    owner: Literal["match", "review", "refuse"] | None = None
    at: Utc


class AccountNotice(Contract):
    """``account.notice.v1``: what the holder of the old account is told when another one is to be paid instead.

    ``provider`` and ``account`` are the old ones: the one place where a thief does not read along.
    """

    entitlement_id: str
    programme: str
    provider: str
    account: str
    text_en: str
    text_bn: str
    at: Utc
