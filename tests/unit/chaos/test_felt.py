"""What a run's services felt is counted from what they log through the runtime's own observer."""

from pathlib import Path

from prometheus_client import CollectorRegistry

from sandbox.chaos.felt import felt
from shared.observability.metrics import Metrics
from shared.observability.observer import MetricsObserver
from tests.unit.listening import listening


def test_waits_and_batches_that_were_given_up_are_counted_from_the_logs(tmp_path: Path) -> None:
    observer = MetricsObserver(Metrics(CollectorRegistry()))
    with listening() as logged:
        observer.waiting("scoring", "store", 0.1)
        observer.waiting("scoring", "kafka", 0.1)
        observer.waiting("scoring", "store", 0.1)
        observer.dropped("scoring", "lease_lost")
    said = logged.getvalue().encode()
    whole, cut_off = tmp_path / "scoring-a.log", tmp_path / "scoring-b.log"
    whole.write_bytes(said)
    cut_off.write_bytes(said[:60])
    assert felt([whole, cut_off]) == {"waits for store": 2, "waits for kafka": 1, "batches given up: lease_lost": 1}
