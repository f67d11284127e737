"""What a consumer asks of Kafka: each setting is one whose default loses, repeats or stalls (engineering.md)."""

from typing import Any

import pytest

from shared.kafka import consumer as module
from shared.kafka.consumer import KafkaSource
from shared.stage.loop import LoopLimits

pytestmark = pytest.mark.anyio


class Deaf:
    """A listener that need not hear."""

    async def revoked(self) -> None: ...

    async def assigned(self) -> None: ...


@pytest.fixture
async def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of a member's client."""
    found: dict[str, Any] = {}

    class Client:
        def __init__(self, **settings: Any) -> None:
            found.update(settings)

        async def start(self) -> None: ...

        def subscribe(self, *given: Any, **more: Any) -> None: ...

    async def nothing(*given: Any) -> None: ...

    monkeypatch.setattr(module, "AIOKafkaConsumer", Client)
    monkeypatch.setattr(module, "commit_start_offsets", nothing)
    await KafkaSource("nowhere", "g", ["t"], client_id="c").start(Deaf())
    return found


async def test_nothing_is_committed_skipped_or_read_before_its_time(asked: dict[str, Any]) -> None:
    assert asked["enable_auto_commit"] is False
    assert asked["auto_offset_reset"] == "none"
    assert asked["isolation_level"] == "read_committed"


async def test_a_batch_gives_up_before_the_group_gives_its_member_up(asked: dict[str, Any]) -> None:
    limits = LoopLimits()
    assert limits.rebalance_timeout_s * 1000 == asked["rebalance_timeout_ms"]
    assert limits.patience_s + limits.longest_wait_s < limits.batch_deadline_s < limits.rebalance_timeout_s
    assert limits.batch_deadline_s * 1000 < asked["max_poll_interval_ms"]


async def test_a_killed_member_is_missed_soon_and_a_busy_one_has_several_heartbeats_to_lose(
    asked: dict[str, Any],
) -> None:
    assert asked["session_timeout_ms"] <= 10_000
    assert asked["heartbeat_interval_ms"] * 5 <= asked["session_timeout_ms"]
    assert asked["request_timeout_ms"] > asked["rebalance_timeout_ms"], "a join is answered when the slowest let go"
