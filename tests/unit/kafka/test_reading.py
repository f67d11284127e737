"""A group's offsets are read from a coordinator that knows them, and never taken for none while it loads them."""

from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from shared.kafka import reading
from shared.kafka.reading import committed_offsets
from tests.unit.jumping import run

COMMITTED = {TopicPartition("a", 0): OffsetAndMetadata(7, "")}


class Coordinator:
    """In the place of aiokafka's admin client: not there, then loading, then ready; as a real one looks to it."""

    def __init__(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        self._offsets, self._calls = offsets, 0

    def __call__(self, **settings: Any) -> "Coordinator":
        return self

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def list_consumer_group_offsets(
        self, group: str, partitions: Sequence[TopicPartition] | None = None
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        self._calls += 1
        if self._calls == 1:
            raise GroupCoordinatorNotAvailableError
        if self._calls == 2:
            return {}
        if partitions is None:
            return self._offsets
        return {partition: self._offsets.get(partition, OffsetAndMetadata(-1, "")) for partition in partitions}


def test_offsets_are_waited_for_while_the_coordinator_loads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AIOKafkaAdminClient", Coordinator(COMMITTED))
    assert run(committed_offsets("localhost:9092", "group")) == {("a", 0): 7}


def test_a_group_that_a_ready_coordinator_does_not_know_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AIOKafkaAdminClient", Coordinator({}))
    assert run(committed_offsets("localhost:9092", "group")) == {}
