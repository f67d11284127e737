"""``/health/live``, ``/health/ready`` and ``/metrics``: is it running, may work be sent to it, and what does it count.

A service that waits for Kafka or its store is alive and not ready: restarting it would not bring them back. One whose
consumer has ended, or does not move although records wait, is not alive: restarting it may help.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from shared.errors import DsrError
from shared.observability.metrics import CONTENT_TYPE, Metrics

PROBE_TIMEOUT_S = 2.0


class Probe(NamedTuple):
    """A named question. ``missing`` gives a sentence on what is missing, or None if all is well.

    ``fatal`` says that a restart may mend it: then the service is not even alive.
    """

    name: str
    missing: Callable[[], Awaitable[str | None]]
    fatal: bool = False


class Watched(Protocol):
    """What health looks at of a running task; ``shared.stage.loop.StageLoop`` is one."""

    name: str
    alive: bool
    waiting_for: str | None
    progressed_at: float

    @property
    def breaker_open(self) -> str | None:
        """Why the breaker is open, or None."""

    @property
    def lag(self) -> int:
        """Records known to wait."""


def of_worker(worker: Watched, clock: Callable[[], float], stall_s: float) -> tuple[Probe, ...]:
    """The probes of one consumer: it runs, it moves while there is lag, it waits for nothing, no breaker stops it.

    ``clock`` counts monotonic seconds, as ``worker.progressed_at`` does.
    """

    async def runs() -> str | None:
        return None if worker.alive else f"The consumer {worker.name} does not run."

    async def moves() -> str | None:
        still_s = clock() - worker.progressed_at
        stopped_on_purpose = worker.waiting_for is not None or worker.breaker_open is not None
        if stopped_on_purpose or still_s < stall_s or not worker.lag:
            return None
        return f"The consumer {worker.name} has not moved for {still_s:.0f} s, and {worker.lag} records wait."

    async def waits() -> str | None:
        away = worker.waiting_for
        return None if away is None else f"The consumer {worker.name} waits for {away}, which is away."

    async def closed() -> str | None:
        reason = worker.breaker_open
        return None if reason is None else f"The breaker of {worker.name} is open: {reason}. Mend it, then: dsr resume."

    return (
        Probe(f"{worker.name}.runs", runs, fatal=True),
        Probe(f"{worker.name}.moves", moves, fatal=True),
        Probe(f"{worker.name}.waits", waits),
        Probe(f"{worker.name}.breaker", closed),
    )


def pinging(name: str, ping: Callable[[], Awaitable[None]]) -> Probe:
    """A probe of a dependency: ``ping`` raises a ``DsrError`` whose sentence says what is missing."""

    async def missing() -> str | None:
        try:
            await ping()
        except DsrError as error:
            return str(error)
        return None

    return Probe(name, missing)


def tell_alive(stage: str, workers: Sequence[Watched], metrics: Metrics) -> Callable[[], None]:
    """What to do before a scrape: say which tasks run."""

    def tell() -> None:
        for worker in workers:
            metrics.consumer_alive.set(worker.alive, stage, worker.name)

    return tell


def health_router(probes: Sequence[Probe], metrics: Metrics, before_scrape: Callable[[], None]) -> APIRouter:
    """The three addresses. ``before_scrape`` sets gauges that are only looked at when somebody asks."""
    router = APIRouter(tags=["health"])

    @router.get("/health/live", summary="Does it run? If not, restart it.")
    async def live() -> Response:
        return _answer(await _ask([probe for probe in probes if probe.fatal]), "alive")

    @router.get("/health/ready", summary="Is everything there that it needs?")
    async def ready() -> Response:
        return _answer(await _ask(probes), "ready")

    @router.get("/metrics", summary="Metrics in Prometheus' text format.")
    async def scrape() -> Response:
        before_scrape()
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router


async def _ask(probes: Sequence[Probe]) -> dict[str, str]:
    """By probe what is missing; all are asked at once, each within a bounded time."""

    async def one(probe: Probe) -> str | None:
        try:
            return await asyncio.wait_for(probe.missing(), PROBE_TIMEOUT_S)
        except TimeoutError:
            return f"{probe.name} did not answer within {PROBE_TIMEOUT_S:.0f} s."

    answers = await asyncio.gather(*(one(probe) for probe in probes))
    return {probe.name: answer for probe, answer in zip(probes, answers, strict=True) if answer is not None}


def _answer(missing: dict[str, str], state: str) -> Response:
    content = {"state": f"not {state}" if missing else state, "missing": missing}
    return Response(orjson.dumps(content), 503 if missing else 200, media_type="application/json")
