"""A provider on a real Kafka, as a process of its own: instructed by topic, it reports by topic, and remembers."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from sandbox.kafka.broker import LocalKafka
from sandbox.providers.app import Counter
from sandbox.providers.ledger import read_ledger
from sandbox.providers.modes import Mode
from sandbox.providers.run import Setup, build, memory_of
from shared.contracts.payment import Inquire, Instruct, Report
from shared.envelope import Envelope
from shared.kafka.admin import create_topics
from shared.kafka.consumer import KafkaSource
from shared.kafka.producer import KafkaSink
from shared.policy import load_policy
from shared.topics import all_topics, instruction, report

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
POLICY = ROOT / "deploy" / "policy"
PROVIDER = "upay"
PATIENCE_S = 60.0


@contextmanager
def _provider(bootstrap: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``dsr sandbox provider upay``; ended in good order at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "sandbox", "provider", PROVIDER, "--directory", str(folder),
         "--mode", "accept"],
        cwd=ROOT,
        env={**os.environ, "DSR_KAFKA": bootstrap, "DSR_POLICY_DIR": str(POLICY)},
    )  # fmt: skip
    try:
        yield process
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def _ends(bootstrap: str) -> AsyncIterator[tuple[AIOKafkaProducer, AIOKafkaConsumer]]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20)
    consumer = AIOKafkaConsumer(report(PROVIDER), bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    try:
        yield producer, consumer
    finally:
        await producer.stop()
        await consumer.stop()


def _instruct(payment_id: str) -> Instruct:
    return Instruct(
        payment_id=payment_id,
        attempt=1,
        attempt_ref=f"{payment_id}-1",
        amount_poisha=195_000,
        account="01712345678",
        holder_name="Rahima Khatun",
        programme="old_age",
        cycle="2026-Q4",
        valid_until=datetime.now(UTC) + timedelta(days=7),
    )


async def _tell(producer: AIOKafkaProducer, told: Instruct | Inquire) -> None:
    type_ = f"payment.{type(told).__name__.lower()}.v1"
    headers = list(Envelope(id=str(uuid4()), source="/dsr/payments", type=type_).to_headers())
    await producer.send_and_wait(instruction(PROVIDER), told.write(), told.payment_id.encode(), headers=headers)


async def _reports(consumer: AIOKafkaConsumer, count: int) -> list[Report]:
    async with asyncio.timeout(PATIENCE_S):
        return [Report.read((await consumer.getone()).value) for _ in range(count)]


async def _make_topics(bootstrap: str) -> None:
    policy = load_policy(POLICY)
    own = {instruction(PROVIDER), report(PROVIDER)}
    await create_topics(bootstrap, [one for one in all_topics(policy.sources, policy.providers) if one.name in own])


@asynccontextmanager
async def _at_the_counter(bootstrap: str, folder: Path) -> AsyncIterator[None]:
    """The same provider in this process, for as long as the block lasts; Kafka may be away when it begins."""
    (provider,) = build([PROVIDER], load_policy(POLICY), Setup(folder, mode=Mode.ACCEPT))
    sink, stop = KafkaSink(bootstrap, PROVIDER, delivery_timeout_s=5.0), asyncio.Event()
    source = KafkaSource(bootstrap, PROVIDER, [instruction(PROVIDER)], client_id=PROVIDER, call_timeout_s=5.0)
    serving = asyncio.create_task(Counter([provider], source, sink).serve(stop))
    try:
        yield
        stop.set()
        await serving
    finally:
        serving.cancel()
        await sink.stop()
        provider.close()


async def test_what_a_provider_is_instructed_it_pays_once_and_reports_also_after_a_restart(
    kafka: str, tmp_path: Path
) -> None:
    await _make_topics(kafka)
    orders = [_instruct(str(uuid4())) for _ in range(200)]

    async with _ends(kafka) as (producer, consumer):
        with _provider(kafka, tmp_path):
            await asyncio.gather(*(_tell(producer, order) for order in orders))
            await producer.send_and_wait(instruction(PROVIDER), b"\xff", headers=[("ce_type", b"\xff")])
            first = await _reports(consumer, len(orders))
        with _provider(kafka, tmp_path):
            await asyncio.gather(*(_tell(producer, order) for order in orders[:50]))
            asked = orders[0]
            inquiry = Inquire(payment_id=asked.payment_id, attempt=1, attempt_ref=asked.attempt_ref)
            await _tell(producer, inquiry)
            again = await _reports(consumer, 51)

    by_payment = {one.payment_id: one for one in first}
    assert set(by_payment) == {order.payment_id for order in orders}
    assert {one.kind for one in first} == {"credited"}
    assert all(by_payment[one.payment_id] == one for one in again), "the same fact is the same report"
    (ledger,) = json.loads((tmp_path / "ledgers.json").read_text())
    assert (ledger["credited"], ledger["credited_poisha"], ledger["paid_twice"]) == (200, 200 * 195_000, 0)


async def test_a_provider_comes_back_from_every_death_of_kafka_and_pays_each_order_once(tmp_path: Path) -> None:
    early, late = ([_instruct(str(uuid4())) for _ in range(60)] for _ in range(2))
    with LocalKafka(tmp_path / "kafka") as kafka:
        await _make_topics(kafka.bootstrap)
        async with _ends(kafka.bootstrap) as (producer, _):
            await asyncio.gather(*(_tell(producer, order) for order in early))
        await asyncio.to_thread(kafka.kill)
        async with _at_the_counter(kafka.bootstrap, tmp_path):
            await asyncio.to_thread(kafka.start)
            async with _ends(kafka.bootstrap) as (producer, consumer):
                await _reports(consumer, 1)
                await asyncio.gather(*(_tell(producer, order) for order in late))
            await asyncio.to_thread(kafka.kill)  # with a batch in hand, or all but
            await asyncio.to_thread(kafka.start)
            async with _ends(kafka.bootstrap) as (_, consumer):
                wanted = {order.payment_id for order in (*early, *late)}
                while wanted:
                    wanted -= {one.payment_id for one in await _reports(consumer, 1)}
    ledger = read_ledger(memory_of(tmp_path, PROVIDER))
    assert (ledger.credited, ledger.paid_twice) == (120, 0)
