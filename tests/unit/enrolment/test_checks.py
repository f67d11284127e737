"""The checks of enrolment find what they are for."""

import pytest

from services.enrolment.checks import check_numbers, check_places
from services.enrolment.places import PLACES, PlacesRow, Status, join, move, offer, pack, quota
from services.enrolment.places import Version as V
from services.enrolment.places import close as close_round
from shared.stage.records import Origin
from shared.store.memory import MemoryStore
from shared.store.tables import DECISIONS, Decision
from tests.unit.enrolment.bench import Bench, bench

pytestmark = pytest.mark.anyio
BY = Origin("t", 0, 0)
TWO = [join(V("a", 1, 1, 1.0, 0), BY), join(V("b", 1, 1, 2.0, 0), BY)]


async def written(*rows: list[tuple[object, ...]]) -> MemoryStore:
    b: Bench = await bench()
    await b.store.insert(PLACES, [PlacesRow("p|1", n, pack(steps), *BY, n) for n, steps in enumerate(rows, 1)])
    return b.store


async def test_places_given_beyond_the_quota_are_found() -> None:
    give = [move(name, Status.HELD, BY) for name in "ab"]
    assert (await check_places(await written([quota(2), *TWO, *give]))).holds
    assert not (await check_places(await written([quota(1), *TWO, *give]))).holds


async def test_a_place_that_was_taken_before_policy_took_it_back_is_no_fault() -> None:
    assert (await check_places(await written([quota(1), TWO[0], move("a", Status.HELD, BY)], [quota(0)]))).holds


async def test_enrolling_past_a_poorer_one_is_found_unless_it_is_a_recorded_override() -> None:
    before = [quota(2), *TWO, close_round("r.1", ["a", "b"])]
    passed_over = await check_places(await written(before, [move("b", Status.HELD, BY)]))
    assert not passed_over.holds
    assert "waited: 1" in passed_over.detail
    assert (await check_places(await written(before, [move("b", Status.HELD, BY, "flood")]))).holds
    assert (await check_places(await written(before, [offer("a"), offer("b"), move("b", Status.HELD, BY)]))).holds


async def test_a_gap_in_the_numbers_and_a_record_that_decided_twice_are_found() -> None:
    b = await bench()
    await b.store.insert(DECISIONS, [Decision("a", 1, n, "t", 0, 5, "d", "waiting", "", b"{}", "p", 0) for n in (1, 3)])
    assert [finding.holds for finding in await check_numbers(b.store)] == [False, False]
