"""What was decided is taken back by a second person: split, merge and undo, and what goes on to enrolment."""

from random import Random

from services.dedup.checks import verify_refusals
from services.dedup.tables import TABLES
from shared import topics
from shared.contracts.person import Name, NationalId
from shared.store.memory import MemoryStore
from shared.store.tables import COMMON
from tests.unit.dedup.people import person
from tests.unit.dedup.test_reviews import BORROWER, _held, answer
from tests.unit.dedup.world import Process, World, played
from tests.unit.store.interleaving import Turns, finished

STRANGER = person(
    national_id=NationalId(n10="7700000001"),
    name=Name(bn="সোলায়মান", en="Solaiman"),
    mother=None,
    father=None,
    mobile=None,
)


async def said(world: World, process: Process, name: str, verdict: str, **more: object) -> tuple[str, str]:
    """A reviewer speaks about the present decision: the state of the answer, and its result's state or its reason."""
    word = world.verdict(name, verdict, n=world.rows(name)[-1].n, **more)  # type: ignore[arg-type]
    await process.process(word)
    await world.sweep(process)
    state, content = answer(world, word)
    return state, content["state"] if state == "done" else content[0]["code"]  # type: ignore[index,return-value]


async def assert_i10(world: World) -> None:
    store = MemoryStore(world.memory)
    await store.open((*COMMON, *TABLES))
    finding = await verify_refusals(store, None)  # type: ignore[arg-type]
    assert finding.holds, finding.detail


@played
async def test_an_undone_verdict_withdraws_what_was_passed_on_and_a_second_one_passes_it_on_again(
    world: World, process: Process
) -> None:
    await _held(world, process)
    await said(world, process, "a2", "distinct", by="salma")
    assert await said(world, process, "a2", "undo", by="rahim") == ("done", "review")
    assert world.state("a2") == "review/reviewer"
    assert world.cleared("a2") == [(1, 2, "passed"), (1, 3, "withdrawn")]
    assert await said(world, process, "a2", "distinct", by="salma") == ("done", "cleared")
    assert world.cleared("a2")[-1] == (1, 4, "passed")
    assert world.statuses("a2") == [(1, 1, "review"), (1, 2, "cleared"), (1, 3, "review"), (1, 4, "cleared")]


@played
async def test_who_was_refused_for_one_whose_acceptance_is_taken_back_is_refused_no_longer(
    world: World, process: Process
) -> None:
    await _held(world, process)
    await said(world, process, "a2", "distinct", by="salma")
    await process.process(world.record("a3", BORROWER, place=3))
    await said(world, process, "a3", "duplicate", of="a2", by="salma")
    original = world.ruling("a3").original
    assert original is not None
    assert (world.state("a3"), original.application_id) == ("duplicate", "a2")
    assert await said(world, process, "a2", "undo", by="rahim") == ("done", "review")
    assert world.state("a3").startswith("review")
    await assert_i10(world)


@played
async def test_a_wrong_merge_is_split(world: World, process: Process) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1))
    assert world.state("a2") == "duplicate"
    assert (await said(world, process, "a2", "split", by="salma"))[0] == "done"
    assert world.state("a2") == "cleared"
    assert world.ruling("a2").person == ("a2", ("a2",))
    assert world.cleared("a2")[-1][2] == "passed"
    await process.process(world.record("a1", revision=2, place=0, rate_class="other"))
    assert world.state("a1") == "cleared", "what a reviewer has parted stays apart when the other one is amended"
    await assert_i10(world)


@played
async def test_a_wrong_merge_that_a_reviewer_made_is_split_by_another_reviewer(world: World, process: Process) -> None:
    await _held(world, process)
    await said(world, process, "a2", "duplicate", of="a1", by="salma")
    assert await said(world, process, "a2", "split", by="salma") == ("refused", "second_person_needed")
    assert (await said(world, process, "a2", "split", by="rahim"))[0] == "done"
    assert world.state("a2") == "cleared"


