"""Two processes at once: a partition moves in mid-batch, and the first goes on without knowing, or is told."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from tests.crash.explore import Baseline
from tests.crash.gates import Held
from tests.crash.invariants import assert_copies_are_equal, assert_replay_says_the_same, findings
from tests.crash.play import HOUR_US, Open, Process, Times, World, resumed, to_the_end
from tests.crash.state import State

HELD_MOST = 8


@dataclass
class Rivalry:
    """How many runs there were: with a zombie, with one under another policy, and with one that was told."""

    zombies: int = 0
    rolling: int = 0
    told: int = 0


async def rivals(base: Baseline, seed: int) -> Rivalry:
    """Move the partition at every call of every phase.

    Where the first is held before one of its writes, the second one is held before each of ``HELD_MOST`` of its own,
    drawn with ``seed``, since what either does between two writes the other cannot see; and where the first is held
    before a read, at none and at one drawn.
    """
    found, random = Rivalry(), Random(seed)
    for phase, start in (await _starts(base)).items():
        actor = base.scene.phases[phase].actor
        if actor == "look":
            continue
        calls = [call for of, call in base.calls if of == phase]
        writes = [number for number, call in enumerate(calls, 1) if call.writes]
        held = sorted(random.sample(writes, min(HELD_MOST, len(writes))))
        for first, call in enumerate(calls, 1):
            for second in (0, *(held if call.writes else random.sample(writes, min(1, len(writes))))):
                await zombie(base, start, first, second)
                found.zombies += 1
            await zombie(base, start, first, random.choice((0, *writes)), Times(late_us=HOUR_US, other_policy=True))
            await told(base, start, first, alone=actor == "main")
            found.rolling, found.told = found.rolling + 1, found.told + 1
    return found


async def _starts(base: Baseline) -> dict[int, State]:
    """Where each phase begins: the scene played once more, phase by phase."""
    starts: dict[int, State] = {}
    world = await resumed(base.scene, base.start)
    while not world.done:
        starts[world.lasting.phase] = world.lasting.state()
        await Process(world, Open()).run()
        world.next_phase()
    return starts


async def zombie(base: Baseline, start: State, first: int, second: int, times: Times | None = None) -> None:
    """The group gives the first process up before its ``first``-th call. The second takes over and stands still before
    its ``second``-th call (0: it runs to its end) while the first goes on to its own end; then the second goes on.

    ``times`` are the second's own clock and policy: then the bytes are those of whoever was first.
    """
    world = await resumed(base.scene, start)
    gates = Held(first), Held(second)
    one = Process(world, gates[0])
    running = [asyncio.create_task(one.run())]
    await _held_or_done(running[0], gates[0])
    one.source.give_up()
    await world.kafka.leave(one.inner)
    two = Process(world, gates[1], times or Times())
    running.append(asyncio.create_task(two.run()))
    await _held_or_done(running[1], gates[1])
    gates[0].go()
    await _quiet(running[0], gates[0])
    gates[1].go()
    await asyncio.gather(*running)
    await _finished(base, world, f"a zombie from its call {first}, the other held at {second}", times)


async def told(base: Baseline, start: State, first: int, *, alone: bool) -> None:
    """A second process joins before the first one's ``first``-th call, and the first is told: from the moment that the
    second writes, the first writes no more (where it is ``alone`` that the one partition with records moves)."""
    world = await resumed(base.scene, start)
    hands: list[int] = []
    gates = Held(first, lambda: hands.append(1)), Held(0, lambda: hands.append(2))
    one, two = Process(world, gates[0]), Process(world, gates[1])
    running = [asyncio.create_task(one.run())]
    await _held_or_done(running[0], gates[0])
    running.append(asyncio.create_task(two.run()))
    await _quiet(running[1], gates[1])
    gates[0].go()
    await asyncio.gather(*running)
    how = f"told before call {first}"
    changes = sum(before != after for before, after in pairwise(hands))
    assert changes <= 1 or not alone, f"{base.scene.name}, {how}: two hands were in one batch: {hands}"
    await _finished(base, world, how, None)


async def _finished(base: Baseline, world: World, how: str, times: Times | None) -> None:
    await Process(world, Open()).run()
    world.next_phase()
    await to_the_end(world, Open())
    if times is None:
        await base.check(world, how, traces=False)
        return
    assert_copies_are_equal(world.lasting.published)
    faults = [finding for finding in await findings(world) if not finding.holds]
    assert not faults, f"{base.scene.name}, {how}: {faults}"
    await assert_replay_says_the_same(world)


async def _held_or_done(task: "asyncio.Task[None]", gate: Held) -> None:
    here = asyncio.ensure_future(gate.is_here.wait())
    await asyncio.wait({task, here}, return_when=asyncio.FIRST_COMPLETED)
    here.cancel()


async def _quiet(task: "asyncio.Task[None]", gate: Held) -> None:
    """Until the process has ended, or waits for the other one."""
    still = 0
    while not task.done() and still < 20:
        before = gate.calls
        await asyncio.sleep(0)
        still = still + 1 if gate.calls == before else 0
