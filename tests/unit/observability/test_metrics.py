"""The metrics, what the runtime's observer makes of them, and the page that describes them."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from shared.observability import definitions, metrics
from shared.observability.metrics import Metrics
from shared.observability.observer import MetricsObserver
from shared.stage.observer import Observer


@pytest.fixture
def made() -> Metrics:
    return Metrics(CollectorRegistry())


def test_every_definition_is_made_once(made: Metrics) -> None:
    names = {sample.name for sample in made.registry.collect()}
    assert names == {definition.name.removesuffix("_total") for definition in definitions.ALL}


@pytest.mark.parametrize("definition", definitions.ALL, ids=lambda definition: definition.name)
def test_every_metric_is_named_by_its_unit_and_says_when_to_worry(definition: definitions.Definition) -> None:
    assert definition.name.startswith("dsr_")
    assert definition.name.endswith("_total") == (definition.kind == "counter")
    assert bool(definition.buckets) == (definition.kind == "histogram")
    assert definition.meaning.endswith(".")
    assert definition.worry.endswith(".")


def test_no_label_can_hold_an_id() -> None:
    labels = {label for definition in definitions.ALL for label in definition.labels}
    assert not {label for label in labels if label.endswith("id") or "ref" in label or "name" in label}


def test_two_processes_share_nothing() -> None:
    first, second = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())
    first.replays.add(3, "intake")
    assert b'dsr_replayed_records_total{stage="intake"} 3.0' in first.text()
    assert b'stage="intake"' not in second.text()


def test_a_partition_that_is_gone_keeps_no_lag(made: Metrics) -> None:
    observer: Observer = MetricsObserver(made)
    observer.lag("scoring", {("t", 0): 5, ("t", 1): 7})
    observer.lag("intake", {("s", 0): 1})
    observer.lag("scoring", {("t", 1): 6})
    text = made.text().decode()
    assert 'dsr_lag_records{partition="1",stage="scoring",topic="t"} 6.0' in text
    assert 'partition="0",stage="scoring"' not in text
    assert 'dsr_lag_records{partition="0",stage="intake",topic="s"} 1.0' in text


def test_the_observer_counts_what_the_runtime_tells(made: Metrics) -> None:
    observer: Observer = MetricsObserver(made)
    observer.batch("dedup", 500, 2.0)
    observer.step("dedup", "publish", 0.02)
    observer.fates("dedup", {"decision": 498, "dead_letter": 2})
    observer.decisions("dedup", {"cleared": 490, "duplicate": 8})
    observer.dead_letters("dedup", {"not_json": 2})
    observer.absorbed("dedup", 4)
    observer.waiting("dedup", "kafka", 1.5)
    observer.dropped("dedup", "lease_lost")
    observer.rebalanced("dedup")
    observer.breaker("dedup", "dsr-dedup", True)
    text = made.text().decode()
    for line in (
        'dsr_event_age_seconds_sum{stage="dedup"} 2.0',
        'dsr_batch_records_sum{stage="dedup"} 500.0',
        'dsr_step_seconds_count{stage="dedup",step="publish"} 1.0',
        'dsr_fates_total{kind="decision",stage="dedup"} 498.0',
        'dsr_decisions_total{stage="dedup",state="duplicate"} 8.0',
        'dsr_dead_letters_total{reason="not_json",stage="dedup"} 2.0',
        'dsr_replayed_records_total{stage="dedup"} 4.0',
        'dsr_waited_seconds_total{dependency="kafka",stage="dedup"} 1.5',
        'dsr_batches_dropped_total{cause="lease_lost",stage="dedup"} 1.0',
        'dsr_rebalances_total{stage="dedup"} 1.0',
        'dsr_breaker_open{group="dsr-dedup",stage="dedup"} 1.0',
    ):
        assert line in text
    observer.breaker("dedup", "dsr-dedup", False)
    assert 'dsr_breaker_open{group="dsr-dedup",stage="dedup"} 0.0' in made.text().decode()


def test_the_page_of_metrics_is_current() -> None:
    page = Path(__file__).parents[3] / "docs" / "metrics.md"
    assert page.read_text(encoding="utf-8") == metrics.page(), (
        "run: python -m shared.observability.metrics > docs/metrics.md"
    )
