"""The phases of a demo, in order: start, fund, send, review, close the rounds, select, settle, account."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from sandbox.clerks import Clerk, decide_reviews
from sandbox.committees import Habits
from sandbox.demo.accounting import account
from sandbox.demo.board import Board
from sandbox.demo.progress import Display
from sandbox.demo.summary import Money, Summary, by_programme, latency, rejections, reviewed
from sandbox.demo.world import World
from sandbox.deployment.deployment import Deployment
from sandbox.ministries.feed import Feed
from sandbox.ministries.send import send
from sandbox.population.outcome import score
from sandbox.population.scenario import Scenario
from shared.checks import Finding
from shared.errors import DsrError
from shared.policy.dates import policy_date

POLL_S = 0.25
QUIET_S = 2.0
"""A phase is over when nothing new has been said for this long and nothing more is to be expected."""
LONGEST_PHASE_S = 600.0


class Stalled(DsrError):
    """Nothing moves and not everything has come to an end."""

    def __init__(self, phase: str, seconds: float, what: str) -> None:
        self.phase = phase
        super().__init__(f"The demo does not go on ({phase}, {seconds:.0f} s): {what}.")


class CheckFailed(DsrError):
    """``dsr check`` could not look."""

    def __init__(self, said: str) -> None:
        super().__init__(f"dsr check did not answer: {said}")


@dataclass(frozen=True, slots=True)
class Options:
    """What a demo is given."""

    applications: int
    seed: int
    scenario_name: str
    scenario: Scenario


class Demo:
    """One run against a deployment and its outside world."""

    def __init__(self, deployment: Deployment, world: World, options: Options, display: Display) -> None:
        self._deployment, self._world, self._options, self._display = deployment, world, options, display
        policy = deployment.policy
        today = policy_date(datetime.now(UTC))
        self._feed = Feed(options.seed, options.scenario, policy, today, options.applications)
        self._truths = list(self._feed.truths())
        self._person_of = {tuple(truth.reference): truth.person_id for truth in self._truths}
        self._board = Board(policy.sources)

    async def run(self) -> Summary:
        """All phases; raises ``Stalled`` and what ends when a service ends."""
        began = monotonic()
        async with self._following():
            self._display.phase("The treasury allocates and releases, and the payment cycles are opened.")
            await asyncio.to_thread(self._world.open_cycles, self._options.applications)
            self._display.phase(f"Ten sources send {self._options.applications} applications.")
            sent = await send(self._feed, self._deployment.bootstrap, progress=self._display.sent())
            await self._until("applications on their way", lambda: self._all_seen(sent) and self._nobody_on_the_way())
            self._display.phase("Clerks decide half of the reviews.")
            await asyncio.to_thread(self._review)
            await self._until_quiet()
            self._display.phase(
                "The rounds are closed and ranked; committees decide on those who were offered a place."
            )
            await self._select()
            self._display.phase("Providers report, and the last ones are asked.")
            await self._until("payments without a report", self._nobody_is_waited_for)
            await self._until_quiet()
        return await self._summary(monotonic() - began)

    @contextlib.asynccontextmanager
    async def _following(self) -> AsyncIterator[None]:
        following = asyncio.create_task(self._board.follow(self._deployment.bootstrap))
        try:
            yield
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    def _review(self) -> None:
        with self._deployment.client("reviewer") as client:
            decide_reviews(client, Clerk(self._options.seed, share=0.5, oracle=self._same_person))

    def _same_person(self, one: str, other: str) -> bool:
        """What a clerk finds out on the telephone: the sandbox knows the truth."""
        first, second = (self._board.lines[application_id][0] for application_id in (one, other))
        person = self._person_of
        return person[first.source, first.source_ref] == person[second.source, second.source_ref]

    async def _select(self) -> None:
        await asyncio.to_thread(self._world.close_rounds)
        selecting = asyncio.create_task(asyncio.to_thread(self._world.select, Habits(self._options.seed)))
        await self._until("offers of places", selecting.done)
        selecting.result()
        await self._until_quiet()

    async def _until(self, phase: str, over: Callable[[], bool]) -> None:
        """Wait until ``over``; raises ``Stalled`` when nothing has moved for long."""
        moved_ms, moved_at = -1, monotonic()
        while True:
            await asyncio.sleep(POLL_S)
            self._require_alive()
            self._display.show(self._board)
            if over():
                return
            if self._board.last_ms != moved_ms:
                moved_ms, moved_at = self._board.last_ms, monotonic()
            elif monotonic() - moved_at > LONGEST_PHASE_S / 10:
                raise Stalled(phase, monotonic() - moved_at, str(dict(self._states())))

    async def _until_quiet(self) -> None:
        """Wait until no source has heard anything for a while."""
        moved_ms, moved_at = -1, monotonic()
        while monotonic() - moved_at < QUIET_S:
            await asyncio.sleep(POLL_S)
            self._require_alive()
            self._display.show(self._board)
            if self._board.last_ms != moved_ms:
                moved_ms, moved_at = self._board.last_ms, monotonic()

    def _require_alive(self) -> None:
        self._deployment.require_alive()
        self._world.require_alive()

    def _all_seen(self, sent: Counter[str]) -> bool:
        """Whether every record that was sent has been answered."""
        if sum(self._board.submitted.values()) < sum(sent.values()):
            return False
        counted = account(self._board)
        in_flight = counted.total("in_flight")
        return sum(counted.by_fate.values()) + in_flight == sum(sent.values())

    def _states(self) -> Counter[str]:
        return Counter(whole.state for whole in self._board.overall().values())

    def _nobody_on_the_way(self) -> bool:
        states = self._states()
        return not any(states[state] for state in ("accepted", "eligible", "cleared", "enrolled"))

    def _nobody_is_waited_for(self) -> bool:
        return self._states()["instructed"] == 0

    async def _summary(self, seconds: float) -> Summary:
        truths = self._truths
        overall = self._board.overall()
        states = {(whole.line.source, whole.line.source_ref): whole.state for whole in overall.values()}
        programme_of = {(truth.reference.source, truth.reference.source_ref): truth.programme for truth in truths}
        outcome = score(truths, states, reviewed(self._board))
        totals = await asyncio.to_thread(self._totals)
        findings = [*await asyncio.to_thread(check, self._deployment), self._paid_twice()]
        return Summary(
            seed=self._options.seed,
            scenario=self._options.scenario_name,
            applications=self._options.applications,
            seconds=seconds,
            account=account(self._board),
            programmes=by_programme(self._board, programme_of),
            rejections=rejections(self._board),
            score=outcome,
            wrongly_held=outcome.wrongly_held,
            payments=_payments(totals),
            money=_money(totals),
            latency_s=latency(self._board, programme_of, self._deployment.policy),
            findings=findings,
        )

    def _totals(self) -> dict[str, Any]:
        with self._deployment.client("operator") as client:
            answer: dict[str, Any] = client.request("GET", "payments", "/v1/totals", params={"by": "programme"}).json()
        return answer

    def _paid_twice(self) -> Finding:
        twice = self._world.paid_twice()
        return Finding("I3", twice == 0, f"{twice} payments were paid twice by the providers' own books.")


def _payments(totals: dict[str, Any]) -> dict[str, Counter[str]]:
    payments: dict[str, Counter[str]] = {}
    for row in totals["states"]:
        payments.setdefault(row["provider"], Counter())[row["state"]] += row["payments"]
    return payments


def _money(totals: dict[str, Any]) -> dict[str, Money]:
    names = Money.__slots__
    return {row["by"]["programme"]: Money(**{name: row[name] for name in names}) for row in totals["totals"]}


def check(deployment: Deployment) -> list[Finding]:
    """What ``dsr check`` says of a running deployment, in a process of its own as an operator would ask."""
    asked = subprocess.run(
        [str(Path(sys.executable).with_name("dsr")), "check", "--json"],
        env={**os.environ, **deployment.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return [Finding(**row) for row in orjson.loads(asked.stdout)]
    except orjson.JSONDecodeError:
        raise CheckFailed(asked.stderr.strip() or "it said nothing") from None
