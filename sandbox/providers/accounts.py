"""Which accounts are no good. A provider knows its own; nobody outside does before money has been sent.

Either the truth of a population is written to a file (``write_accounts``), or it is a pure function of the account.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

from sandbox.population.people import WalletState
from sandbox.population.truth import Truth
from shared.errors import DsrError

DORMANT_RATE, MISSING_RATE = 0.126, 0.03
"""Never activated (TBS) and no wallet (Pangsha, sokalersomoy.online): domain.md §6."""


class AccountState(StrEnum):
    """What a provider finds when it looks an account up. ``OTHER_HOLDER``: the SIM is somebody else's."""

    ACTIVE = "active"
    DORMANT = "dormant"
    MISSING = "missing"
    OTHER_HOLDER = "other_holder"


Accounts = Callable[[str], AccountState]
"""The state of an account by its number."""

_STATE_OF = {
    WalletState.ACTIVE: AccountState.ACTIVE,
    WalletState.SHARED: AccountState.ACTIVE,  # a husband's wallet takes his wife's allowance like any money
    WalletState.DORMANT: AccountState.DORMANT,
    WalletState.MISMATCH: AccountState.OTHER_HOLDER,
}


class AccountsUnreadable(DsrError):
    """The file of accounts is not one that ``write_accounts`` wrote."""

    exit_code = 2

    def __init__(self, path: Path, cause: str) -> None:
        self.path, self.cause = path, cause
        super().__init__(f"The accounts in {path} cannot be used: {cause}.")


def hashed_accounts(seed: int, dormant: float = DORMANT_RATE, missing: float = MISSING_RATE) -> Accounts:
    """Shares of all conceivable accounts are dormant or do not exist, always the same ones for a seed."""

    def state(account: str) -> AccountState:
        position = position_of(seed, "account", account)
        if position < dormant:
            return AccountState.DORMANT
        return AccountState.MISSING if position < dormant + missing else AccountState.ACTIVE

    return state


def listed_accounts(states: Mapping[str, AccountState]) -> Accounts:
    """Those of a list; every other account is active."""
    return lambda account: states.get(account, AccountState.ACTIVE)


ALL_GOOD: Accounts = listed_accounts({})
"""Every account is active and its holder's."""


def write_accounts(path: Path, truths: Iterable[Truth]) -> int:
    """Write the accounts of a population that are not simply active, by provider; how many.

    An account that serves somebody well is active, whatever else is said of it.
    """
    states: dict[tuple[str, str], AccountState] = {}
    for truth in truths:
        wallet = truth.wallet
        if wallet.state in _STATE_OF:
            key, state = (wallet.provider, wallet.account), _STATE_OF[wallet.state]
            if states.get(key) is not AccountState.ACTIVE:
                states[key] = state
    rows = [(*key, state) for key, state in states.items() if state is not AccountState.ACTIVE]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("provider", "account", "state"))
        writer.writerows(rows)
    return len(rows)


def read_accounts(path: Path) -> dict[str, Accounts]:
    """The accounts of such a file, by provider. Raises ``AccountsUnreadable``."""
    found: dict[str, dict[str, AccountState]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                found.setdefault(row["provider"], {})[row["account"]] = AccountState(row["state"])
    except OSError as error:
        raise AccountsUnreadable(path, error.strerror or "it cannot be read") from None
    except (KeyError, ValueError, csv.Error):
        raise AccountsUnreadable(
            path, "it needs the columns provider, account and state, as this sandbox writes"
        ) from None
    return {provider: listed_accounts(states) for provider, states in found.items()}


def position_of(seed: int, purpose: str, text: str) -> float:
    """A number from 0 up to but not including 1, the same for ever for these arguments."""
    digest = blake2b(f"{seed}|{purpose}|{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
