"""A minute of chaos on the real thing; ``make chaos`` is the same for five, and for as many seeds as one likes."""

import orjson
import pytest
from rich.console import Console

from sandbox.chaos.report import Report
from sandbox.chaos.run import Options, run
from sandbox.chaos.schedule import KILLS, Kind
from sandbox.chaos.verdict import TAKEN_OVER

SEED = 1
DRAIN_S = 45.0
"""A minute leaves a backlog of seconds; one that does not drain is to fail the test soon."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What a minute of it came to."""
    return run(Options(SEED, 60.0, tmp_path_factory.mktemp("chaos"), DRAIN_S), Console(width=120))


def test_after_a_minute_of_chaos_nothing_is_lost_nothing_twice_and_every_invariant_holds(report: Report) -> None:
    assert [finding for finding in report.findings if not finding.holds and finding.id != TAKEN_OVER] == []
    assert not any(kill.gave_up for kill in report.kills), "somebody took over; how soon is for make chaos to say"
    assert {finding.id for finding in report.findings} >= {f"I{number}" for number in range(1, 11)}
    assert report.applications == 1_200


def test_it_was_chaos_of_every_kind(report: Report) -> None:
    done = " ".join([*report.incidents, *report.skipped])
    assert [kind for kind in set(Kind) - KILLS if kind not in done] == []
    assert any(kill.step for kill in report.kills), "some died between two steps"
    assert any(not kill.step and not kill.kafka_away for kill in report.kills), "some at any moment"
    assert any(kill.kafka_away for kill in report.kills), "and one while Kafka was away"
    assert len(report.poison) > 3


def test_the_report_is_data_too(report: Report) -> None:
    content = orjson.loads(orjson.dumps(report.to_json()))
    assert content["good"] is True
    assert content["kills_in_all"] == len(content["kills"])
    assert content["repeats"].keys() <= {"intake", "scoring", "dedup", "enrolment", "payments", "dead letters"}
