"""What a service is put together of: a stage's own consumer under a breaker, and one of commands that none stops."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest
from prometheus_client import CollectorRegistry

from shared import topics
from shared.http.keys import KeyRing
from shared.kafka.fake import FakeKafka, FakeSource
from shared.observability.metrics import Metrics
from shared.service import assembly
from shared.service.assembly import Ground, assemble, ground, now_us
from shared.service.host import Service
from shared.settings import Settings
from shared.stage.commands import CommandStage
from shared.stage.loop import StageLoop
from shared.store.memory import MemoryStore
from tests.shipped import shipped_policy
from tests.unit.stage.echo import EchoStage

pytestmark = pytest.mark.anyio

STAGE = "scoring"
TOPICS = (*topics.main_topics(STAGE, (), ()), topics.command(STAGE), *topics.letter_topics(STAGE, (), ()).values())
RUBBISH = 200
TURNS = 10_000


@pytest.fixture
async def kafka() -> FakeKafka:
    return FakeKafka(dict.fromkeys(TOPICS, 1), now_ms=lambda: 1)


@pytest.fixture
async def service(kafka: FakeKafka, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Of a stage that does next to nothing, on a Kafka in memory."""

    def source(bootstrap: str, group: str, read: Sequence[str], **_: Any) -> FakeSource:
        return kafka.source(group, read)

    monkeypatch.setattr(assembly, "KafkaSource", source)
    monkeypatch.setattr(assembly, "load_keys", lambda path: KeyRing(()))
    policy, store = shipped_policy(), MemoryStore()
    on = Ground(STAGE, Settings(breaker_minimum=50), Metrics(CollectorRegistry()), policy, store, kafka.sink())
    made = assemble(on, EchoStage(), CommandStage(STAGE, policy.hash, store, {}, now_us=now_us), title="test")
    await store.open(made.tables)
    return made


async def test_the_store_keeps_as_much_in_memory_as_the_deployment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[apsw.Connection] = []
    monkeypatch.setattr(apsw, "connection_hooks", [opened.append])
    settings = Settings(store=f"sqlite:///{tmp_path}", store_cache_mb=3)
    on = ground(STAGE, settings, Metrics(CollectorRegistry()), shipped_policy())
    await on.store.open(())
    assert opened[0].execute("PRAGMA cache_size").fetchone() == (-3 * 1_024,), "KiB"
    await on.store.close()


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0.001)
    pytest.fail("waited in vain")


async def test_no_breaker_stops_the_commands(kafka: FakeKafka, service: Service) -> None:
    """Otherwise a flood of rubbish would keep an operator's ``resume`` from being heard."""
    own, commands = (worker for worker in service.workers if isinstance(worker, StageLoop))
    read, asked = (topics.VALIDATED, 0), (topics.command(STAGE), 0)
    for topic, _ in (read, asked):
        for _ in range(RUBBISH):
            kafka.append(topic, 0, None, b"\xff{")
    running = [asyncio.create_task(loop.run()) for loop in (own, commands)]
    await until(lambda: own.breaker_open is not None)
    await until(
        lambda: kafka.committed(topics.COMMAND_GROUPS[STAGE]).get(asked) == RUBBISH or commands.breaker_open is not None
    )
    assert commands.breaker_open is None
    assert kafka.committed(topics.GROUPS[STAGE]).get(read) == 0
    for loop in (own, commands):
        loop.stop()
    await asyncio.gather(*running)
