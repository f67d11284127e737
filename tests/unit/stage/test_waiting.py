"""What is away is waited for: said by name, never counted as standing still, and left at once when told to stop."""

import asyncio

import pytest

from shared.http.health import of_worker
from shared.kafka.fake import Step
from shared.stage.loop import StageLoop
from shared.stage.observer import Silent
from shared.stage.ports import KafkaAway
from shared.store.port import StoreAway
from tests.unit.stage.echo import GROUP
from tests.unit.stage.test_loop import LIMITS, PLACE, World, until
from tests.unit.stage.test_loop import world as world

pytestmark = pytest.mark.anyio
STALL_S = 60.0


async def health(world: World, loop: StageLoop) -> dict[str, str]:
    """What the probes of a consumer say is missing."""
    found = {probe.name: await probe.missing() for probe in of_worker(loop, lambda: world.seconds, STALL_S)}
    return {name: said for name, said in found.items() if said is not None}


@pytest.mark.parametrize("dependency", ["store", "kafka"])
@pytest.mark.parametrize("long", [False, True], ids=["in place", "standing by"])
async def test_told_to_stop_while_it_waits_it_leaves_at_once_with_nothing_committed(
    world: World, dependency: str, long: bool
) -> None:
    world.write("a")

    reached = Step.SEND

    def be_away(error: Exception) -> None:
        if long:  # longer than a batch is waited for in place
            world.seconds += LIMITS.rebalance_timeout_s
        raise error

    async def store(name: str) -> None:
        if dependency == "store" and name in ("follow", "ping"):
            be_away(StoreAway("rows", "no answer"))

    async def kafka(step: Step) -> None:
        nonlocal reached
        if dependency == "kafka" and step is reached:
            reached = Step.FETCH if long else Step.SEND
            be_away(KafkaAway("no answer"))

    async with world.running() as (loop, _):
        world.before, world.kafka.at = store, kafka
        await until(lambda: loop.waiting_for == dependency, "the loop to wait")
        assert await health(world, loop) == {"echo.waits": f"The consumer echo waits for {dependency}, which is away."}
        world.seconds += 10 * STALL_S
        assert "echo.moves" not in await health(world, loop), "waiting is not standing still"
        loop.stop()
        await until(lambda: not loop.alive, "the loop to leave")
    assert world.done == 0


async def test_a_long_wait_that_is_over_is_not_held_against_the_consumer(world: World) -> None:
    world.write("a")
    failures = 3

    async def away(name: str) -> None:
        nonlocal failures
        if failures and name in ("follow", "ping"):
            failures -= 1
            world.seconds += 10 * STALL_S
            raise StoreAway("rows", "no answer")

    seen: list[dict[str, str]] = []
    async with world.running() as (loop, source):
        resume = source.resume

        def resumed() -> None:
            resume()
            seen.append({})

        source.resume = resumed  # type: ignore[method-assign]
        world.before = away
        await until(lambda: bool(seen), "the wait to be over")
        world.kafka.append("echo.in.v1", 0, None, b"more")
        assert "echo.moves" not in await health(world, loop)
        await until(lambda: world.done == 2, "all records")


async def test_a_wait_that_ends_because_the_partition_is_gone_is_over(world: World) -> None:
    """Otherwise the instance would say for ever that it waits, and nobody would see it stand still."""
    world.write("a")

    async def away(name: str) -> None:
        if name == "follow" and world.done == 0:
            raise StoreAway("rows", "no answer")

    async with world.running() as (loop, source):
        world.before = away
        await until(lambda: loop.waiting_for == "store", "the loop to wait")
        world.kafka.commit(GROUP, source._generation, {PLACE: 1})  # another member has done it
        await asyncio.wait_for(world.kafka.rebalance(GROUP), 5)
        await until(lambda: loop.waiting_for is None, "the wait to be over")
    assert await world.rows() == 0


async def test_a_batch_that_is_never_done_is_seen_although_nothing_else_waits(world: World) -> None:
    world.write("a")
    released = asyncio.Event()

    async def hang(name: str) -> None:
        if name == "follow":
            await released.wait()

    async with world.running() as (loop, _):
        world.before = hang
        try:
            await until(lambda: loop.lag == 1, "the batch to be in hand")
            assert "echo.moves" not in await health(world, loop)
            world.seconds += STALL_S
            assert "1 records wait" in (await health(world, loop))["echo.moves"]
            world.seconds -= STALL_S
        finally:
            released.set()
        await until(lambda: (world.done, loop.lag) == (1, 0), "the batch to be done")


async def test_fetches_that_bring_nothing_although_records_wait_are_no_progress(world: World) -> None:
    """A zombie: it polls, its heart beats, and it reads nothing."""
    async with world.running() as (loop, source):
        await until(lambda: loop.alive, "the loop to run")
        source.pause()
        world.write("a")
        await until(lambda: loop.lag == 1, "the lag to be known")
        world.seconds += STALL_S
        for _ in range(50):
            await asyncio.sleep(0)
        assert "has not moved" in (await health(world, loop))["echo.moves"]
        source.resume()
        await until(lambda: world.done == 1, "the record to be read")
        await until(lambda: loop.progressed_at == world.seconds, "progress to be seen")
        assert await health(world, loop) == {}


async def test_the_breaker_is_told_of_by_its_consumer_group(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str, bool]] = []
    monkeypatch.setattr(Silent, "breaker", lambda self, *said: told.append(said))
    world.write(*[None] * 5)
    async with world.running() as (loop, _):
        await until(lambda: loop.breaker_open is not None, "the breaker to open")
        await until(lambda: ("echo", GROUP, True) in told, "the gauge to be set")
    assert {group for _, group, _ in told} == {GROUP}
