"""The rows of changed accounts. What was found out about an account are decisions under its ``verify_ref``."""

from typing import NamedTuple

from shared.store.port import Table


class AccountChangeRow(NamedTuple):
    """A change of an account that could have been paid to. ``clerk`` is empty where the source does not say who."""

    entitlement_id: str
    revision: int
    n: int
    account: str
    old_account: str
    clerk: str
    at_us: int


class QuestionRow(NamedTuple):
    """A question under its reference: whom it was put to, about which entitlement."""

    verify_ref: str
    provider: str
    entitlement_id: str
    programme: str


CHANGES: Table[AccountChangeRow] = Table(
    "account_changes", AccountChangeRow, ("entitlement_id", "revision", "n"), (("account",), ("clerk",))
)
QUESTIONS: Table[QuestionRow] = Table("account_questions", QuestionRow, ("verify_ref",))
TABLES = (CHANGES, QUESTIONS)
