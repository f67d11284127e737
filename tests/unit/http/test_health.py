"""Is it alive, is it ready, and what is missing."""

import asyncio
from dataclasses import dataclass

import httpx
import pytest

from shared.http import health
from shared.http.health import of_worker, pinging, tell_alive
from shared.store.port import StoreAway
from tests.unit.http.conftest import Small


@dataclass
class Consumer:
    name: str = "payments"
    alive: bool = True
    waiting_for: str | None = None
    progressed_at: float = 1_000.0
    breaker_open: str | None = None
    lag: int = 0


def get(small: Small, path: str) -> httpx.Response:
    async def go() -> httpx.Response:
        async with small.client(key=None) as client:
            return await client.get(path)

    return asyncio.run(go())


def states(small: Small, consumer: Consumer, now: float = 1_000.0) -> tuple[int, int, str]:
    small.probes[:] = of_worker(consumer, lambda: now, stall_s=60.0)
    ready = get(small, "/health/ready")
    return get(small, "/health/live").status_code, ready.status_code, " ".join(ready.json()["missing"].values())


def test_a_consumer_that_moves_is_alive_and_ready(small: Small) -> None:
    assert states(small, Consumer(lag=9), now=1_059.0) == (200, 200, "")


def test_an_idle_consumer_is_alive_however_long_nothing_comes(small: Small) -> None:
    assert states(small, Consumer(lag=0), now=99_999.0) == (200, 200, "")


def test_a_consumer_that_ended_is_not_alive(small: Small) -> None:
    assert states(small, Consumer(alive=False)) == (503, 503, "The consumer payments does not run.")


def test_a_consumer_that_does_not_move_while_records_wait_is_not_alive(small: Small) -> None:
    live, ready, why = states(small, Consumer(lag=9), now=1_061.0)
    assert (live, ready) == (503, 503)
    assert "has not moved for 61 s, and 9 records wait" in why


@pytest.mark.parametrize("consumer", [Consumer(waiting_for="store", lag=9), Consumer(breaker_open="150 of 200", lag=9)])
def test_waiting_on_purpose_is_alive_but_not_ready(small: Small, consumer: Consumer) -> None:
    live, ready, why = states(small, consumer, now=5_000.0)
    assert (live, ready) == (200, 503)
    assert "store, which is away" in why or "150 of 200" in why


def test_readiness_says_which_dependency_is_missing(small: Small) -> None:
    async def away() -> None:
        raise StoreAway("var/data/payments.db", "locked")

    small.probes.append(pinging("store", away))
    answer = get(small, "/health/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"] == {"store": "The store var/data/payments.db is away (locked); waiting for it."}
    assert get(small, "/health/live").status_code == 200


def test_a_dependency_that_hangs_does_not_hang_the_answer(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(health, "PROBE_TIMEOUT_S", 0.01)
    small.probes.append(pinging("kafka", hangs))
    assert get(small, "/health/ready").json()["missing"]["kafka"].startswith("kafka did not answer")


def test_metrics_are_answered_as_text(small: Small) -> None:
    tell_alive("payments", [Consumer()], small.metrics)()
    answer = get(small, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'dsr_consumer_alive{stage="payments",worker="payments"} 1.0' in answer.text
