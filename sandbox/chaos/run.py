"""One run from the first process to the verdict."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

from rich.console import Console

from sandbox.chaos.drain import LONGEST_S, Drained, drain, readers
from sandbox.chaos.feeding import Feeding
from sandbox.chaos.felt import felt
from sandbox.chaos.gate import Gate
from sandbox.chaos.groups import Groups
from sandbox.chaos.incidents import Lane, Surroundings
from sandbox.chaos.instances import Fleet
from sandbox.chaos.kafka import shake
from sandbox.chaos.people import People
from sandbox.chaos.policies import next_version
from sandbox.chaos.progress import Progress
from sandbox.chaos.report import Report
from sandbox.chaos.schedule import INSTANCES, Schedule, schedule
from sandbox.chaos.stores import small_disk
from sandbox.chaos.tally import Tally
from sandbox.chaos.unfetchable import UNFETCHABLE, send_unfetchable
from sandbox.chaos.verdict import findings, look
from sandbox.demo.world import World, outside_world
from sandbox.deployment.deployment import Deployment, prepare
from sandbox.kafka.broker import LocalKafka
from sandbox.ministries.feed import Feed
from sandbox.population.scenario import MATURE
from sandbox.providers.accounts import write_accounts
from sandbox.providers.run import ledgers
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.stage.ports import KafkaAway

POLICY: Final = Path("deploy/policy")
PER_SECOND: Final = 20.0
"""Applications; five minutes of it are 6,000, and two cores do it with half of the instances down."""
REPORT_WAIT_FACTOR: Final = 1e-4
"""A day that a provider has for its report is 8.6 s: shorter than it is silent."""
ROUNDS_CLOSE_AT: Final = 0.5
"""Share of the run after which committees choose, while services are killed."""
FEED_LASTS_LONGER_S: Final = 15.0
"""So that there is work to take over for the last of the incidents, too."""
KAFKA_START_S: Final = 150.0
"""It starts while every service tries to reach it, perhaps on a busy machine; how soon it is back is nobody's bar."""
_SHOW_S = 0.5
_WATCH_S = 0.5
_BACKLOG_S = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is given; ``folder`` is emptied. ``drain_s`` is how long the backlog may take to drain."""

    seed: int
    seconds: float
    folder: Path
    drain_s: float = LONGEST_S

    @property
    def applications(self) -> int:
        """How many are sent."""
        return int(self.seconds * PER_SECOND)


def run(options: Options, console: Console) -> Report:
    """Do it; leaves no process and no mount behind, however it ends. Raises ``DsrError``."""
    shutil.rmtree(options.folder, ignore_errors=True)
    policy = load_policy(POLICY)
    today = policy_date(datetime.now(UTC))
    feed = Feed(options.seed, MATURE, policy, today, options.applications)
    accounts, next_policy = options.folder / "accounts.csv", options.folder / "next-policy"
    write_accounts(accounts, feed.truths())
    next_version(POLICY, next_policy)
    console.print("Starting Kafka, two instances of each of the six services, and the providers.")
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(options.folder / "kafka", start_seconds=KAFKA_START_S))
        prepared = asyncio.run(prepare(options.folder, kafka.bootstrap, policy, POLICY, REPORT_WAIT_FACTOR))
        planned = schedule(options.seed, options.seconds)
        disk = stack.enter_context(small_disk(options.folder / "data", planned.small_disk, options.folder / "disk"))
        fleet = stack.enter_context(_fleet(prepared, options.folder / "orders"))
        deployment = _seen_from_outside(prepared, fleet, next_policy)
        world = stack.enter_context(outside_world(deployment, accounts, options.seed))
        tally = Tally()
        around = Surroundings(
            fleet,
            Groups(kafka.bootstrap),
            Gate(),
            tally,
            options.folder / "data",
            disk,
            world.providers,
            next_policy,
        )
        feeding = Feeding(feed, tuple(policy.sources), kafka.bootstrap, Random(f"feeding {options.seed}"))
        people = People(deployment, world, fleet, options.seed)
        with Progress(console, tally, options.applications) as progress:
            chaos = Chaos(options, planned, deployment, world, kafka, around, feeding, people, progress)
            return asyncio.run(chaos.run())


@contextmanager
def _fleet(prepared: Deployment, orders: Path) -> Iterator[Fleet]:
    """Whatever still runs at the end of the block is killed, frozen processes too."""
    fleet = Fleet(prepared, orders)
    try:
        yield fleet
    finally:
        fleet.kill()


def _seen_from_outside(prepared: Deployment, fleet: Fleet, policy_dir: Path) -> Deployment:
    """The deployment as people and ``dsr`` know it: at the first instances, under the newest policy."""
    more = {**fleet.ports(INSTANCES[0]), "DSR_POLICY_DIR": str(policy_dir)}
    return replace(prepared, environment={**prepared.environment, **more})


class Chaos:
    """The phases: ready, shaken, drained, looked at."""

    def __init__(
        self,
        options: Options,
        planned: Schedule,
        deployment: Deployment,
        world: World,
        kafka: LocalKafka,
        around: Surroundings,
        feeding: Feeding,
        people: People,
        progress: Progress,
    ) -> None:
        self._options, self._planned, self._deployment, self._world = options, planned, deployment, world
        self._kafka, self._around, self._feeding, self._people = kafka, around, feeding, people
        self._progress, self._tally, self._fleet = progress, around.tally, around.fleet
        self._behind: Mapping[str, int] = {}

    async def run(self) -> Report:
        """All phases; raises ``DsrError`` where one cannot be brought to its end."""
        watching = [asyncio.create_task(self._show()), asyncio.create_task(self._measure_backlog())]
        try:
            return await self._phases()
        finally:
            self._people.stop()
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await self._around.groups.close()

    async def _phases(self) -> Report:
        await self._fleet.start()
        await self._people.open(self._options.applications)
        self._progress.phase(
            f"Chaos for {self._options.seconds:.0f} s with seed {self._options.seed}: {self._options.applications:,} "
            "applications, poison among them. Ctrl-C ends everything."
        )
        self._tally.began = monotonic()
        await self._shake(self._tally.began + self._options.seconds)
        shaken_s = self._tally.at_s
        self._progress.phase("Peace: the backlog drains, and the last payments are asked for.")
        policy = self._deployment.policy
        drained = await drain(
            self._around.groups,
            policy,
            lambda: self._deployment.client("operator"),
            self._note_backlog,
            self._options.drain_s,
        )
        self._progress.phase("Every service is stopped in good order; then everything is read once and checked.")
        self._tally.exits += [*self._fleet.ended(), *await self._fleet.stop()]
        return await self._report(shaken_s, drained)

    async def _shake(self, until: float) -> None:
        """Everything at once, until the time is over and every incident and every record is finished."""
        seconds = self._options.seconds
        try:
            async with asyncio.TaskGroup() as group:
                guarding = group.create_task(self._restart_who_gave_up())
                works = [
                    self._feeding.run(self._options.applications / (seconds + FEED_LASTS_LONGER_S)),
                    self._unfetchable(until),
                    self._people.review_until(until),
                    self._rounds(seconds * ROUNDS_CLOSE_AT),
                    shake(self._kafka, self._fleet, self._around.gate, self._tally, self._planned.kafka, seconds),
                    *(Lane(stage, self._around).run(lane, until) for stage, lane in self._planned.lanes.items()),
                ]
                await asyncio.gather(*(group.create_task(work) for work in works))
                guarding.cancel()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _unfetchable(self, until: float) -> None:
        rng = Random(f"unfetchable {self._options.seed}")
        sources = tuple(self._deployment.policy.sources)
        self._feeding.poison[UNFETCHABLE] += await send_unfetchable(self._deployment.bootstrap, sources, rng, until)

    async def _rounds(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._people.close_rounds()

    async def _restart_who_gave_up(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            self._tally.exits += self._fleet.ended()

    async def _measure_backlog(self) -> None:
        wanted = readers(self._deployment.policy)
        while True:
            await asyncio.sleep(_BACKLOG_S)
            with contextlib.suppress(KafkaAway):
                self._note_backlog(await self._around.groups.behind(wanted))

    def _note_backlog(self, behind: Mapping[str, int]) -> None:
        self._behind = behind

    async def _show(self) -> None:
        while True:
            self._progress.show(len(self._feeding.acknowledged), self._behind)
            await asyncio.sleep(_SHOW_S)

    async def _report(self, shaken_s: float, drained: Drained) -> Report:
        policy, tally = self._deployment.policy, self._tally
        seen = await look(self._deployment.bootstrap, policy)
        paid = ledgers(self._world.folder, tuple(policy.providers))
        held = await asyncio.to_thread(
            findings, self._deployment, seen, self._feeding.acknowledged, paid, tally, drained, self._options.seconds
        )
        return Report(
            seed=self._options.seed,
            seconds=shaken_s,
            applications=len(self._feeding.acknowledged),
            records=self._feeding.records,
            poison=dict(self._feeding.poison),
            kills=tally.kills,
            incidents={str(kind): count for kind, count in tally.done.items()},
            skipped={str(kind): count for kind, count in tally.skipped.items()},
            kafka_away_s=tally.kafka_away_s,
            drained_s=drained.seconds,
            events=seen.published.events,
            repeats=dict(seen.published.repeated),
            ends=seen.account.by_fate,
            asked_again=self._people.asked_again,
            felt=felt(self._fleet.logs()),
            findings=held,
        )
