"""The file that tells a provider alone which accounts are right: written from the population, and read back."""

from pathlib import Path

import pytest

from sandbox.ministries.feed import Submission
from sandbox.population.families import Delivery
from sandbox.population.people import WalletState
from sandbox.providers.accounts import AccountState, AccountsUnreadable, read_accounts, write_accounts


def test_a_file_of_accounts_holds_what_the_population_planted(submissions: list[Submission], tmp_path: Path) -> None:
    truths = [sent.truth for sent in submissions if sent.truth is not None and sent.delivery is Delivery.FIRST]
    planted = {(truth.wallet.provider, truth.wallet.account): truth.wallet.state for truth in truths}
    path = tmp_path / "sub" / "accounts.csv"

    count = write_accounts(path, truths)

    accounts = read_accounts(path)
    dormant = [key for key, state in planted.items() if state is WalletState.DORMANT]
    active = [key for key, state in planted.items() if state is WalletState.ACTIVE]
    assert count == sum(state in (WalletState.DORMANT, WalletState.MISMATCH) for state in planted.values())
    assert len(dormant) > 20
    assert {accounts[provider](account) for provider, account in dormant} == {AccountState.DORMANT}
    assert {accounts[provider](account) for provider, account in active} == {AccountState.ACTIVE}


@pytest.mark.parametrize("text", ["account\n017\n", "provider,account,state\nbkash,017,asleep\n"])
def test_a_file_that_is_not_one_of_accounts_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(text)

    with pytest.raises(AccountsUnreadable, match=r"accounts\.csv cannot be used"):
        read_accounts(path)
