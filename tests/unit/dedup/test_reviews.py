"""A reviewer's verdict, from hold to decision."""

import orjson

from shared.contracts.person import Name, NationalId
from shared.stage.records import Record
from shared.stage.stage import Kind
from shared.store.tables import FATES
from tests.unit.dedup.people import person
from tests.unit.dedup.world import Process, World, enter_listed, played

BORROWER = person(name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman"))


async def _held(world: World, process: Process, **changes: object) -> None:
    """``a1`` is accepted, ``a2`` is held for its sake."""
    await process.process(world.record("a1"))
    await process.process(world.record("a2", BORROWER, place=1, **changes))
    assert world.state("a2") == "review/reviewer"


def answer(world: World, said: Record) -> tuple[str, dict[str, object]]:
    """State and content of what the reviewer is answered."""
    command_id = orjson.loads(said.value or b"")["command_id"]
    (row,) = world.rows(command_id)
    content = orjson.loads(row.body)
    return row.state, content.get("result") or content.get("reasons")


@played
async def test_a_distinct_person_is_cleared_as_herself(world: World, process: Process) -> None:
    await _held(world, process)
    said = world.verdict("a2", "distinct", n=1)
    await process.process(said)
    assert world.state("a2") == "cleared"
    assert world.statuses("a2") == [(1, 1, "review"), (1, 2, "cleared")]
    assert world.cleared("a2") == [(1, 2, "passed")]
    assert world.ruling("a2").by == "reviewer-1"
    assert answer(world, said) == ("done", {"application_id": "a2", "revision": 1, "n": 2, "state": "cleared"})
    assert world.rows("a2")[-1].claims == "", "the national id stays with its first owner"


@played
async def test_a_verdict_on_somebody_who_stands_in_a_list_under_the_same_reference_is_told(
    world: World, process: Process
) -> None:
    await enter_listed(process, "a2", BORROWER, "old_age")
    await _held(world, process)
    await process.process(world.verdict("a2", "distinct", n=1))
    assert world.cleared("a2") == [(1, 2, "passed")]


@played
async def test_a_duplicate_is_refused_for_the_one_that_the_reviewer_names(world: World, process: Process) -> None:
    await _held(world, process)
    await process.process(world.verdict("a2", "duplicate", n=1, of="a1"))
    assert world.state("a2") == "duplicate"
    original = world.ruling("a2").original
    assert original is not None
    assert original.application_id == "a1"
    assert world.cleared("a2") == []


@played
async def test_the_same_person_in_another_programme_is_recognised_by_a_reviewer(world: World, process: Process) -> None:
    await _held(world, process, programme="disability")
    await process.process(world.verdict("a2", "duplicate", n=1, of="a1"))
    assert world.state("a2") == "cleared"
    person_of = world.ruling("a2").person
    assert person_of is not None
    assert person_of.person_id == "a1"


@played
async def test_a_verdict_on_another_hold_is_refused_with_the_reason(world: World, process: Process) -> None:
    await _held(world, process)
    for said in (
        world.verdict("a2", "distinct", n=2),
        world.verdict("a2", "distinct", n=1, revision=2),
        world.verdict("a1", "distinct", n=1),
    ):
        await process.process(said)
        state, reasons = answer(world, said)
        assert (state, reasons[0]["code"]) == ("refused", "no_such_hold")  # type: ignore[index]
        assert world.memory.tables[FATES.name].by_key[said.origin].kind == Kind.REFUSED
    assert world.state("a2") == "review/reviewer"


@played
async def test_a_verdict_needs_an_accepted_original(world: World, process: Process) -> None:
    await _held(world, process)
    for of, code in ((None, "original_missing"), ("a2", "original_not_accepted"), ("a9", "original_not_accepted")):
        said = world.verdict("a2", "duplicate", n=1, of=of)
        await process.process(said)
        assert answer(world, said)[1][0]["code"] == code  # type: ignore[index]


@played
async def test_a_verdict_on_an_unknown_application_is_refused(world: World, process: Process) -> None:
    said = world.verdict("a9", "distinct", n=1)
    await process.process(said)
    assert answer(world, said)[1][0]["code"] == "application_unknown"  # type: ignore[index]


@played
async def test_of_two_verdicts_on_one_hold_the_first_stands(world: World, process: Process) -> None:
    await _held(world, process)
    first, second = world.verdict("a2", "duplicate", n=1, of="a1"), world.verdict("a2", "distinct", n=1)
    await process.process(first, second)
    assert world.state("a2") == "duplicate"
    assert answer(world, second)[0] == "refused"


@played
async def test_a_verdict_replayed_gives_the_same_bytes(world: World, process: Process) -> None:
    await _held(world, process)
    before = len(world.sink.sent)
    said, wrong = world.verdict("a2", "distinct", n=1), world.verdict("a1", "distinct", n=1)
    await process.process(said, wrong)
    first = world.sink.sent[before:]
    await process.process(said, wrong)
    assert world.sink.sent[before:] == first * 2


@played
async def test_a_verdict_goes_on_after_a_crash_between_the_decision_and_its_answer(
    world: World, process: Process
) -> None:
    await _held(world, process)
    said = world.verdict("a2", "distinct", n=1)

    class Crash(Exception):
        pass

    inserts = 0

    async def before(operation: str) -> None:
        nonlocal inserts
        inserts += operation == "insert" and len(world.rows("a2")) == 2
        if inserts:
            raise Crash

    try:
        await (await world.instance(before)).process(said)
    except Crash:
        assert world.state("a2") == "cleared"
        assert not world.has_fate(said)
    await process.process(said)
    assert answer(world, said)[0] == "done"
    assert world.cleared("a2") == [(1, 2, "passed")]


@played
async def test_what_a_reviewer_has_parted_stays_apart_when_others_come(world: World, process: Process) -> None:
    await _held(world, process)
    await process.process(world.verdict("a2", "distinct", n=1))
    third = person(national_id=NationalId(n10="4601234567"))
    await process.process(world.record("a3", third, place=2))
    assert world.state("a3") == "duplicate", "of the first, whose name it bears"


@played
async def test_a_distinct_verdict_does_not_wave_through_what_came_meanwhile(world: World, process: Process) -> None:
    """The hold was for the sake of ``a1``; the reviewer has seen nothing of another copy that was accepted since."""
    await _held(world, process)
    fresh = person(name=BORROWER.name, national_id=NationalId(n13="5514952999999"))
    await process.process(world.record("b1", fresh, place=5))
    assert world.state("b1") == "review/reviewer"
    await process.process(world.verdict("b1", "distinct", n=1))
    await process.process(world.verdict("a2", "distinct", n=1))
    assert world.state("b1") == "cleared"
    assert world.state("a2") == "cleared", "the other verdict has said that they are two"
