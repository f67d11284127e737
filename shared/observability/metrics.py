"""The metrics of one process, on a registry that is handed in; what they are is in ``definitions``.

``python -m shared.observability.metrics`` prints ``docs/metrics.md``.
"""

import sys
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client import Counter as PrometheusCounter
from prometheus_client import Gauge as PrometheusGauge
from prometheus_client import Histogram as PrometheusHistogram

from shared.observability import definitions
from shared.observability.definitions import Definition

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Counter:
    """Only rises."""

    def __init__(self, definition: Definition, registry: CollectorRegistry) -> None:
        self._of = PrometheusCounter(definition.name, definition.meaning, definition.labels, registry=registry)

    def add(self, amount: float, *labels: str) -> None:
        """Add ``amount``; labels in the order of the definition, all of them (``ValueError`` otherwise)."""
        self._of.labels(*labels).inc(amount)


class Gauge:
    """Rises and falls."""

    def __init__(self, definition: Definition, registry: CollectorRegistry) -> None:
        self._of = PrometheusGauge(definition.name, definition.meaning, definition.labels, registry=registry)
        self._known: dict[tuple[str, ...], float] = {}

    def set(self, value: float, *labels: str) -> None:
        """Set the value; labels in the order of the definition."""
        if self._known.get(labels) != value:
            self._known[labels] = value
            self._of.labels(*labels).set(value)

    def replace(self, values: Mapping[tuple[str, ...], float], within: str | None = None) -> None:
        """Set these values and forget all others (with ``within``: the others with that first label).

        A partition that has gone to another instance must not keep its last lag for ever.
        """
        for labels in [key for key in self._known if key not in values and (within is None or key[0] == within)]:
            self._of.remove(*labels)
            del self._known[labels]
        for labels, value in values.items():
            self.set(value, *labels)


class Histogram:
    """Counts observations in buckets."""

    def __init__(self, definition: Definition, registry: CollectorRegistry) -> None:
        self._of = PrometheusHistogram(
            definition.name, definition.meaning, definition.labels, registry=registry, buckets=definition.buckets
        )

    def observe(self, value: float, *labels: str) -> None:
        """Count ``value``; labels in the order of the definition."""
        self._of.labels(*labels).observe(value)


class Metrics:
    """All metrics of a process. Labels are given by position; ``definitions`` says which."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.event_age = Histogram(definitions.EVENT_AGE, registry)
        self.lag = Gauge(definitions.LAG, registry)
        self.batch_records = Histogram(definitions.BATCH_RECORDS, registry)
        self.step_seconds = Histogram(definitions.STEP_SECONDS, registry)
        self.fates = Counter(definitions.FATES, registry)
        self.decisions = Counter(definitions.DECISIONS, registry)
        self.dead_letters = Counter(definitions.DEAD_LETTERS, registry)
        self.replays = Counter(definitions.REPLAYS, registry)
        self.dropped = Counter(definitions.DROPPED, registry)
        self.rebalances = Counter(definitions.REBALANCES, registry)
        self.producers_replaced = Counter(definitions.PRODUCERS_REPLACED, registry)
        self.breaker_open = Gauge(definitions.BREAKER_OPEN, registry)
        self.waited = Counter(definitions.WAITED, registry)
        self.consumer_alive = Gauge(definitions.CONSUMER_ALIVE, registry)
        self.ccds_fields = Counter(definitions.CCDS_FIELDS, registry)
        self.lookups = Counter(definitions.LOOKUPS, registry)
        self.http_seconds = Histogram(definitions.HTTP_SECONDS, registry)
        self.truncated_look_ups = Counter(definitions.TRUNCATED, registry)
        self.left_out = Counter(definitions.LEFT_OUT, registry)

    def text(self) -> bytes:
        """All values in Prometheus' text format."""
        return generate_latest(self.registry)


def for_process() -> Metrics:
    """Metrics on a registry of their own, with those of the process itself (CPU, memory, open files)."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return Metrics(registry)


def page() -> str:
    """``docs/metrics.md``."""
    rows = "\n".join(
        f"| `{of.name}` | {of.kind} | {', '.join(of.labels)} | {of.meaning} | {of.worry} |" for of in definitions.ALL
    )
    return f"""# Metrics

Every service answers `GET /metrics` in Prometheus' text format with these, and with the usual `process_*` and
`python_*` of its own process. No label holds an id or anything of a person.

| metric | kind | labels | meaning | when to worry |
|---|---|---|---|---|
{rows}

This page is made from `shared/observability/definitions.py` by `python -m shared.observability.metrics`.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
