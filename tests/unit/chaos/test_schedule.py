"""The schedule of a chaos run is asked for by its seed and holds what a run has to show."""

from collections import Counter

import pytest

from sandbox.chaos.orders import Boundary
from sandbox.chaos.schedule import INSTANCES, KILLS, KafkaKind, Kind, schedule
from shared.topics import STAGES

SEEDS = range(1, 11)
MINUTE_S, FULL_S = 60.0, 300.0


def test_the_same_seed_asks_for_the_same_and_another_one_for_something_else() -> None:
    assert schedule(7, FULL_S) == schedule(7, FULL_S)
    assert schedule(7, FULL_S) != schedule(8, FULL_S)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("seconds", [MINUTE_S, FULL_S])
def test_every_kind_of_incident_stands_early_in_some_lane(seed: int, seconds: float) -> None:
    lanes = schedule(seed, seconds).lanes
    early = {incident.kind for lane in lanes.values() for incident in lane[:2]}
    assert early >= set(Kind) - KILLS
    assert lanes.keys() == set(STAGES)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_disk_is_filled_only_where_the_small_one_is(seed: int) -> None:
    planned = schedule(seed, FULL_S)
    filled = {stage for stage, lane in planned.lanes.items() if any(one.kind is Kind.FULL for one in lane)}
    assert filled == {planned.small_disk}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_run_changes_the_policy_of_every_stage_and_shakes_kafka_both_ways(seed: int) -> None:
    planned = schedule(seed, FULL_S)
    assert all(Kind.ROLL in {one.kind for one in lane} for lane in planned.lanes.values())
    assert Counter(one.kind for one in planned.kafka) == {KafkaKind.KILL: 2, KafkaKind.RESTART: 1}
    assert all(0 < one.at < 1 for one in planned.kafka)


@pytest.mark.parametrize("seed", SEEDS)
def test_kills_go_through_every_boundary_and_both_instances(seed: int) -> None:
    for lane in schedule(seed, FULL_S).lanes.values():
        kills = [one for one in lane if one.kind is Kind.KILL_AT]
        assert {one.boundary for one in kills} == set(Boundary)
        assert {one.instance for one in kills} == set(INSTANCES)
