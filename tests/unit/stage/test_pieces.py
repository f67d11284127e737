"""What is committed is what was done, and no more: of a fetch in pieces, and of a batch that a defect ends."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.kafka.fake import Step
from shared.stage.lease import Lease
from shared.stage.loop import StageLoop
from shared.stage.ports import Batch
from shared.stage.stage import History, Input, Verdict
from shared.store.port import StoreAway
from tests.unit.stage.echo import GROUP, OUT, TOPIC, EchoStage, record
from tests.unit.stage.test_loop import LETTERS, LIMITS, PLACE, World, until
from tests.unit.stage.test_loop import world as world

pytestmark = pytest.mark.anyio

SIZE = record(0, "a").size


def watched(loop: StageLoop, sizes: list[int]) -> None:
    """Note the size of each batch that the runtime is given."""
    process = loop._runner.process

    async def noting(batch: Batch, lease: Lease) -> int:
        sizes.append(sum(each.size for each in batch.records))
        return await process(batch, lease)

    loop._runner.process = noting  # type: ignore[method-assign]


async def test_a_fetch_of_many_bytes_is_done_in_pieces_each_committed_when_it_is_done(world: World) -> None:
    """Kafka's own limits count compressed bytes, so that a fetch may be many times what they say."""
    world.limits = replace(LIMITS, max_bytes=2 * SIZE)
    world.write(*"abcde")
    big = record(0, "big", text="x" * 10 * SIZE)
    world.kafka.append(TOPIC, 0, None, big.value)
    sizes: list[int] = []
    committed: list[int] = []

    async def look(step: Step) -> None:
        if step is Step.COMMITTED:
            committed.append(world.done)

    world.kafka.at = look
    async with world.running() as (loop, _):
        watched(loop, sizes)
        await until(lambda: world.done == 6, "all records")
    assert committed == [2, 4, 5, 6]
    assert max(sizes[:-1]) <= 2 * SIZE
    assert sizes[-1] > 10 * SIZE, "a record is never split"
    assert len(world.sent(OUT)) == 6


@pytest.mark.parametrize("long", [False, True], ids=["in place", "standing by"])
async def test_a_piece_that_is_not_done_comes_again_with_those_behind_it_and_none_before_it(
    world: World, long: bool
) -> None:
    world.limits = replace(LIMITS, max_bytes=1)
    world.write("a", "b", "c", "d")
    failures = 3

    async def away(name: str) -> None:
        nonlocal failures
        if failures and world.done == 1:
            failures -= 1
            world.seconds += LIMITS.rebalance_timeout_s * long
            raise StoreAway("rows", "no answer")

    world.before = away
    async with world.running():
        await until(lambda: world.done == 4, "all records")
    assert failures == 0
    assert len(world.sent(OUT)) == 4, "each once, as nothing of it was done twice"


async def test_what_is_revoked_between_two_pieces_is_done_by_whoever_has_it_then(world: World) -> None:
    world.limits = replace(LIMITS, max_bytes=1)
    world.write("a", "b", "c")
    revoked: list[asyncio.Task[None]] = []

    async with world.running() as (loop, _):

        async def take_away(step: Step) -> None:
            if step is Step.COMMITTED and not revoked:
                revoked.append(asyncio.create_task(loop.revoked()))
                await asyncio.sleep(0)

        world.kafka.at = take_away
        await until(lambda: world.done == 3, "all records")
    assert revoked[0].done()
    assert len(world.sent(OUT)) == 3, "the pieces behind it were given back unread"


class Defective(EchoStage):
    """Fails on one subject, as a defect of the program does."""

    async def decide(self, inputs: Sequence[Input[dict[str, object]]], history: History) -> Sequence[Verdict]:
        if any(item.subject == "b" for item in inputs):
            raise KeyError("b")
        return await super().decide(inputs, history)


async def test_a_defect_ends_the_consumer_commits_nothing_and_makes_no_dead_letter(world: World) -> None:
    """The frameworks' ways out are to commit and lose the record, or to try it again thousands of times a second."""
    world.write("a", "b", "c")
    loop, _ = world.member()
    loop._runner._decider._stage = Defective()
    with pytest.raises(KeyError):
        await asyncio.wait_for(loop.run(), 5)
    assert not loop.alive
    assert world.kafka.committed(GROUP)[PLACE] == 0
    assert (world.sent(OUT), world.sent(LETTERS)) == ([], [])
    async with world.running():
        await until(lambda: world.done == 3, "a mended version to do all of it")
    assert len(world.sent(OUT)) == 3
