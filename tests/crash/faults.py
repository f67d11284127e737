"""Faults that a process survives: a call that is not answered, or half done, or refused; alone, and two in one run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from shared.stage.loop import LoopLimits
from tests.crash.explore import Baseline
from tests.crash.gates import Fault, Faulty, Moments, When, faults_of
from tests.crash.play import IN_PLACE, STANDING_BY, resumed, to_the_end
from tests.crash.state import State


@dataclass
class Survived:
    """How many runs with faults there were, and the moments at which their processes might have stopped besides."""

    alone: int = 0
    pairs: int = 0
    states: dict[State, None] = field(default_factory=dict)


async def survived(base: Baseline, *, pairs: int, seed: int) -> Survived:
    """Every fault at every call, waited for in place and standing by; then ``pairs`` drawn with ``seed``."""
    found = Survived()
    alone = [fault for number, (_, call) in enumerate(base.calls) for fault in faults_of(number, call)]
    for fault in alone:
        for limits in (IN_PLACE, STANDING_BY):
            found.alone += 1
            found.states.update(dict.fromkeys(await _with(base, [fault], limits)))
    random = Random(seed)
    for _ in range(pairs):
        first = random.choice(alone)
        number = random.randrange(first.number + 1, len(base.calls) + 10)
        second = Fault(number, random.choice(list(When)), refused=random.random() < 0.5)
        found.pairs += 1
        await _with(base, [first, second], random.choice((IN_PLACE, STANDING_BY)))
    return found


async def _with(base: Baseline, faults: Iterable[Fault], limits: LoopLimits) -> Iterable[State]:
    world = await resumed(base.scene, base.start)
    moments = Moments(world.lasting)
    faulty = Faulty(moments, {fault.number: fault for fault in faults})
    await to_the_end(world, faulty, limits=limits)
    await base.check(world, f"with {list(faulty.faults.values())}")
    return moments.at
