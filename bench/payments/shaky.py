"""Providers that lose, repeat, delay and contradict their reports, as a process: ``python -m bench.payments.shaky``."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from sandbox.providers.accounts import position_of
from sandbox.providers.app import run_providers
from sandbox.providers.attempts import Books, Due
from sandbox.providers.behaviour import Behaviour
from sandbox.providers.breaking import BrokenDesk
from sandbox.providers.desk import Desk, Told
from sandbox.providers.memory import Memory
from sandbox.providers.modes import Breaking, Delays, Mode, Plan
from sandbox.providers.provider import Provider
from sandbox.providers.reports import Said
from sandbox.providers.run import memory_of
from shared.contracts.payment import Instruct
from shared.policy import load_policy
from shared.service.assembly import now_us

LOST, REPEATED, DELAYED, CONTRADICTED = 0.05, 0.05, 0.10, 0.01
SEED: Final = 7
DELAYS: Final = Delays(late_s=4.0, repeat_s=1.0)


def shaky() -> Behaviour:
    """What goes wrong with which payment: always the same."""

    def choose(order: Instruct) -> Plan:
        position = position_of(SEED, "shaky", order.payment_id)
        if position < LOST:
            return Plan(Mode.NEVER)
        if position < LOST + REPEATED:
            return Plan(Mode.TWICE)
        return Plan(Mode.LATE if position < LOST + REPEATED + DELAYED else Mode.ACCEPT)

    return choose


@dataclass(frozen=True, slots=True)
class ShakyDesk:
    """Contradicts itself for a share of the payments, and is honest otherwise."""

    honest: Desk
    liar: BrokenDesk

    def take(self, told: Told, books: Books, now_us: int) -> Sequence[Said]:
        """What one of the two says."""
        lies = position_of(SEED, "contradicts", told.payment_id) < CONTRADICTED
        return (self.liar if lies else self.honest).take(told, books, now_us)

    def fall_due(self, due: Due, books: Books, now_us: int) -> Sequence[Said]:
        """What comes later is honest."""
        return self.honest.fall_due(due, books, now_us)


@click.command()
@click.argument("bootstrap")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("codes", nargs=-1, required=True)
def main(bootstrap: str, folder: Path, codes: tuple[str, ...]) -> None:
    """Run these providers until SIGTERM; their memories are in FOLDER."""
    policy = load_policy(Path("deploy/policy"))
    providers = []
    for code in codes:
        honest = Desk(policy.providers[code], shaky(), DELAYS)
        desk = ShakyDesk(honest, BrokenDesk(honest, Breaking.TAKES_BACK))
        providers.append(Provider(code, desk, Memory(memory_of(folder, code)), now_us))
    asyncio.run(run_providers(bootstrap, providers))


if __name__ == "__main__":
    main()
