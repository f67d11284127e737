"""Held applications are looked at again, and refusals whose ground is gone."""

import asyncio

from services.dedup.checks import verify_refusals
from services.dedup.sweeper import Sweeper, Watch
from services.dedup.tables import REVISIONS
from shared.contracts.person import Name, NationalId
from shared.store.memory import MemoryStore
from tests.unit.dedup.people import person
from tests.unit.dedup.world import ListSink, Process, World, played

OTHER = person(national_id=NationalId(n10="7700000001"), name=Name(bn="সোলায়মান"), mother=None, father=None, mobile=None)


async def _stuck(world: World) -> None:
    """``a1`` is in the index, and its process stopped before it decided."""

    class Stop(Exception):
        pass

    reads = 0

    async def before(operation: str) -> None:
        nonlocal reads
        reads += REVISIONS.name in world.memory.tables and len(world.memory.tables[REVISIONS.name].by_key) > 0
        if reads:
            raise Stop

    try:
        await (await world.instance(before)).process(world.first)  # type: ignore[attr-defined]
    except Stop:
        assert world.rows("a1") == []


@played
async def test_one_that_waits_for_an_earlier_one_is_decided_after_it(world: World, process: Process) -> None:
    world.first = world.record("a1")  # type: ignore[attr-defined]
    await _stuck(world)
    await process.process(world.record("a2", place=1))
    assert world.state("a2") == "review/system"
    line = world.statuses("a2")
    assert line == [(1, 1, "review")]
    await world.sweep(process)
    assert world.state("a2") == "review/system", "nothing has changed"
    await process.process(world.first)  # type: ignore[attr-defined]
    await world.sweep(process)
    assert (world.state("a1"), world.state("a2")) == ("cleared", "duplicate")
    assert world.statuses("a2") == [(1, 1, "review"), (1, 2, "duplicate")]


@played
async def test_an_earlier_one_has_the_later_concede_and_tells_of_it(world: World, process: Process) -> None:
    world.first = world.record("a1", place=5)  # type: ignore[attr-defined]
    await _stuck(world)
    await process.process(world.record("a0", place=1))
    assert world.state("a0") == "cleared"
    assert world.state("a1") == "review/system"
    assert world.statuses("a1") == [(1, 1, "review")]
    await process.process(world.first)  # type: ignore[attr-defined]
    assert world.state("a1") == "duplicate"


@played
async def test_another_process_finds_what_one_has_held_and_died(world: World, process: Process) -> None:
    world.first = world.record("a1")  # type: ignore[attr-defined]
    await _stuck(world)
    await process.process(world.record("a2", place=1))
    other = await world.instance()
    await other.process(world.first)  # type: ignore[attr-defined]
    await world.sweep(other)
    assert world.state("a2") == "duplicate"


@played
async def test_a_refusal_ends_with_the_acceptance_that_it_rests_on(world: World, process: Process) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1), world.record("a3", place=2))
    await process.process(world.record("a1", revision=2, outcome="withdrawn"))
    assert not (await verify_refusals(process.store, None)).holds  # type: ignore[arg-type]
    await world.sweep(process)
    assert [world.state(name) for name in ("a1", "a2", "a3")] == ["withdrawn", "cleared", "duplicate"]
    original = world.ruling("a3").original
    assert original is not None
    assert original.application_id == "a2"
    finding = await verify_refusals(process.store, None)  # type: ignore[arg-type]
    assert finding.holds
    assert "1 refusals" in finding.detail


@played
async def test_a_refusal_stays_while_an_amended_original_is_still_the_same_person(
    world: World, process: Process
) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1))
    await process.process(world.record("a1", person(mobile="01911111111"), revision=2))
    await world.sweep(process)
    assert world.state("a2") == "duplicate"
    original = world.ruling("a2").original
    assert original is not None
    assert original.revision == 2
    assert world.cleared("a2") == []


@played
async def test_a_refusal_ends_when_the_original_turns_out_to_be_somebody_else(world: World, process: Process) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1))
    await process.process(world.record("a1", OTHER, revision=2))
    await world.sweep(process)
    assert [world.state(name) for name in ("a1", "a2")] == ["cleared", "cleared"]


@played
async def test_what_was_asked_is_not_asked_again_at_once(world: World, process: Process) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1))
    await process.process(world.record("a1", revision=2, outcome="withdrawn"))
    assert await process.sweeper.look() == 1
    assert await process.sweeper.look() == 0
    asked = world.asked()
    await process.obey(*asked)
    before = len(world.sink.sent)
    await process.obey(*asked)
    replayed = world.sink.sent[before:]
    assert replayed == world.sink.sent[before - len(replayed) : before]
    await world.sweep(process)
    assert world.state("a2") == "cleared"


@played
async def test_a_command_that_comes_too_late_changes_nothing(world: World, process: Process) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1))
    await process.process(world.record("a1", revision=2, outcome="withdrawn"))
    await process.sweeper.look()
    (command,) = world.asked()
    again = command.__class__(command.origin._replace(offset=1_000), command.key, command.value, command.headers, 1)
    await process.obey(again)
    await world.sweep(process)
    rows = world.rows("a2")
    await process.obey(command)
    assert world.rows("a2") == rows


def test_it_stops_when_told_and_waits_for_a_store_that_is_away() -> None:
    async def scene() -> None:
        world = World()
        store = MemoryStore(world.memory)
        process = await world.instance(store=store)
        looks = 0

        class Counting(Sweeper):
            async def look(self) -> int:
                nonlocal looks
                looks += 1
                if looks == 3:
                    self.stop()
                return await super().look()

        sweeper = Counting(store, process.register, ListSink(), Watch(), world.now_us, period_s=0.001)
        await asyncio.wait_for(sweeper.run(), 5)
        assert looks == 3

    asyncio.run(scene())
