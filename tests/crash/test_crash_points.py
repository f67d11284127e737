"""Each consumer of each stage, stopped at every await of its steps; then the faults it survives; then two at once."""

import asyncio

import pytest

from tests.crash.calls import Step
from tests.crash.explore import Baseline, baseline, crashes
from tests.crash.faults import survived
from tests.crash.invariants import assert_copies_are_equal, assert_replay_says_the_same, findings
from tests.crash.play import HOUR_US, Open, Scene, Times, resumed, to_the_end
from tests.crash.rivals import HELD_MOST, rivals
from tests.crash.scenes.all import SCENES

SEED = 20_261_122
PAIRS = 30
"""So many pairs of faults are drawn for each scene; pairs of stops are enumerated in full."""

every_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name.replace(" ", "_"))


@every_scene
def test_stopped_at_any_point_and_again_it_publishes_the_same_bytes(scene: Scene, tell: list[str]) -> None:
    async def enumerate_all() -> None:
        base = await baseline(scene)
        faults = await survived(base, pairs=PAIRS, seed=SEED)
        found = await crashes(base, also=faults.states)
        await _later_under_another_policy(base)
        missing = _expected(scene) - found.steps.keys()
        assert not missing, f"{scene.name} never came to {sorted(missing)}"
        assert found.points > 0
        further = "any number of stops" if found.closed else "two stops; more not to the end"
        tell.append(
            f"{scene.name}: {found.points} points alone, {found.pairs:,} pairs, all ({found.states:,} distinct states "
            f"left behind, {found.runs:,} runs, closed under {further}); {faults.alone} faults alone, all, each with a "
            f"stop at every point after it; {faults.pairs} pairs of faults, drawn with seed {SEED}; 0 violations"
        )

    asyncio.run(enumerate_all())


@every_scene
def test_two_processes_that_share_a_partition_publish_the_same_bytes(scene: Scene, tell: list[str]) -> None:
    async def enumerate_all() -> None:
        base = await baseline(scene)
        found = await rivals(base, SEED)
        assert found.zombies > 0
        tell.append(
            f"{scene.name}: partition moved at every call: {found.zombies:,} runs with a zombie (at most {HELD_MOST} "
            f"moments of the other, drawn with seed {SEED}), {found.rolling} under another policy, {found.told} told "
            "in time; 0 violations"
        )

    asyncio.run(enumerate_all())


async def _later_under_another_policy(base: Baseline) -> None:
    """Restart at every distinct state, an hour later, after policy has changed: what is decided afresh may differ, and
    what was decided is published as it was."""
    for state in base.moments.at:
        world = await resumed(base.scene, state)
        await to_the_end(world, Open(), Times(late_us=HOUR_US, other_policy=True))
        assert_copies_are_equal(world.lasting.published)
        faults = [finding for finding in await findings(world) if not finding.holds]
        assert not faults, f"{base.scene.name}: {faults}"
        await assert_replay_says_the_same(world)


def _expected(scene: Scene) -> set[Step]:
    """The steps that a scene must meet: all of them, but for a stage that decides without a row of its own."""
    beyond = {Step.RESERVE} if not scene.reserves else set()
    return set(Step) - beyond - (set() if scene.decides else {Step.RECORD})
