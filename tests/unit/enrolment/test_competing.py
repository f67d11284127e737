"""Two instances on one store, interleaved at every store call: no place is given twice, nobody is told two things."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.enrolment.checks import check_numbers, places
from services.enrolment.entitlements import entitlement_id
from services.enrolment.logbook import Logbook
from services.enrolment.places import Status
from services.enrolment.tables import CELLS
from shared.stage.records import Record
from shared.store.memory import Memory
from shared.store.tables import DECISIONS
from tests.unit.enrolment.bench import Bench, Feed, cleared

pytestmark = pytest.mark.anyio

PLACES = 2
PROGRAMMES = ("disability", "mother_child")
ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from(PROGRAMMES),
        st.integers(0, 5),  # person
        st.integers(0, 3),  # order
    ),
    min_size=1,
    max_size=10,
)
# Zero to three turns each time, drawn at once: to draw them one by one takes as long as the race.
TURNS = st.binary(min_size=10, max_size=60).map(lambda drawn: [each % 4 for each in drawn])


def pauses(turns: Sequence[int]) -> Callable[[str], Awaitable[None]]:
    """Lets the other instance run for so many turns before each store call."""
    left: Iterator[int] = iter(turns)

    async def pause(name: str) -> None:
        for _ in range(next(left, 0)):
            await asyncio.sleep(0)

    return pause


async def instances(one: Sequence[int], two: Sequence[int]) -> tuple[Bench, Bench]:
    memory, feed = Memory(), Feed()
    first = await Bench(memory, PLACES, pauses(one), feed).open()
    second = await Bench(memory, PLACES, pauses(two), feed).open()
    second.tick.now += 1_000_000
    return first, second


async def verify(*benches: Bench) -> None:
    """Whatever happened: places, numbers, overlaps, and that the decisions say what the logs say."""
    store = benches[0].store
    seen = await places(store)
    assert seen.beyond_quota == 0
    assert seen.passed_over == 0
    assert all(finding.holds for finding in await check_numbers(store))
    logs = [f"{row.programme}|{row.area}" async for row in store.scan(CELLS)]
    cells = await Logbook(store, benches[0].tick).read(logs)
    assert all(cell.held + cell.offered <= PLACES for cell in cells.values())
    # Rounds have no rolling queue: there, who waits beside a free place waits for the next round.
    assert not [cell.log for cell in cells.values() if cell.free > 0 and cell.waiting and "old_age" not in cell.log]
    latest = {row.subject: row async for row in store.scan(DECISIONS) if b'"version"' in row.body}
    held = {name for cell in cells.values() for name, each in cell.members.items() if each.status is Status.HELD}
    assert held == {name for name, row in latest.items() if row.state in ("enrolled", "suspended")}
    claims = [claim for name in held for claim in latest[name].claims.split()]
    assert len(claims) == len(set(claims))
    told: dict[tuple[bytes | None, bytes], bytes | None] = {}
    for item in (sent for bench in benches for sent in bench.sink.sent):
        assert told.setdefault((item.key, dict(item.headers)["ce_id"]), item.value) == item.value


def batches(feed: Feed, arrivals: Sequence[tuple[str, int, int]]) -> list[Record]:
    return [
        feed.cleared(cleared(f"a{place}", programme, person=f"p{person}", order=float(order), minute=place))
        for place, (programme, person, order) in enumerate(arrivals)
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ARRIVALS, TURNS, TURNS, st.integers(0, 10))
async def test_two_instances_never_give_more_places_than_there_are(
    arrivals: list[tuple[str, int, int]], one: list[int], two: list[int], shared: int
) -> None:
    first, second = await instances(one, two)
    records = batches(first.feed, arrivals)
    # Some records are taken by both, as when a member was evicted and does not know yet.
    await asyncio.gather(first.take(*records[: len(records) // 2 + shared]), second.take(*records[len(records) // 2 :]))
    await first.settle()
    await second.settle()
    await verify(first, second)
    again = await Bench(first.store.memory, PLACES).open()
    await again.take(*records)
    await verify(first, second, again)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ARRIVALS, TURNS, TURNS, st.booleans())
async def test_places_that_become_free_are_passed_on_once_while_people_come_change_and_leave(
    arrivals: list[tuple[str, int, int]], one: list[int], two: list[int], withdraws: bool
) -> None:
    first, second = await instances(one, two)
    await first.take(*batches(first.feed, arrivals))
    await first.settle()
    ends = [first.feed.command("entitlement.end", entitlement_id(f"a{n}"), {"reason": "died"}) for n in range(3)]
    changed = [
        cleared(
            f"a{place}",
            programme,
            person=f"p{person}",
            order=float(3 - order),
            revision=2,
            outcome="withdrawn" if withdraws and place % 2 else "passed",
        )
        for place, (programme, person, order) in enumerate(arrivals)
    ]
    await asyncio.gather(first.order(*ends), second.take(*(second.feed.cleared(each) for each in changed)))
    await asyncio.gather(first.settle(), second.settle())
    await verify(first, second)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.booleans(), st.booleans()), max_size=12),
    TURNS,
    TURNS,
)
# A refusal is answered, and before it is in the application's words an override by the other instance has gone over it.
@example(
    orders=[0],
    words=[*[(0, False, False)] * 4, *[(0, False, True)] * 6, (0, True, True)],
    one=[*[0] * 43, 1],
    two=[*[0] * 9, 1, 0],
)
async def test_committees_that_decide_at_the_same_time_pass_over_nobody_without_an_override(
    orders: list[int], words: list[tuple[int, bool, bool]], one: list[int], two: list[int]
) -> None:
    first, second = await instances(one, two)
    await first.arrive(*(cleared(f"a{n}", "old_age", order=float(order)) for n, order in enumerate(orders)))
    round_id = await first.close_round()
    said = [
        first.feed.selected(f"a{who}", round_id, selected, override=override, reason="as resolved")
        for who, selected, override in words
    ]
    late = [second.feed.cleared(cleared(f"late{n}", "old_age", order=-1.0)) for n in range(2)]
    await asyncio.gather(first.take(*said[::2]), second.take(*said[1::2], *late))
    await verify(first, second)
    await first.close_round()
    await verify(first, second)
