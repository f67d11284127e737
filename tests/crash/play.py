"""A scene: what one consumer is given, phase by phase, and one process after another that takes it."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from shared import topics
from shared.audit.decisions import nothing_reserved
from shared.audit.numbers import nothing_borrowed
from shared.checks import Finding
from shared.kafka.fake import FakeKafka
from shared.policy import Policy, load_policy
from shared.stage.breaker import Breaker, BreakerLimits
from shared.stage.loop import LoopLimits, StageLoop
from shared.stage.observer import Silent
from shared.stage.ports import KafkaAway, Sink
from shared.stage.records import Headers, Outgoing, Record
from shared.stage.runner import Runner
from shared.stage.stage import Stage
from shared.stage.tables import RUNTIME
from shared.store.memory import Memory, MemoryStore
from shared.store.port import Store, StoreAway, Table
from shared.store.tables import Decision
from tests.crash.calls import Gate
from tests.crash.ports import GatedSink, GatedSource, GatedStore
from tests.crash.state import Lasting, State, restored

PARTITION, PARTITIONS = 1, 2
"""All records stand in the second of two partitions: it is the one that moves when a second member joins."""
NOW_US = 1_788_000_000_000_000
HOUR_US = 3_600_000_000
BATCH = 4
"""Records of a batch: so few that a scene is several batches."""
IN_PLACE = LoopLimits(max_records=BATCH, first_wait_s=0.0, longest_wait_s=0.0, breaker_poll_s=0.0)
"""Waits for what is away within the batch, without any time going by."""
STANDING_BY = LoopLimits(
    max_records=BATCH, first_wait_s=1e-9, longest_wait_s=1e-9, breaker_poll_s=0.0, rebalance_timeout_s=0.0
)
"""Has no patience: lets go of the batch at once, pauses, and seeks back."""


class Fed(NamedTuple):
    """A record to append; Kafka gives it its offset."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Times:
    """What differs between two processes: their clock, and the policy that they have loaded."""

    late_us: int = 0
    other_policy: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """``feed`` is appended, then ``actor`` takes all there is.

    An actor is ``main``, ``commands``, or ``look`` for the worker that produces commands. ``hours`` are after the
    scene's beginning.
    """

    actor: str
    feed: Sequence[Fed] = ()
    hours: float = 0


@dataclass(frozen=True)
class Parts:
    """What a process of the service is made of; built anew for each."""

    main: Stage[Any] | None = None
    commands: Stage[Any] | None = None
    look: Callable[[], Awaitable[object]] | None = None


NowUs = Callable[[], int]
Build = Callable[[Store, Sink, NowUs, bool], Parts]
"""From store, sink, clock and whether the policy has changed."""
Verify = Callable[[Store], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True)
class Scene:
    """``setup`` is played once and without faults; ``phases`` are what is enumerated.

    ``domain`` are the stage's own invariants, over its store; ``refuses`` says why Kafka refuses a record for good.
    ``reserves`` and ``decides`` say that it has the steps 3b
    and 4. ``traces``: that equal bytes count in the header that names the causing record, which is so unless the stage
    asks itself for the same by two commands, of which either may be first.
    """

    name: str
    stage: str
    phases: tuple[Phase, ...]
    build: Build
    tables: tuple[Table[Any], ...] = ()
    setup: tuple[Phase, ...] = ()
    domain: Sequence[Verify] = ()
    is_reservation: Callable[[Decision], bool] = nothing_reserved
    has_senders_number: Callable[[Decision], bool] = nothing_borrowed
    refuses: Callable[[Outgoing], str | None] = lambda outgoing: None
    reserves: bool = True
    decides: bool = True
    traces: bool = True
    all_tables: Mapping[str, Table[Any]] = field(init=False)

    def __post_init__(self) -> None:
        tables: tuple[Table[Any], ...] = (*RUNTIME, *self.tables)
        object.__setattr__(self, "all_tables", {table.name: table for table in tables})

    def topics_of(self, actor: str) -> tuple[str, ...]:
        """What a consumer of the scene reads: of the stage's topics those that hold anything in it."""
        if actor == "commands":
            return (topics.command(self.stage),)
        fed = {one.topic for phase in (*self.setup, *self.phases) for one in phase.feed}
        return tuple(sorted(fed - {topics.command(self.stage)}))

    def broker(self, clock: "Clock") -> FakeKafka:
        """A new Kafka for it."""
        return FakeKafka(self.partitions, clock, refuses=self.refuses)

    def group_of(self, actor: str) -> str:
        """The consumer group of an actor."""
        return (topics.COMMAND_GROUPS if actor == "commands" else topics.GROUPS)[self.stage]

    @property
    def read(self) -> tuple[str, ...]:
        """All topics that a consumer of the scene reads."""
        return (*self.topics_of("main"), *self.topics_of("commands"))

    @property
    def partitions(self) -> Mapping[str, int]:
        """All topics of a deployment."""
        return _partitions()

    @property
    def groups(self) -> tuple[str, ...]:
        """Both of the service's groups."""
        return (self.group_of("main"), self.group_of("commands"))


@cache
def _partitions() -> dict[str, int]:
    policy = shipped()
    # The stages' own test people send as "dss".
    return {topic.name: PARTITIONS for topic in topics.all_topics((*policy.sources, "dss"), policy.providers)}


@cache
def shipped() -> Policy:
    """The policy that ships, loaded once."""
    return load_policy(Path(__file__).parents[2] / "deploy" / "policy")


