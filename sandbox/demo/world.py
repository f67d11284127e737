"""The outside world of a demo: providers in a process of their own, the treasury, the clerks and the committees."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.committees import Habits, Minutes, decide_rounds
from sandbox.deployment.deployment import ROOT, STOP_S, Deployment, log_of
from sandbox.providers.run import ledgers
from sandbox.server_process import ServerProcess, make_folder
from sandbox.treasury import prepare_cycles
from shared.errors import DsrError
from shared.policy.dates import policy_date

PROVIDERS = "providers"
LATE_S, RETURN_S = 1.0, 3.0
"""Compressed time: what stands for days, and for weeks, with a sandbox's providers."""
POISHA_A_PERSON = 400_000
"""What the treasury gives each programme for each application expected: never short, so no payment waits for funds."""


class ProvidersEnded(DsrError):
    """The providers ended while the demo was to run."""

    def __init__(self, tail: str, log: Path) -> None:
        super().__init__(f"The sandbox's providers ended. The last lines of {log}:\n{tail}")


@dataclass(frozen=True, slots=True)
class World:
    """Who acts on the registry from outside."""

    deployment: Deployment
    providers: ServerProcess
    folder: Path

    def require_alive(self) -> None:
        """Raise ``ProvidersEnded`` if they have."""
        if self.providers.exit_code is not None:
            raise ProvidersEnded(self.providers.log_tail(), log_of(self.deployment.folder, PROVIDERS))

    def open_cycles(self, expected_applications: int) -> None:
        """The treasury allocates and releases; the operator opens this month's cycles, and the rounds."""
        today = policy_date(datetime.now(UTC))
        poisha = expected_applications * POISHA_A_PERSON
        with self.deployment.client("treasury") as treasury, self.deployment.client("operator") as operator:
            prepare_cycles(treasury, operator, self.deployment.policy, today, poisha)
            for programme in self._round_programmes():
                operator.send_command("enrolment", "round.open", programme)

    def close_rounds(self) -> None:
        """The operator closes the rounds: every cell is ranked, and places are offered."""
        with self.deployment.client("operator") as operator:
            for programme in self._round_programmes():
                operator.send_command("enrolment", "round.close", programme)

    def select(self, habits: Habits) -> Minutes:
        """The committees decide until no offer is open."""
        with self.deployment.client("committee") as committee:
            return decide_rounds(committee, habits)

    def _round_programmes(self) -> list[str]:
        programmes = self.deployment.policy.programmes
        return [code for code, each in programmes.items() if each.selection == "round" and each.open_to_applications]

    def paid_twice(self) -> int:
        """Payments that some provider has carried out more than once, by the providers' own books."""
        return sum(ledger.paid_twice for ledger in ledgers(self.folder, tuple(self.deployment.policy.providers)))


@contextmanager
def outside_world(
    deployment: Deployment,
    accounts: Path | None = None,
    seed: int = 1,
    late_s: float = LATE_S,
    return_s: float = RETURN_S,
) -> Iterator[World]:
    """Run the providers until the end of the block, with these seconds for days and for weeks."""
    folder = deployment.folder / PROVIDERS
    make_folder(folder)
    argv: Sequence[str] = [
        *(sys.executable, "-m", "sandbox.providers", "--directory", str(folder), "--seed", str(seed)),
        *("--late-s", str(late_s), "--return-s", str(return_s)),
        *(("--accounts", str(accounts)) if accounts is not None else ()),
    ]
    process = ServerProcess(argv, ROOT, log_of(deployment.folder, PROVIDERS), dict(deployment.environment))
    try:
        yield World(deployment, process, folder)
    finally:
        process.stop(STOP_S)
