"""Committees' words as their programs name them: whatever a command is called, none breaks off or loses a place."""

import pytest

from tests.unit.enrolment.bench import bench, cleared
from tests.unit.enrolment.test_rounds import ranked, refusals, standing

pytestmark = pytest.mark.anyio


async def test_two_words_of_one_name_in_a_batch_are_one_and_the_other_application_keeps_its_offer() -> None:
    b, round_id = await ranked(2, "a", "b", "c")
    await b.take(b.feed.selected("a", round_id, command_id="x"), b.feed.selected("b", round_id, command_id="x"))
    assert await standing(b) == {"a": "held", "b": "offered", "c": "waiting"}
    assert await b.states() == {"a": "enrolled", "b": "waiting", "c": "waiting"}
    assert (await b.fates())[-1] == "recognised"
    await b.take(b.feed.selected("b", round_id, command_id="y"))
    assert (await b.states())["b"] == "enrolled"


async def test_a_word_may_be_named_by_its_application() -> None:
    b, round_id = await ranked(1, "a", "b")
    word = b.feed.selected("a", round_id, command_id="a")
    await b.take(word)
    await b.take(word)
    assert await b.states() == {"a": "enrolled", "b": "waiting"}
    await b.take(b.feed.selected("a", round_id, command_id="a"))
    await b.arrive(cleared("a", "old_age", revision=2))
    assert (await b.states())["a"] == "enrolled"
    assert sorted(set(await b.fates())) == ["decision", "recognised"]


async def test_an_application_arrives_although_a_word_on_it_was_refused_under_its_name() -> None:
    b = await bench()
    await b.take(b.feed.selected("a", "old_age.1", command_id="a"))
    assert await refusals(b) == ["not_in_a_round"]
    await b.arrive(cleared("a", "old_age"))
    assert await b.states() == {"a": "waiting"}


@pytest.mark.parametrize(("name", "command_id"), [("", "x"), ("a", "")])
async def test_a_word_without_a_name_or_on_nobody_is_a_dead_letter(name: str, command_id: str) -> None:
    b, round_id = await ranked(1, "a")
    before = await b.fates()
    await b.take(*(b.feed.selected(name, round_id, command_id=command_id) for _ in range(2)))
    assert sorted(await b.fates()) == sorted([*before, "dead_letter", "dead_letter"])
    assert await standing(b) == {"a": "offered"}


async def test_cleared_events_on_nobody_are_dead_letters() -> None:
    b = await bench()
    await b.arrive(cleared(""), cleared("", n=2), cleared("a"))
    assert await b.fates() == ["dead_letter", "dead_letter", "decision"]
