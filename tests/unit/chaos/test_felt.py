"""What a run's services felt is counted from what they log through the runtime's own observer."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from sandbox.chaos.felt import felt
from shared.observability import logs
from shared.observability.metrics import Metrics
from shared.observability.observer import MetricsObserver


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What a service logs that runs as a process of a deployment."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.configure(style="json", stream=stream)
    yield stream
    root.handlers, root.level = handlers, level


def test_waits_and_batches_that_were_given_up_are_counted_from_the_logs(logged: io.StringIO, tmp_path: Path) -> None:
    observer = MetricsObserver(Metrics(CollectorRegistry()))
    observer.waiting("scoring", "store", 0.1)
    observer.waiting("scoring", "kafka", 0.1)
    observer.waiting("scoring", "store", 0.1)
    observer.dropped("scoring", "lease_lost")
    said = logged.getvalue().encode()
    whole, cut_off = tmp_path / "scoring-a.log", tmp_path / "scoring-b.log"
    whole.write_bytes(said)
    cut_off.write_bytes(said[:60])
    assert felt([whole, cut_off]) == {"waits for store": 2, "waits for kafka": 1, "batches given up: lease_lost": 1}
