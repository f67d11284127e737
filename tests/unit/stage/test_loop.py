"""A group's member: what it does when a partition is taken away, a dependency is away, or the breaker opens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from random import Random

import pytest

from shared import topics
from shared.kafka.fake import FakeKafka, FakeSource, Step
from shared.stage.breaker import Breaker, BreakerLimits, close_breaker
from shared.stage.loop import LoopLimits, StageLoop
from shared.stage.observer import Silent
from shared.stage.publishing import UNDELIVERED
from shared.stage.runner import Runner
from shared.store.memory import Memory, MemoryStore
from shared.store.port import StoreAway
from shared.store.tables import COMMON, DECISIONS, FATES
from tests.unit.stage.echo import GROUP, OUT, TOPIC, EchoStage, record

pytestmark = pytest.mark.anyio

LETTERS = topics.dead_letters(TOPIC, GROUP)
PLACE = (TOPIC, 0)
LIMITS = LoopLimits(fetch_wait_ms=0, first_wait_s=0.001, longest_wait_s=0.002, breaker_poll_s=0.001)
BREAKER = BreakerLimits(window=20, share=0.5, minimum=4)
TURNS = 5_000


class World:
    """A Kafka and a store that outlive the members; ``seconds`` and ``us`` are clocks, which only the test moves."""

    def __init__(self) -> None:
        self.kafka = FakeKafka({TOPIC: 1, OUT: 1, LETTERS: 1}, now_ms=lambda: 1)
        self.memory = Memory()
        self.seconds, self.us = 0.0, 1
        self.limits = LIMITS
        self.before: Callable[[str], Awaitable[None]] | None = None
        self.store = MemoryStore(self.memory, self._before)

    async def _before(self, name: str) -> None:
        if self.before is not None:
            await self.before(name)

    def write(self, *subjects: str | None) -> None:
        """Records for the stage; None is one that nobody can read."""
        for subject in subjects:
            value = b"\xff{" if subject is None else record(0, subject).value
            self.kafka.append(TOPIC, 0, None, value)

    def member(self) -> tuple[StageLoop, FakeSource]:
        """One instance, as a new process would make it."""
        source, breaker = self.kafka.source(GROUP, [TOPIC]), Breaker(GROUP, self.store, BREAKER)
        runner = Runner(
            EchoStage(),
            self.store,
            self.kafka.sink(),
            group=GROUP,
            now_us=lambda: self.us,
            observer=Silent(),
            too_many_dead=breaker.would_trip,
        )
        loop = StageLoop(
            "echo",
            runner,
            source,
            self.store,
            breaker=breaker,
            observer=Silent(),
            random=Random(1),
            now_us=lambda: self.us,
            clock=lambda: self.seconds,
            limits=self.limits,
        )
        return loop, source

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[StageLoop, FakeSource]]:
        """A member at work, told to stop at the end of the block."""
        loop, source = self.member()
        task = asyncio.create_task(loop.run())
        try:
            yield loop, source
        finally:
            loop.stop()
            await task

    @property
    def done(self) -> int:
        """How many records are committed."""
        return self.kafka.committed(GROUP).get(PLACE, 0)

    def sent(self, topic: str) -> list[bytes | None]:
        """Values in a topic."""
        return [item.value for item in self.kafka.contents(topic)]  # type: ignore[union-attr]

    async def rows(self) -> int:
        """How much has been written down."""
        return len([row async for row in self.store.scan(DECISIONS)]) + len(
            [row async for row in self.store.scan(FATES)]
        )


@pytest.fixture
async def world() -> World:
    made = World()
    await made.store.open((*COMMON, UNDELIVERED))
    return made


async def until(holds: Callable[[], bool], what: str) -> None:
    """Let the others run until it holds; fails after so many turns of the event loop, most of which take no time."""
    for turn in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0 if turn % 50 else 0.001)
    pytest.fail(f"waited in vain for {what}")


async def test_what_is_revoked_while_a_batch_is_in_hand_is_not_written_and_done_again(world: World) -> None:
    world.write("a", "b")
    waiting: list[asyncio.Task[None]] = []
    async with world.running() as (loop, _):

        async def taken_away(name: str) -> None:
            if not waiting and name == "follow":
                waiting.append(asyncio.create_task(loop.revoked()))
                await asyncio.sleep(0)
                assert not waiting[0].done(), "whoever takes the partition waits for the batch in hand"
            elif len(waiting) == 1 and not waiting[0].done():
                assert name not in ("insert", "insert_all"), "and nothing more is written in it"

        world.before = taken_away
        await until(lambda: world.done == 2, "both records")
        assert waiting[0].done()
    assert len(world.sent(OUT)) == 2


async def test_what_is_revoked_after_sending_is_not_committed_and_sent_again_in_the_same_bytes(world: World) -> None:
    world.write("a")
    committed: list[int] = []
    waiting: list[asyncio.Task[None]] = []
    async with world.running() as (loop, _):

        async def taken_away(step: Step) -> None:
            if step is Step.SENT and not waiting:
                waiting.append(asyncio.create_task(loop.revoked()))
                await asyncio.sleep(0)
            elif step is Step.COMMIT:
                committed.append(len(world.sent(OUT)))

        world.kafka.at = taken_away
        await until(lambda: world.done == 1, "the record")
    first, second = world.sent(OUT)
    assert first == second
    assert committed == [2], "it was committed by the second turn, not by the one that was told to let go"


async def test_a_planned_rebalance_runs_no_batch_twice(world: World) -> None:
    """The second member gets the batch when the first has let go of it, and not while the first is within it."""
    world.kafka.partitions |= dict.fromkeys((TOPIC, OUT, LETTERS), 2)
    moving = (TOPIC, 1)
    for subject in "ab":
        world.kafka.append(*moving, None, record(0, subject).value)
    here, go = asyncio.Event(), asyncio.Event()

    async def stand_still(name: str) -> None:
        if name == "insert" and not here.is_set():
            here.set()
            await go.wait()

    world.before = stand_still
    async with world.running():
        await until(here.is_set, "the first to have the batch in hand")
        async with world.running() as (_, second):
            for _ in range(200):
                await asyncio.sleep(0)
            meanwhile = await world.rows(), world.sent(OUT), second.lag()
            go.set()
            assert meanwhile == (0, [], {}), "the second waits"
            await until(lambda: world.kafka.committed(GROUP).get(moving) == 2, "both records")
            assert second.lag() == {moving: 0}, "it was the second who ended it"
    assert len(world.sent(OUT)) == 2, "nothing was sent twice"


async def test_told_to_stop_it_finishes_the_batch_in_hand_and_commits_it(world: World) -> None:
    world.write("a", None)
    told = asyncio.Event()
    async with world.running() as (loop, _):

        async def tell(name: str) -> None:
            if name == "insert" and not told.is_set():
                told.set()
                loop.stop()

        world.before = tell
        await until(told.is_set, "the batch to be in hand")
    assert (world.done, len(world.sent(OUT)), len(world.sent(LETTERS))) == (2, 1, 1)


async def test_what_is_revoked_while_it_is_fetched_is_not_begun(world: World) -> None:
    world.write("a")
    moments: list[str] = []
    async with world.running() as (loop, _):

        async def fetching(step: Step) -> None:
            moments.append(step)
            if step is Step.FETCH and moments.count(step) == 1:
                await loop.revoked()

        async def storing(name: str) -> None:
            moments.append(name)

        world.kafka.at, world.before = fetching, storing
        await until(lambda: world.done == 1, "the record")
    assert moments[: moments.index("insert")].count(Step.FETCH) == 2, "nothing is written of what was fetched first"


@pytest.mark.parametrize("rebalanced", [False, True])
async def test_a_store_that_is_away_for_long_is_waited_for_paused_and_nothing_is_lost(
    world: World, rebalanced: bool
) -> None:
    world.write("a", None, "b")
    failures = 5
    pauses: list[bool] = []

    async def away(name: str) -> None:
        nonlocal failures
        if failures and name in ("follow", "ping"):
            failures -= 1
            world.seconds += LIMITS.rebalance_timeout_s  # longer than a batch is waited for in place
            raise StoreAway("rows", "no answer")

    async with world.running() as (loop, source):
        pause = source.pause
        source.pause = lambda: (pauses.append(True), pause())[1]  # type: ignore[method-assign,func-returns-value]
        world.before = away
        await until(lambda: loop.waiting_for == "store", "the loop to stand by")
        if rebalanced:
            await world.kafka.rebalance(GROUP)
        await until(lambda: world.done == 3, "all records")
        assert loop.waiting_for is None
    assert failures == 0
    assert len(pauses) == 1 + rebalanced, "what is assigned meanwhile is paused again"
    assert len(world.sent(OUT)) == 2
    assert len(world.sent(LETTERS)) == 1, "what was away is waited for, and never a reason for a dead letter"


async def test_an_open_breaker_writes_nothing_outlives_a_restart_and_is_closed_by_a_person_alone(world: World) -> None:
    world.write(*[None] * 5)
    async with world.running() as (loop, _):
        await until(lambda: loop.breaker_open is not None, "the breaker to open")
    async with world.running() as (loop, _):
        await until(lambda: loop.breaker_open is not None, "the breaker to be open still")
        assert loop.breaker_open == "5 of the last 5 records could not be read"
        assert (world.done, await world.rows(), world.sent(LETTERS)) == (0, 0, [])
        world.write(*"abcdefgh")  # among others the five are no longer most
        assert await close_breaker(world.store, GROUP, "mended", "operator", 2)
        await until(lambda: world.done == 13, "all records")
        assert loop.breaker_open is None
    assert len(world.sent(LETTERS)) == 5
    assert not await close_breaker(world.store, GROUP, "again", "operator", 3), "it is not open any more"


async def test_after_a_resume_rubbish_can_become_letters_and_what_follows_is_judged_again(world: World) -> None:
    world.write(*[None] * 5)
    async with world.running() as (loop, _):
        await until(lambda: loop.breaker_open is not None, "the breaker to open")
        assert await close_breaker(world.store, GROUP, "one source's bad export", "operator", 2)
        await until(lambda: world.done == 5, "the rubbish to be passed")
        assert len(world.sent(LETTERS)) == 5
        world.write(*[None] * BREAKER.window)
        await until(lambda: loop.breaker_open is not None or world.done > 5, "more rubbish to be judged")
        world.write(*[None] * BREAKER.window)
        await until(lambda: loop.breaker_open is not None, "the breaker to open once more")


async def read_by_one_process_after_another(world: World, *feeds: Sequence[str | None]) -> str | None:
    """Each reads its feed and ends; what the breaker said to the last."""
    end = world.done
    for feed in feeds:
        world.write(*feed)
        end += len(feed)
        async with world.running() as (loop, _):
            await until(partial(read_or_stopped, world, loop, end), "a feed")
            said = loop.breaker_open
    return said


def read_or_stopped(world: World, loop: StageLoop, end: int) -> bool:
    return loop.breaker_open is not None or world.done == end


async def test_a_process_that_ends_before_it_has_read_enough_leaves_what_it_read_to_the_next(world: World) -> None:
    few: list[str | None] = [None] * (BREAKER.minimum - 1)
    assert await read_by_one_process_after_another(world, few, few) == "6 of the last 6 records could not be read"
    assert len(world.sent(LETTERS)) == len(few)


async def test_a_process_that_follows_judges_no_more_than_one_window(world: World) -> None:
    good = list("abcdefghijklmnopqrst")
    assert len(good) == BREAKER.window
    assert await read_by_one_process_after_another(world, good, [None] * 10, good[:5]) is None
    assert await read_by_one_process_after_another(world, [None] * 9) == "15 of the last 20 records could not be read"


async def test_a_process_that_follows_a_resume_knows_how_much_of_the_window_may_pass_still(world: World) -> None:
    rubbish: list[str | None] = [None] * 5
    assert await read_by_one_process_after_another(world, rubbish) is not None
    assert await close_breaker(world.store, GROUP, "one source's bad export", "operator", 2)
    world.us = 3
    half: list[str | None] = [None] * (BREAKER.window // 2)
    async with world.running():
        await until(lambda: world.done == len(rubbish), "the rubbish to be passed")
    assert await read_by_one_process_after_another(world, half, half) is None
    assert await read_by_one_process_after_another(world, half) is not None


async def test_a_few_dead_letters_among_many_records_open_nothing(world: World) -> None:
    world.write(*"abcdefgh", None, None, None, None, None)
    async with world.running() as (loop, _):
        await until(lambda: world.done == 13, "all records")
        assert loop.breaker_open is None
    assert len(world.sent(LETTERS)) == 5