@played
async def test_a_person_wrongly_recognised_in_another_programme_is_parted(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a2", place=1, programme="disability"))
    assert world.ruling("a2").person == ("a1", ("a1",))
    assert await said(world, process, "a2", "split", by="salma") == ("done", "cleared")
    assert world.ruling("a2").person == ("a2", ("a2",))
    assert await said(world, process, "a2", "split", by="rahim") == ("refused", "nothing_to_split")


@played
async def test_who_is_parted_from_a_person_is_not_taken_for_that_person_by_way_of_another_programme(
    world: World, process: Process
) -> None:
    await process.process(world.record("b1", programme="disability"))
    await process.process(world.record("a1", place=1))
    await process.process(world.record("a2", place=2))
    assert (world.ruling("a1").person, world.state("a2")) == (("b1", ("b1",)), "duplicate")
    await said(world, process, "a2", "split", by="salma")
    assert world.state("a2") == "cleared"
    assert world.ruling("a2").person == ("a2", ("a2",))


@played
async def test_who_matches_two_whom_a_reviewer_has_told_apart_waits_for_a_reviewer(
    world: World, process: Process
) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a2", place=1))
    await said(world, process, "a2", "split", by="salma")
    await process.process(world.record("c1", place=2, programme="disability"))
    assert world.state("c1") == "review/reviewer"
    assert {suspect.application_id for suspect in world.ruling("c1").suspects} == {"a1", "a2"}
    assert await said(world, process, "c1", "duplicate", of="a1", by="rahim") == ("done", "cleared")
    assert world.ruling("c1").person == ("a1", ("a1",))


@played
async def test_a_missed_duplicate_is_merged_and_what_was_passed_on_is_withdrawn(world: World, process: Process) -> None:
    await process.process(world.record("a1"), world.record("b1", STRANGER, place=1))
    assert (world.state("a1"), world.state("b1")) == ("cleared", "cleared")
    assert await said(world, process, "b1", "merge", of="a1", by="salma") == ("done", "duplicate")
    assert world.cleared("b1") == [(1, 1, "passed"), (1, 2, "withdrawn")]
    assert await said(world, process, "b1", "undo", by="salma") == ("refused", "second_person_needed")
    assert (await said(world, process, "b1", "undo", by="rahim"))[0] == "done"
    assert world.state("b1") == "cleared"
    assert world.cleared("b1")[-1][2] == "passed"
    await assert_i10(world)


@played
async def test_a_missed_person_in_another_programme_is_merged_and_keeps_the_name_it_was_paid_under(
    world: World, process: Process
) -> None:
    await process.process(world.record("a1"), world.record("b1", STRANGER, place=1, programme="disability"))
    assert await said(world, process, "b1", "merge", of="a1", by="salma") == ("done", "cleared")
    assert world.ruling("b1").person == ("a1", ("a1", "b1"))
    event = [each for each in world.published(topics.CLEARED) if each["application_id"] == "b1"][-1]
    assert (event["outcome"], event["person_id"], event["cluster"]) == ("passed", "a1", ["a1", "b1"])


@played
async def test_who_was_refused_for_a_merged_one_is_refused_for_the_one_it_was_merged_with(
    world: World, process: Process
) -> None:
    await process.process(world.record("a1"), world.record("b1", STRANGER, place=1))
    await process.process(world.record("b2", STRANGER, place=2))
    assert world.state("b2") == "duplicate"
    await said(world, process, "b1", "merge", of="a1", by="salma")
    assert world.state("b2") == "duplicate"
    original = world.ruling("b2").original
    assert original is not None
    assert original.application_id == "a1"
    await assert_i10(world)


@played
async def test_what_cannot_be_taken_back_is_refused_with_the_reason(world: World, process: Process) -> None:
    await _held(world, process)
    await process.process(world.record("a3", place=3))
    for name, verdict, more, code in (
        ("a2", "split", {}, "nothing_to_split"),
        ("a2", "merge", {"of": "a1"}, "not_accepted"),
        ("a3", "merge", {"of": "a1"}, "not_accepted"),
        ("a1", "undo", {}, "nothing_to_undo"),
        ("a1", "merge", {"of": "a3"}, "original_not_accepted"),
        ("a1", "merge", {"of": "a1"}, "original_not_accepted"),
        ("a1", "distinct", {}, "no_such_hold"),
    ):
        assert await said(world, process, name, verdict, **more) == ("refused", code)
    late = world.verdict("a3", "split", n=7)
    await process.process(late)
    assert answer(world, late)[1][0]["code"] == "decided_anew"  # type: ignore[index]


@played
async def test_a_pair_that_one_reviewer_has_parted_is_merged_by_another_one(world: World, process: Process) -> None:
    await _held(world, process)
    await said(world, process, "a2", "distinct", by="salma")
    assert await said(world, process, "a1", "merge", of="a2", by="salma") == ("refused", "second_person_needed")
    assert await said(world, process, "a1", "merge", of="a2", by="rahim") == ("done", "duplicate")


def test_of_two_accepted_copies_that_two_reviewers_merge_into_each_other_one_stays_accepted() -> None:
    async def begin(place: int) -> World:
        world = World()
        first = await world.instance()
        await first.process(world.record("a1"), world.record("b1", STRANGER, place=place))
        return world

    async def scene(world: World, seed: int) -> None:
        turns = Turns(Random(seed).randrange)
        words = [
            world.verdict("a1", "merge", n=1, of="b1", by="salma"),
            world.verdict("b1", "merge", n=1, of="a1", by="rahim"),
        ]
        processes = [world.rival(turns) for _ in words]
        turns.run(*(each.process(word) for each, word in zip(processes, words, strict=True)))
        sweeper = await world.instance()
        for _ in range(3):
            await world.sweep(sweeper)
        assert sorted(world.state(name) for name in ("a1", "b1")) == ["cleared", "duplicate"]
        await assert_i10(world)

    begun = [finished(begin(place)) for place in (-1, 1)]
    for seed in range(30):
        finished(scene(Random(seed).choice(begun).copy(), seed))


@played
async def test_a_borrower_who_was_merged_and_parted_again_does_not_get_the_others_id(
    world: World, process: Process
) -> None:
    await _held(world, process)
    await said(world, process, "a2", "duplicate", of="a1", by="salma")
    await said(world, process, "a2", "split", by="rahim")
    assert world.rows("a2")[-1].claims == ""
