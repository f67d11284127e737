"""Round programmes: ranked when the round closes, offered to the poorest, decided by the committee (I8)."""

import orjson
import pytest

from services.enrolment.logbook import Logbook
from shared.store.tables import DECISIONS
from tests.unit.enrolment.bench import AREA, Bench, bench, cleared

pytestmark = pytest.mark.anyio
LOG = f"old_age|{AREA}"


async def ranked(places: int, *names: str) -> tuple[Bench, str]:
    """A closed round in which ``names`` stand in this order."""
    b = await bench(places)
    await b.arrive(*(cleared(name, "old_age", order=float(order)) for order, name in enumerate(names)))
    return b, await b.close_round()


async def refusals(b: Bench) -> list[str]:
    """The first reason of each refusal, in no order of time."""
    found = []
    async for row in b.store.scan(DECISIONS):
        content = orjson.loads(row.body)
        if "reasons" in content and row.state == "refused":
            found.append(content["reasons"][0]["code"])
    return sorted(found)


async def standing(b: Bench) -> dict[str, str]:
    """What each application is in the cell."""
    cell = (await Logbook(b.store, b.tick).read([LOG]))[LOG]
    return {name: member.status.value for name, member in cell.members.items()}


async def test_nobody_is_enrolled_before_the_committee_has_decided() -> None:
    b, _ = await ranked(2, "a", "b", "c")
    assert await standing(b) == {"a": "offered", "b": "offered", "c": "waiting"}
    assert set((await b.states()).values()) == {"waiting"}
    assert b.changes() == []


async def test_the_committee_takes_whom_the_round_has_offered_a_place() -> None:
    b, round_id = await ranked(2, "a", "b", "c")
    await b.take(b.feed.selected("a", round_id), b.feed.selected("b", round_id), b.feed.selected("c", round_id))
    assert await b.states() == {"a": "enrolled", "b": "enrolled", "c": "waiting"}
    assert await refusals(b) == ["not_offered"]


async def test_a_refusal_needs_a_reason_and_passes_the_place_on_to_the_next_in_rank() -> None:
    b, round_id = await ranked(1, "a", "b", "c")
    await b.take(b.feed.selected("a", round_id, False))
    assert await refusals(b) == ["reason_missing"]
    await b.take(b.feed.selected("a", round_id, False, reason="has left the union"))
    assert await standing(b) == {"a": "rejected", "b": "offered", "c": "waiting"}
    await b.take(b.feed.selected("b", round_id))
    assert await b.states() == {"a": "not_selected", "b": "enrolled", "c": "waiting"}


async def test_the_next_in_rank_can_be_taken_in_the_same_batch_as_the_refusal_before_it() -> None:
    """As after a crash between the two: the answer does not hang on where batches end."""
    b, round_id = await ranked(1, "a", "b")
    await b.take(b.feed.selected("a", round_id, False, reason="has left the union"), b.feed.selected("b", round_id))
    assert await b.states() == {"a": "not_selected", "b": "enrolled"}


async def test_an_override_needs_a_reason_takes_the_last_offer_and_stays_on_record() -> None:
    b, round_id = await ranked(2, "a", "b", "c")
    await b.take(b.feed.selected("c", round_id, override=True))
    assert await refusals(b) == ["reason_missing"]
    await b.take(b.feed.selected("c", round_id, override=True, reason="lost the house in the flood"))
    assert await standing(b) == {"a": "offered", "b": "waiting", "c": "held"}
    rows = [row async for row in b.store.scan(DECISIONS) if b"flood" in row.body]
    assert [row.state for row in rows] == ["done"]


async def test_no_override_takes_a_confirmed_place() -> None:
    b, round_id = await ranked(1, "a", "b")
    await b.take(b.feed.selected("a", round_id))
    await b.take(b.feed.selected("b", round_id, override=True, reason="is poorer than it seems"))
    assert await refusals(b) == ["no_free_place"]
    assert await b.states() == {"a": "enrolled", "b": "waiting"}


async def test_who_comes_after_the_close_is_ranked_with_the_unplaced_in_the_next_round() -> None:
    b, first = await ranked(2, "a", "b", "c")
    await b.arrive(cleared("poorest", "old_age", order=-1.0))
    await b.take(b.feed.selected("a", first), b.feed.selected("b", first, False, reason="has a pension"))
    assert (await standing(b))["poorest"] == "waiting"
    assert (await standing(b))["c"] == "offered"
    second = await b.close_round()
    assert await standing(b) == {"a": "held", "b": "rejected", "c": "waiting", "poorest": "offered"}
    await b.take(b.feed.selected("poorest", first), b.feed.selected("c", second))
    assert await refusals(b) == ["another_round", "not_offered"]


async def test_an_overlap_passes_the_place_on() -> None:
    b, round_id = await ranked(1, "a", "b")
    await b.arrive(cleared("other", "disability", person="p-a"))
    await b.take(b.feed.selected("a", round_id))
    assert await standing(b) == {"a": "overlap", "b": "offered"}
    assert (await b.states())["a"] == "overlap"


async def test_a_withdrawal_of_an_offer_passes_it_on() -> None:
    b, _ = await ranked(1, "a", "b")
    await b.arrive(cleared("a", "old_age", n=2, outcome="withdrawn"))
    assert await standing(b) == {"a": "gone", "b": "offered"}


async def test_a_round_is_closed_once_and_cells_in_it_are_ranked_once() -> None:
    b, round_id = await ranked(1, "a", "b")
    assert await b.ask("round.close", "old_age") == "refused"
    assert await b.ask("rank", LOG, {"round_id": round_id}) == "done"
    assert await b.ask("round.open", "disability") == "refused"
    assert await standing(b) == {"a": "offered", "b": "waiting"}


async def test_the_same_word_sent_twice_is_recognised_and_a_replay_says_the_same() -> None:
    b, round_id = await ranked(1, "a", "b")
    word = b.feed.selected("a", round_id, command_id="c1")
    refused = b.feed.selected("b", round_id)
    b.sink.sent = []
    await b.take(word, refused)
    first, b.sink.sent = list(b.sink.sent), []
    await b.take(word, refused, b.feed.selected("a", round_id, command_id="c1"))
    assert b.sink.sent == first
    assert (await b.fates()).count("recognised") == 1
