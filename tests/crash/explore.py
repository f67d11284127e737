"""Enumerates the moments at which a process may stop, and plays on from each.

A process that has stopped leaves behind its state (``state.State``) and nothing else. So stopping at a point is taking
the state there, and two points that leave the same state behind are one and the same from then on: each distinct
state is played once, and stands for all points that lead to it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.crash.calls import Call, Step
from tests.crash.gates import Moments
from tests.crash.invariants import by_key, findings, without_traces
from tests.crash.play import Open, Scene, World, begun, resumed, to_the_end
from tests.crash.state import State, Written


class OtherBytes(AssertionError):
    """What was published differs from the run without a fault."""

    def __init__(self, scene: str, how: str, expected: list[Written], found: list[Written]) -> None:
        lacking = [_told(each) for each in expected if each not in found]
        beyond = [_told(each) for each in found if each not in expected]
        order = "" if lacking or beyond else "; the same records in another order"
        super().__init__(f"{scene}, {how}:\n  lacking {lacking}\n  beyond {beyond}{order}")


def _told(each: Written) -> str:
    return f"{each.topic}[{each.partition}] {each.key!r}: {(each.value or b'').decode(errors='replace')[:700]}"


@dataclass
class Baseline:
    """A scene played without a fault."""

    scene: Scene
    start: State
    calls: list[tuple[int, Call]]
    moments: Moments
    published: dict[tuple[str, bytes | None], list[Written]]
    good: set[State] = field(default_factory=set)
    """Ends that were found to be in order."""

    async def check(self, world: World, how: str, *, traces: bool = True) -> None:
        """All done, the invariants hold, and the bytes are those of the run without a fault.

        ``traces`` counts in the header that says which record led to it: of two commands that ask for the same thing on
        two partitions either may be first where two processes share them.
        """
        end = world.lasting.state()
        if end in self.good:
            return
        faults = [finding for finding in await findings(world) if not finding.holds]
        assert not faults, f"{self.scene.name}, {how}: {faults}"
        expected, now = self.published, by_key(end.published)
        if not (traces and self.scene.traces):
            expected, now = without_traces(expected), without_traces(now)
        for key in expected.keys() | now.keys():
            before, after = expected.get(key, []), now.get(key, [])
            if after != before:
                raise OtherBytes(self.scene.name, how, before, after)
        if traces:
            self.good.add(end)


async def baseline(scene: Scene) -> Baseline:
    """Play it once."""
    world = await begun(scene)
    start = world.lasting.state()
    moments = Moments(world.lasting)
    await to_the_end(world, moments)
    made = Baseline(scene, start, moments.calls, moments, by_key(world.lasting.published))
    await made.check(world, "without a fault")
    return made


@dataclass
class Explored:
    """What was enumerated. ``pairs`` counts (first stop, second stop); ``deeper`` says whether more than two stops led
    to no further state, so that any number of them is covered."""

    points: int
    pairs: int
    states: int
    runs: int
    closed: bool
    steps: Counter[Step]


async def crashes(base: Baseline, *, budget: int = 100, also: Iterable[State] = ()) -> Explored:
    """Stop at every point; after the restart at every point again; and so on until no new state comes up.

    ``also`` are states that a stop after another fault has left behind; each is played to its end. Two stops are always
    enumerated in full; more, as long as there have been fewer than ``budget`` runs.
    """
    points = base.moments.at
    runs = pairs = 0
    seen: set[State] = set()
    steps = Counter(base.moments.steps)
    level = list(points)
    depth = 0
    while level and (depth < 2 or runs < budget):
        depth += 1
        following: dict[State, None] = {}
        for state in level:
            seen.add(state)
            world = await resumed(base.scene, state)
            moments = Moments(world.lasting)
            await to_the_end(world, moments)
            runs += 1
            await base.check(world, f"after {depth} stops")
            steps.update(moments.steps)
            following.update(dict.fromkeys(moments.at))
            if depth == 1:
                pairs += points[state] * moments.points
        level = [state for state in following if state not in seen]
    for state in dict.fromkeys(also):
        if state not in seen:
            world = await resumed(base.scene, state)
            await to_the_end(world, Open())
            await base.check(world, "after another fault and a stop")
            seen.add(state)
            runs += 1
    return Explored(base.moments.points, pairs, len(seen), runs, not level, steps)