class Clock:
    """Milliseconds for the fake Kafka: every append carries the time of its phase."""

    def __init__(self) -> None:
        self.now_ms = NOW_US // 1_000

    def set(self, now_ms: int) -> None:
        """It is now."""
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


class World:
    """What lasts, and the phases of a scene on it."""

    def __init__(self, scene: Scene, lasting: Lasting, clock: Clock, phases: tuple[Phase, ...]) -> None:
        self.scene, self.lasting, self.phases = scene, lasting, phases
        self._clock = clock
        self._set_clock()

    @property
    def kafka(self) -> FakeKafka:
        return self.lasting.kafka

    @property
    def phase(self) -> Phase:
        """The present one."""
        return self.phases[self.lasting.phase]

    @property
    def done(self) -> bool:
        """Whether all phases are over."""
        return self.lasting.phase == len(self.phases)

    def next_phase(self) -> None:
        """Go on to the next phase, and append what it is fed."""
        self.lasting.phase += 1
        if not self.done:
            self._set_clock()
            self.feed()

    def feed(self) -> None:
        """Append the records of the present phase."""
        for one in self.phase.feed:
            self.kafka.append(one.topic, PARTITION, one.key, one.value, one.headers)

    def _set_clock(self) -> None:
        if not self.done:
            self._clock.set((NOW_US + int(self.phase.hours * HOUR_US)) // 1_000)


class Process:
    """One process of the service in the present phase: builds its parts, runs its loop, and says where it stands."""

    def __init__(self, world: World, gate: Gate, times: Times = Times(), limits: LoopLimits = IN_PLACE) -> None:
        scene, self.world = world.scene, world
        phase = world.phase
        now_us = NOW_US + int(phase.hours * HOUR_US) + times.late_us
        self._store = GatedStore(MemoryStore(world.lasting.memory), gate, world.lasting)
        self._sink = GatedSink(world.kafka.sink(), gate, world.lasting)
        parts = scene.build(self._store, self._sink, lambda: now_us, times.other_policy)
        self._look, self._actor = parts.look, phase.actor
        self.loop: StageLoop | None = None
        stage = {"main": parts.main, "commands": parts.commands, "look": None}[phase.actor]
        if stage is None:
            return
        group = scene.group_of(phase.actor)
        self.inner = world.kafka.source(group, scene.topics_of(phase.actor))
        self.source = GatedSource(self.inner, gate)
        breaker = Breaker(group, self._store, BreakerLimits()) if phase.actor == "main" else None
        guard: dict[str, Any] = {} if breaker is None else {"too_many_dead": breaker.would_trip}
        runner = Runner(stage, self._store, self._sink, group=group, now_us=lambda: now_us, observer=Silent(), **guard)
        self.loop = StageLoop(
            scene.name,
            runner,
            self.source,
            self._store,
            breaker=breaker,
            observer=Silent(),
            random=Random(1),
            now_us=lambda: now_us,
            clock=lambda: 0.0,
            limits=limits,
        )
        self.source.when_idle(self.loop.stop)

    async def run(self) -> None:
        """From the start to the end of the phase: until nothing more comes."""
        try:
            await self._store.open(list(self.world.scene.all_tables.values()))
            await self._sink.start()
            if self.loop is not None:
                await self.loop.run()
            elif self._look is not None and self._actor == "look":
                await self._look()
        except (StoreAway, KafkaAway):
            # It ends with its answer missing; the group notices in time that it is gone.
            if self.loop is not None:
                await self.world.kafka.leave(self.inner)
            raise


class Open:
    """A gate that lets everything through."""

    async def before(self, call: Any) -> None: ...

    async def during(self, call: Any) -> int | None:
        return None

    async def after(self, call: Any) -> None: ...


async def to_the_end(world: World, gate: Gate, times: Times = Times(), limits: LoopLimits = IN_PLACE) -> None:
    """Play all phases that are left, with a new process in each. One that ends by what is away is started again."""
    while not world.done:
        with contextlib.suppress(StoreAway, KafkaAway):
            await Process(world, gate, times, limits).run()
            world.next_phase()


async def begun(scene: Scene) -> World:
    """A scene with its setup played, at the first of its phases."""
    clock = Clock()
    lasting = Lasting(Memory(), scene.broker(clock), scene.all_tables, scene.read, scene.groups)
    await MemoryStore(lasting.memory).open(list(scene.all_tables.values()))
    setting = World(scene, lasting, clock, scene.setup)
    if scene.setup:
        setting.feed()
    await to_the_end(setting, Open())
    lasting.phase = 0
    world = World(scene, lasting, clock, scene.phases)
    world.feed()
    return world


async def resumed(scene: Scene, state: State, phases: tuple[Phase, ...] | None = None) -> World:
    """The scene as it stood at that moment, with no process running; or other ``phases`` from there."""
    clock = Clock()
    lasting = await restored(state, scene.all_tables, scene.broker(clock), scene.groups, clock.set)
    return World(scene, lasting, clock, scene.phases if phases is None else phases)


def each(verify: Callable[[Store], Awaitable[Finding]]) -> Verify:
    """An invariant of one finding, as a scene takes it."""

    async def verified(store: Store) -> Sequence[Finding]:
        return [await verify(store)]

    return verified


def fed(record: Record) -> Fed:
    """A record of a test's own making, to be appended."""
    return Fed(record.origin.topic, record.key, record.value, record.headers)
