"""``python -m sandbox.chaos.launch STAGE``: a service as it is, in a process that obeys ``orders``.

The runtime tells its observer when a step has ended, and the observer counts it in the metrics that a service is built
with. So metrics that look for an order while they count are enough: nothing in a service knows of it.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from sandbox.chaos.orders import ORDER_VARIABLE, Boundary, obeying
from shared.observability.metrics import Counter, Histogram, Metrics
from shared.service.host import Service
from shared.service.run import Build, run
from shared.settings import Settings

Reached = Callable[[str], None]


class _Steps(Histogram):
    """Durations of steps: the boundary is the step that has ended (the second label)."""

    def __init__(self, inner: Histogram, reached: Reached) -> None:
        self._inner, self._reached = inner, reached

    def observe(self, value: float, *labels: str) -> None:
        self._inner.observe(value, *labels)
        self._reached(labels[1])


class _Batches(Histogram):
    """Sizes of batches: each observation is a fetch."""

    def __init__(self, inner: Histogram, reached: Reached) -> None:
        self._inner, self._reached = inner, reached

    def observe(self, value: float, *labels: str) -> None:
        self._inner.observe(value, *labels)
        self._reached(Boundary.FETCHED)


class _Rows(Counter):
    """Counts of rows: each addition comes after they were stored."""

    def __init__(self, inner: Counter, boundary: Boundary, reached: Reached) -> None:
        self._inner, self._boundary, self._reached = inner, boundary, reached

    def add(self, amount: float, *labels: str) -> None:
        self._inner.add(amount, *labels)
        self._reached(self._boundary)


def watched(metrics: Metrics, reached: Reached) -> Metrics:
    """The same metrics, telling ``reached`` of each boundary."""
    metrics.step_seconds = _Steps(metrics.step_seconds, reached)
    metrics.batch_records = _Batches(metrics.batch_records, reached)
    metrics.decisions = _Rows(metrics.decisions, Boundary.DECISIONS, reached)
    metrics.fates = _Rows(metrics.fates, Boundary.FATES, reached)
    return metrics


def main() -> None:
    """Be the service that is named; ends as the service does."""
    stage = sys.argv[1]
    build: Build = import_module(f"services.{stage}.app").build
    reached = obeying(Path(os.environ[ORDER_VARIABLE]))

    async def wired(settings: Settings, metrics: Metrics) -> Service:
        return await build(settings, watched(metrics, reached))

    run(stage, wired)


if __name__ == "__main__":
    main()
