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


CHANGES: Table[AccountChangeRow] = Table(
    "account_changes", AccountChangeRow, ("entitlement_id", "revision", "n"), (("account",), ("clerk",))
)
TABLES = (CHANGES,)
