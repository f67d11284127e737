"""Kills two instances of payments again and again while providers misbehave: ``python -m bench.payments.kills``.

Bars: 0 payments paid twice by the providers' own books, 0 poisha lost, the ledger balanced, and in the end every
payment final or on a person's list. Entitlements come while the killing goes on, so that it meets every step.
"""

import asyncio
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any, Final
from uuid import UUID, uuid5

import click
import httpx
from aiokafka import AIOKafkaProducer

from bench.payments.result import Bar, record
from sandbox.deployment.deployment import ROOT, Deployment, log_of, prepare
from sandbox.kafka.choose import local_or_given
from sandbox.ports import free_ports
from sandbox.providers.run import ledgers
from sandbox.server_process import ServerProcess
from services.payments.books.running import Books
from services.payments.checks import findings
from services.payments.publish import is_transition
from services.payments.tables import TABLES
from shared import topics
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.person import Name, Payee
from shared.envelope import Envelope
from shared.http.client import Unreachable
from shared.policy import load_policy
from shared.store.opening import open_store
from shared.store.tables import COMMON, DECISIONS

PROGRAMME, CYCLE, STARTS = "old_age", "bench", date(2026, 7, 1)
PROVIDERS: Final = ("bkash", "nagad")
POLICY: Final = ROOT / "deploy" / "policy"
FOLDER: Final = Path("var/bench/kills")
SPACE: Final = UUID("00000000-0000-5000-8000-0000000000be")
PAUSE_S: Final = (0.3, 2.5)
"""How long an instance lives between two kills: from before it is ready until well into its work."""
DRAIN_S: Final = 240.0
POLL_S: Final = 3.0
WAIT_FACTOR: Final = 5e-5
FINAL: Final = frozenset({"credited", "withdrawn", "failed", "cancelled", "returned"})


@dataclass(slots=True)
class Pair:
    """Two instances, of which one is killed at a time."""

    deployment: Deployment
    random: Random
    ports: tuple[int, ...]
    processes: list[ServerProcess | None]
    kills: int = 0

    def start(self, place: int) -> None:
        """Start an instance, under the name that it always has."""
        environment = {
            **self.deployment.environment,
            "DSR_INSTANCE": str(place),
            "DSR_PAYMENTS_PORT": str(self.ports[place]),
        }
        log = log_of(self.deployment.folder, f"payments-{place}")
        self.processes[place] = ServerProcess([sys.executable, "-m", "services.payments"], ROOT, log, environment)

    def kill(self) -> None:
        """End one as if by power, and start it again."""
        place = self.random.randrange(2)
        process = self.processes[place]
        if process is not None:
            process.kill()
        self.kills += 1
        self.start(place)

    def stop(self) -> None:
        """End both in good order."""
        for process in self.processes:
            if process is not None:
                process.stop(20.0)


def entitlements(count: int) -> Iterator[EntitlementChanged]:
    """So many people, each with an account of their own."""
    for number in range(count):
        yield EntitlementChanged(
            entitlement_id=str(uuid5(SPACE, str(number))),
            application_id=f"a{number}",
            source="msw",
            source_ref=f"ref-{number}",
            revision=1,
            n=1,
            change="granted",
            programme=PROGRAMME,
            rate_class="default",
            starts_on=STARTS,
            person_id=f"p{number}",
            cluster=(f"p{number}",),
            area="3026",
            payee=Payee(
                kind="self",
                provider=PROVIDERS[number % len(PROVIDERS)],
                account=f"017{number:08d}",
                holder_name=Name(en="Generated Person"),
            ),
            received_at=datetime(2026, 7, 1, tzinfo=UTC),
        )


async def feed(bootstrap: str, count: int, seconds: float) -> None:
    """Send all of them, spread over so many seconds."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    begun = monotonic()
    for number, change in enumerate(entitlements(count)):
        envelope = Envelope(str(uuid5(SPACE, f"event {number}")), "/bench", "entitlement.changed.v1")
        headers = list(envelope.to_headers())
        key = change.entitlement_id.encode()
        await producer.send(topics.ENTITLEMENT_CHANGED, change.write(), key, headers=headers)
        if number % 100 == 99:
            await asyncio.sleep(max(0.0, begun + seconds * number / count - monotonic()))
    await producer.stop()


def open_cycle(deployment: Deployment, count: int, poisha: int) -> None:
    """The treasury's orders, and the cycle."""
    whole = poisha * count
    with deployment.client("treasury") as client:
        for name in ("allocate", "release"):
            arguments = {"programme": PROGRAMME, "cycle": CYCLE, "poisha": whole, "order_ref": f"{name}-1"}
            client.send_command("payments", f"treasury.{name}", f"{PROGRAMME}|{CYCLE}", arguments)
    with deployment.client() as client:
        arguments = {"programme": PROGRAMME, "cycle": CYCLE, "starts_on": STARTS.isoformat()}
        client.send_command("payments", "cycle.open", f"{PROGRAMME}|{CYCLE}", arguments)


