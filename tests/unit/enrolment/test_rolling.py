"""Rolling programmes: a place while there is one, a queue that keeps its order, one overlap group a person."""

import orjson
import pytest

from services.enrolment.entitlements import entitlement_id
from shared import topics
from tests.unit.enrolment.bench import Bench, bench, cleared, payee
from tests.unit.stage.echo import ListSink

pytestmark = pytest.mark.anyio


async def test_who_comes_while_there_is_a_place_is_enrolled_and_the_poorer_of_a_batch_come_first() -> None:
    b = await bench(places=2)
    await b.arrive(cleared("a", order=3.0), cleared("b", order=1.0), cleared("c", order=2.0), cleared("d", order=None))
    assert await b.states() == {"a": "waiting", "b": "enrolled", "c": "enrolled", "d": "waiting"}
    assert b.changes() == [("b", "granted", 1, 1), ("c", "granted", 1, 1)]


async def test_an_ended_entitlement_passes_its_place_on_to_the_next_in_rank() -> None:
    b = await bench(places=1)
    await b.arrive(cleared("a"))
    await b.arrive(cleared("late_and_poor", order=1.0, minute=9), cleared("rich", order=5.0))
    assert await b.ask("entitlement.end", entitlement_id("a"), {"reason": "has died"}) == "done"
    assert await b.states() == {"a": "ended", "late_and_poor": "enrolled", "rich": "waiting"}
    assert b.changes()[1:] == [("a", "ended", 1, 2), ("late_and_poor", "granted", 1, 2)]


async def test_who_arrives_while_a_place_is_being_passed_on_does_not_overtake() -> None:
    b = await bench(places=1)
    await b.arrive(cleared("a"))
    await b.arrive(cleared("b", order=1.0))
    await b.order(b.feed.command("entitlement.end", entitlement_id("a"), {"reason": "has moved abroad"}))
    await b.arrive(cleared("c", order=2.0))
    assert (await b.states())["c"] == "waiting"
    await b.settle()
    assert await b.states() == {"a": "ended", "b": "enrolled", "c": "waiting"}


async def test_one_person_gets_one_of_two_programmes_that_exclude_each_other() -> None:
    b = await bench()
    await b.arrive(cleared("a", person="x"), cleared("b", "mother_child", person="y", cluster=("x", "y")))
    assert await b.states() == {"a": "enrolled", "b": "overlap"}
    await b.arrive(cleared("c", "mother_child"), cleared("d", "mother_child"))
    assert (await b.states())["d"] == "enrolled"


async def test_an_overlap_ends_with_the_other_entitlement_and_the_cell_can_be_filled_again() -> None:
    b = await bench()
    await b.arrive(cleared("a", person="x"))
    await b.arrive(cleared("b", "mother_child", person="x"))
    assert await b.ask("fill", "mother_child|30260001", {"retry_overlaps": True}) == "done"
    assert (await b.states())["b"] == "overlap"
    await b.ask("entitlement.end", entitlement_id("a"), {"reason": "chose the other"})
    await b.ask("fill", "mother_child|30260001", {"retry_overlaps": True})
    assert await b.states() == {"a": "ended", "b": "enrolled"}


async def test_an_amendment_of_a_holder_keeps_the_place_and_restates_the_entitlement() -> None:
    b = await bench(places=1)
    await b.arrive(cleared("a"))
    await b.arrive(cleared("a", revision=2, order=9.0))
    await b.arrive(cleared("a", revision=3, payee=payee("01822222222")))
    assert b.changes() == [("a", "granted", 1, 1), ("a", "amended", 2, 1), ("a", "payee_changed", 3, 1)]
    assert (await b.states()) == {"a": "enrolled"}


async def test_an_amended_waiting_application_has_its_new_rank() -> None:
    b = await bench(places=1)
    await b.arrive(cleared("a"))
    await b.arrive(cleared("b", order=2.0), cleared("c", order=3.0))
    await b.arrive(cleared("c", order=1.0, revision=2))
    await b.ask("entitlement.end", entitlement_id("a"), {"reason": "has died"})
    assert await b.states() == {"a": "ended", "b": "waiting", "c": "enrolled"}


async def test_an_amendment_to_another_area_frees_the_place_for_those_who_wait() -> None:
    b = await bench(places=1)
    await b.arrive(cleared("a"))
    await b.arrive(cleared("b"))
    await b.arrive(cleared("a", revision=2, area="3026000210"))
    await b.settle()
    assert await b.states() == {"a": "enrolled", "b": "enrolled"}
    assert b.changes() == [("a", "granted", 1, 1), ("a", "amended", 2, 1), ("b", "granted", 1, 2)]


async def test_a_withdrawal_ends_who_waits_and_suspends_who_is_enrolled() -> None:
    b = await bench(places=1)
    await b.arrive(cleared("a"))
    await b.arrive(cleared("b"))
    await b.arrive(cleared("a", n=2, outcome="withdrawn"), cleared("b", n=2, outcome="withdrawn"), cleared("c"))
    assert await b.states() == {"a": "suspended", "b": "ended", "c": "waiting"}
    assert b.changes() == [("a", "granted", 1, 1), ("a", "suspended", 1, 2)]
    await b.arrive(cleared("a", n=3))
    assert b.changes()[-1] == ("a", "resumed", 1, 3)


async def test_what_was_cleared_before_something_newer_is_answered_superseded() -> None:
    b = await bench()
    await b.arrive(cleared("a", revision=2, n=3))
    await b.arrive(cleared("a", revision=2, n=1))
    await b.arrive(cleared("a", revision=1))
    assert await b.fates() == ["decision", "superseded", "superseded"]
    lines = [orjson.loads(item.value or b"") for item in b.sink.sent if item.topic == topics.status("msw")]
    assert [line["about"] for line in lines] == ["application", "submission", "submission"]


async def test_a_replay_publishes_the_same_bytes() -> None:
    b = await bench(places=2)
    records = [b.feed.cleared(cleared(name, person="x" if name in "ab" else name)) for name in "abcd"]
    await b.take(*records)
    first, again = list(b.sink.sent), await Bench(b.store.memory, places=9).open()
    await again.take(*records)
    assert [(s.key, s.value, s.headers) for s in again.sink.sent] == [(s.key, s.value, s.headers) for s in first]
    assert isinstance(again.sink, ListSink)
