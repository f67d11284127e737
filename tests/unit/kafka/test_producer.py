"""What the producer asks of Kafka; what it does with the answers is in ``tests/contract/test_kafka_sink.py``."""

from typing import Any

import pytest

from shared.kafka import producer
from shared.kafka.producer import KafkaSink

pytestmark = pytest.mark.anyio


async def test_its_producer_is_idempotent_and_waits_for_all_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    class Client:
        def __init__(self, **settings: Any) -> None:
            asked.update(settings)

        async def start(self) -> None: ...

    monkeypatch.setattr(producer, "AIOKafkaProducer", Client)
    await KafkaSink("nowhere", "c").start()
    assert (asked["acks"], asked["enable_idempotence"]) == ("all", True)
