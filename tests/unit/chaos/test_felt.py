"""What a run's services felt is counted from what they log through the runtime's own observer."""

import subprocess
import sys
from pathlib import Path

from sandbox.chaos.felt import felt

ROOT = Path(__file__).parents[3]
LOGGING = """
from prometheus_client import CollectorRegistry
from shared.observability import logs
from shared.observability.metrics import Metrics
from shared.observability.observer import MetricsObserver
logs.configure(style="json")
observer = MetricsObserver(Metrics(CollectorRegistry()))
observer.waiting("scoring", "store", 0.1)
observer.waiting("scoring", "kafka", 0.1)
observer.waiting("scoring", "store", 0.1)
observer.dropped("scoring", "lease_lost")
"""


def test_waits_and_batches_that_were_given_up_are_counted_from_the_logs(tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, "-c", LOGGING], cwd=ROOT, capture_output=True, check=True, timeout=30)
    whole, cut_off = tmp_path / "scoring-a.log", tmp_path / "scoring-b.log"
    whole.write_bytes(said.stdout + said.stderr)
    cut_off.write_bytes((said.stdout + said.stderr)[:60])
    assert felt([whole, cut_off]) == {"waits for store": 2, "waits for kafka": 1, "batches given up: lease_lost": 1}
