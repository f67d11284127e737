"""The stopwatch of a takeover sees Kafka's offsets only, and says how long the work of a dead instance lay still."""

from collections.abc import Iterable
from time import monotonic

import pytest

from sandbox.chaos import takeover
from sandbox.chaos.groups import Groups, Place
from sandbox.chaos.takeover import Stopwatch
from shared.stage.ports import KafkaAway

pytestmark = pytest.mark.anyio
ONE, OTHER = ("topic", 0), ("topic", 1)


class Told(Groups):
    """Groups that answer from a list, one answer a look; the last one for ever. None: Kafka is away."""

    def __init__(self, *committed: dict[Place, int] | None, ends: dict[Place, int]) -> None:
        self._committed, self._ends = list(committed), ends

    async def committed(self, group: str) -> dict[Place, int]:
        answer = self._committed.pop(0) if len(self._committed) > 1 else self._committed[0]
        if answer is None:
            raise KafkaAway("away")
        return answer

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        return self._ends


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "_POLL_S", 0.0)
    monkeypatch.setattr(takeover, "GIVE_UP_S", 0.05)
    monkeypatch.setattr(takeover, "NOTHING_CAME_S", 0.02)


def watch(groups: Groups) -> Stopwatch:
    return Stopwatch(groups, "group", [ONE, OTHER], monotonic())


async def test_the_work_goes_on_when_every_partition_with_records_has_moved() -> None:
    told = Told({ONE: 1, OTHER: 1}, {ONE: 2, OTHER: 1}, {ONE: 2, OTHER: 2}, ends={ONE: 5, OTHER: 3})
    seen = await watch(told).until_continued()
    assert (seen.waiting, seen.gave_up) == (6, False)
    assert seen.seconds is not None


async def test_a_partition_without_records_is_not_waited_for() -> None:
    seen = await watch(Told({ONE: 1, OTHER: 3}, {ONE: 2, OTHER: 3}, ends={ONE: 5, OTHER: 3})).until_continued()
    assert (seen.waiting, seen.seconds is None) == (4, False)


async def test_a_kafka_that_is_away_is_asked_again() -> None:
    seen = await watch(Told(None, {ONE: 1}, None, {ONE: 2}, ends={ONE: 5})).until_continued()
    assert seen.waiting == 4
    assert not seen.gave_up


async def test_work_that_nobody_takes_up_is_given_up_and_said() -> None:
    seen = await watch(Told({ONE: 1}, ends={ONE: 5})).until_continued()
    assert (seen.seconds, seen.gave_up) == (None, True)


async def test_where_nothing_lies_and_nothing_comes_there_is_nothing_to_say() -> None:
    seen = await watch(Told({ONE: 5}, ends={ONE: 5})).until_continued()
    assert (seen.waiting, seen.seconds, seen.gave_up) == (0, None, False)
