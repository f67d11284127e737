"""A process does to itself what an order says, at the boundary that it names, and nothing elsewhere."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from sandbox.chaos.launch import watched
from sandbox.chaos.orders import Act, Boundary, give, withdraw
from shared.observability.metrics import Metrics
from shared.observability.observer import MetricsObserver

ROOT = Path(__file__).parents[3]
OBEYING = """
import sys
from pathlib import Path
from sandbox.chaos.orders import obeying
reached = obeying(Path(sys.argv[1]))
for boundary in sys.argv[2:]:
    reached(boundary)
"""


def obeys(order: Path, *boundaries: Boundary) -> int:
    """How a process ends that comes to these boundaries, one after the other."""
    argv = [sys.executable, "-c", OBEYING, str(order), *boundaries]
    return subprocess.run(argv, cwd=ROOT, check=False, timeout=30).returncode


def test_it_kills_itself_at_the_boundary_that_is_ordered_and_only_once(tmp_path: Path) -> None:
    order = tmp_path / "order"
    give(order, Act.DIE, Boundary.PUBLISHED)
    assert obeys(order, Boundary.FETCHED, Boundary.RECORDED) == 0
    assert obeys(order, Boundary.RECORDED, Boundary.PUBLISHED) == -signal.SIGKILL
    assert obeys(order, Boundary.PUBLISHED) == 0, "an order is carried out once"


def test_an_order_that_is_withdrawn_is_not_carried_out(tmp_path: Path) -> None:
    order = tmp_path / "order"
    give(order, Act.DIE, Boundary.DECIDED)
    withdraw(order)
    withdraw(order)
    assert obeys(order, Boundary.DECIDED) == 0


def test_the_runtimes_observer_comes_to_every_boundary() -> None:
    reached: list[str] = []
    observer = MetricsObserver(watched(Metrics(CollectorRegistry()), reached.append))
    observer.batch("scoring", 3, 0.1)
    for step in ("read", "decide", "record", "publish"):
        observer.step("scoring", step, 0.01)
    observer.decisions("scoring", {"eligible": 2})
    observer.fates("scoring", {"decision": 3})
    assert set(reached) == set(Boundary)


@pytest.mark.parametrize("act", Act)
def test_an_order_is_one_line_that_names_act_and_boundary(tmp_path: Path, act: Act) -> None:
    give(tmp_path / "order", act, Boundary.READ)
    assert (tmp_path / "order").read_text() == f"{act.value} read"
    assert list(tmp_path.iterdir()) == [tmp_path / "order"], "nothing half written is left"
