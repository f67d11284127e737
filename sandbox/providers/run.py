"""Runs providers until they are told to stop, and writes down what they paid."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom
from typing import NamedTuple

from sandbox.providers.accounts import Accounts, hashed_accounts, read_accounts
from sandbox.providers.app import run_providers
from sandbox.providers.behaviour import Behaviour, always, honest
from sandbox.providers.desk import Desk
from sandbox.providers.ledger import Ledger, read_ledger
from sandbox.providers.memory import Memory
from sandbox.providers.modes import Delays, Mode
from sandbox.providers.provider import Provider
from shared.kafka.admin import create_topics, wait_for_kafka
from shared.memory import settle_memory
from shared.policy import Policy
from shared.service.assembly import now_us
from shared.settings import Settings
from shared.topics import all_topics, instruction, report

LEDGERS = "ledgers.json"


class Setup(NamedTuple):
    """``folder`` keeps the memories; without ``accounts`` (a file of ``write_accounts``) states are made up by seed.

    ``mode`` is one fate for every instruction instead of what happens to honest providers.
    """

    folder: Path
    seed: int = 1
    accounts: Path | None = None
    delays: Delays = Delays()
    mode: Mode | None = None


def build(codes: Sequence[str], policy: Policy, setup: Setup) -> list[Provider]:
    """The providers with these codes. Raises ``AccountsUnreadable`` and ``MemoryUnusable``."""
    known = None if setup.accounts is None else read_accounts(setup.accounts)
    everywhere = hashed_accounts(setup.seed)
    nowhere_bad = hashed_accounts(setup.seed, 0, 0)

    def accounts(code: str) -> Accounts:
        return everywhere if known is None else known.get(code, nowhere_bad)

    def behaviour(code: str) -> Behaviour:
        return always(setup.mode) if setup.mode is not None else honest(setup.seed, accounts(code))

    return [
        Provider(
            code,
            Desk(policy.providers[code], behaviour(code), setup.delays),
            Memory(memory_of(setup.folder, code)),
            now_us,
            accounts(code),
        )
        for code in codes
    ]


def memory_of(folder: Path, code: str) -> Path:
    """Where a provider's memory is."""
    return folder / f"{code}.db"


async def serve(codes: Sequence[str], policy: Policy, settings: Settings, setup: Setup) -> None:
    """Run until SIGTERM or SIGINT, then write ``ledgers.json``. Topics that are missing are made.

    Raises ``NoKafka`` where none answers in time.
    """
    await wait_for_kafka(settings.kafka, settings.kafka_wait_s, random=SystemRandom())
    own = {name for code in codes for name in (instruction(code), report(code))}
    everything = all_topics(policy.sources, policy.providers)
    await create_topics(settings.kafka, [topic for topic in everything if topic.name in own])
    providers = build(codes, policy, setup)
    settle_memory()
    try:
        await run_providers(settings.kafka, providers)
    finally:
        await asyncio.to_thread(write_ledgers, setup.folder, codes)


def ledgers(folder: Path, codes: Sequence[str]) -> list[Ledger]:
    """What each of these has paid so far; also while they run. Raises ``MemoryUnusable``."""
    return [read_ledger(memory_of(folder, code)) for code in codes]


def write_ledgers(folder: Path, codes: Sequence[str]) -> None:
    """Write ``ledgers.json`` beside the memories."""
    content = [ledger.as_json() for ledger in ledgers(folder, codes)]
    (folder / LEDGERS).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
