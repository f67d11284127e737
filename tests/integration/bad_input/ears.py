"""Hears all that the system says on Kafka, as ministries, providers and operators would, and waits for a word."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kafka.records import as_record
from shared.stage.records import Record
from shared.topics import PARTITIONS

T = TypeVar("T")
PATIENCE_S = 30.0


class Ears:
    """``follow`` runs in a loop of its own; everybody else reads from their own thread."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Record]] = defaultdict(list)
        self._news = threading.Condition()

    async def follow(self, bootstrap: str, names: Sequence[str]) -> None:
        """Read these topics from their start, until cancelled."""
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([TopicPartition(name, partition) for name in names for partition in range(PARTITIONS)])
            while True:
                fetched = await consumer.getmany(timeout_ms=1_000)
                with self._news:
                    for partition, found in fetched.items():
                        self._heard[partition.topic].extend(map(as_record, found))
                    self._news.notify_all()
        finally:
            await consumer.stop()

    def heard(self, topic: str) -> list[Record]:
        """What has come so far."""
        with self._news:
            return list(self._heard[topic])

    def until(self, topic: str, look: Callable[[Record], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
        """The first thing that ``look`` finds in a topic, whenever it comes; fails when it does not."""
        deadline = monotonic() + patience_s
        at = 0
        with self._news:
            while True:
                records = self._heard[topic]
                while at < len(records):
                    found = look(records[at])
                    at += 1
                    if found is not None:
                        return found
                assert self._news.wait(deadline - monotonic()), f"{what} did not come on {topic}"