async def look(deployment: Deployment, count: int) -> tuple[Counter[str], int]:
    """How many payments stand where, and how many are neither final nor on a person's list nor there at all."""
    store = open_store(deployment.settings().store_url("payments"))
    await store.open((*COMMON, *TABLES))
    try:
        last = {row.subject: row async for row in store.scan(DECISIONS) if is_transition(row)}
    finally:
        await store.close()
    states = Counter(row.state for row in last.values())
    waiting = sum(row.state not in FINAL and b'"next":"operator"' not in row.body for row in last.values())
    return states, waiting + count - len(last)


async def drained(deployment: Deployment, count: int) -> None:
    """Return when nothing is open any more, or when that has taken too long; the judgement tells which."""
    until = monotonic() + DRAIN_S
    for _ in range(int(DRAIN_S / POLL_S)):
        if monotonic() > until or not (await look(deployment, count))[1]:
            return
        await asyncio.sleep(POLL_S)


async def judge(deployment: Deployment, count: int, poisha: int, kills: int) -> dict[str, Any]:
    """What came of it, by our store and by the providers' books."""
    states, waiting = await look(deployment, count)
    paid = ledgers(deployment.folder / "providers", PROVIDERS)
    store = open_store(deployment.settings().store_url("payments"))
    await store.open((*COMMON, *TABLES))
    try:
        books = await Books.resume(store, deployment.policy)
        await books.catch_up()
        found = await findings(store, books)
        (whole,) = books.ledger.by(["programme"]).values()
    finally:
        await store.close()
    outside = sum(one.credited_poisha - one.returned_poisha for one in paid)
    return {
        "payments": count,
        "kills": kills,
        "states": dict(states),
        "neither_final_nor_on_a_list": waiting,
        "paid_twice_by_the_providers_books": sum(one.paid_twice for one in paid),
        "credited_poisha_by_the_providers_books": outside,
        "credited_poisha_by_the_journal": whole.reached + whole.credited,
        "lost_poisha": count * poisha - whole.reached - whole.credited - whole.in_transit - whole.back - whole.suspense,
        "in_transit_poisha": whole.in_transit,
        "ledger_balanced": sum(books.ledger.balances.values()) == 0 and not books.ledger.unbalanced,
        "transitions": books.ledger.transitions,
        "invariants": {finding.id: finding.holds for finding in found},
    }


async def run(count: int, kills: int, seed: int, folder: Path) -> dict[str, Any]:
    """The whole thing on a Kafka of its own."""
    policy = load_policy(POLICY)
    poisha = policy.programmes[PROGRAMME].cycle_poisha("default", STARTS)
    with local_or_given(os.environ.get("DSR_KAFKA"), folder / "kafka") as bootstrap:
        deployment = await prepare(folder, bootstrap, policy, POLICY, WAIT_FACTOR)
        (second,) = free_ports(1)
        first = int(deployment.environment["DSR_PAYMENTS_PORT"])
        pair = Pair(deployment, Random(seed), (first, second), [None, None])
        argv = [sys.executable, "-m", "bench.payments.shaky", bootstrap, str(folder / "providers"), *PROVIDERS]
        shaky = ServerProcess(argv, ROOT, log_of(folder, "providers"), {})
        try:
            pair.start(0)
            pair.start(1)
            await asyncio.to_thread(_until_it_answers, deployment)
            await asyncio.to_thread(open_cycle, deployment, count, poisha)
            feeding = asyncio.create_task(feed(bootstrap, count, kills * sum(PAUSE_S) / 2))
            for _ in range(kills):
                await asyncio.sleep(pair.random.uniform(*PAUSE_S))
                pair.kill()
            await feeding
            await drained(deployment, count)
        finally:
            pair.stop()
            shaky.stop(20.0)
        return await judge(deployment, count, poisha, pair.kills)


def _until_it_answers(deployment: Deployment) -> None:
    until = monotonic() + 90.0
    with deployment.client() as client:
        while monotonic() < until:
            with suppress(Unreachable, httpx.HTTPError):
                if not client.readiness("payments"):
                    return
            sleep(0.2)


@click.command()
@click.option("--payments", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--kills", type=click.IntRange(1), default=200, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(payments: int, kills: int, seed: int) -> None:
    """Kill, drain, judge; the figures go into var/bench/payments.json."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "providers").mkdir(parents=True)
    figures = asyncio.run(run(payments, kills, seed, FOLDER.absolute()))
    twice, waiting = figures["paid_twice_by_the_providers_books"], figures["neither_final_nor_on_a_list"]
    balanced, invariants = figures["ledger_balanced"], figures["invariants"]
    bars = (
        Bar(f"{kills} kill -9, {payments:,} payments: 0 paid twice", f"{twice} paid twice", not twice),
        Bar("0 poisha lost", f"{figures['lost_poisha']} poisha", not figures["lost_poisha"]),
        Bar("every payment final or on a person's list", f"{waiting} not", not waiting),
        Bar("ledger balanced", str(balanced), balanced),
        Bar("I3, I4 and I5 hold", str(invariants), all(invariants.values())),
    )
    sys.exit(0 if record("kills", figures, bars) else 1)


if __name__ == "__main__":
    main()
