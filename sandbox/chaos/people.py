"""The people who work with the registry while it is shaken: they ask again, elsewhere, until they are heard."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from time import monotonic, sleep

from sandbox.chaos.instances import Fleet
from sandbox.chaos.schedule import INSTANCES
from sandbox.clerks import Clerk, decide_reviews
from sandbox.committees import Habits, decide_rounds
from sandbox.demo.world import World
from sandbox.deployment.deployment import Deployment
from shared.errors import DsrError
from shared.http.client import Client

HEARD_S = 90.0
"""An instance that is down is up again, or its twin is, long before."""
CLERKS_EVERY_S = 20.0


class NotHeard(DsrError):
    """Nobody answered a person for long."""

    def __init__(self, what: str, error: DsrError) -> None:
        self.what = what
        super().__init__(f"{what} was not possible within {HEARD_S:g} s; last: {error}")


class _Stopped(Exception):
    """The run ends while a person still waits."""


class People:
    """Clerks, committees, treasury and operators; each step is repeated at the other instance when one fails."""

    def __init__(self, deployment: Deployment, world: World, fleet: Fleet, seed: int) -> None:
        self._seed = seed
        self._doors = [
            replace(deployment, environment={**deployment.environment, **fleet.ports(instance)})
            for instance in INSTANCES
        ]
        self._worlds: Sequence[World] = [replace(world, deployment=door) for door in self._doors]
        self._stopped = Event()
        self.verdicts = 0
        self.selections = 0
        self.asked_again = 0

    def stop(self) -> None:
        """Let those who still wait go home."""
        self._stopped.set()

    async def open(self, expected_applications: int) -> None:
        """Money, cycles and rounds."""
        await self._heard("Opening", lambda world: world.open_cycles(expected_applications))

    async def close_rounds(self) -> None:
        """The operator closes the rounds, and the committees decide."""
        await self._heard("Closing the rounds", World.close_rounds)
        await self._heard("Selecting", self._select)

    async def review_until(self, until: float) -> None:
        """Clerks go through the open reviews again and again, until a time of the monotonic clock."""
        turn = 0
        while monotonic() + CLERKS_EVERY_S < until:
            await asyncio.sleep(CLERKS_EVERY_S)
            turn += 1
            await self._heard("Reviewing", lambda world, turn=turn: self._review(world, turn))  # type: ignore[misc]

    def _select(self, world: World) -> None:
        with world.deployment.client("committee") as client:
            minutes = decide_rounds(client, Habits(self._seed), quiet_s=5.0, pause=self._pause)
            self.selections += minutes.confirmed + minutes.refused

    def _review(self, world: World, turn: int) -> None:
        with world.deployment.client("reviewer") as client:
            work = decide_reviews(client, Clerk(self._seed + turn), wait_s=5.0, pause=self._pause)
            self.verdicts += work.distinct + work.duplicate

    def _pause(self, seconds: float) -> None:
        sleep(seconds)
        if self._stopped.is_set():
            raise _Stopped

    async def _heard(self, what: str, ask: Callable[[World], object]) -> None:
        until, turn = monotonic() + HEARD_S, 0
        while not self._stopped.is_set():
            try:
                await asyncio.to_thread(ask, self._worlds[turn % len(self._worlds)])
            except _Stopped:
                return
            except DsrError as error:
                if monotonic() > until:
                    raise NotHeard(what, error) from None
                self.asked_again += 1
                turn += 1
                await asyncio.sleep(1.0)
            else:
                return

    def client(self, principal: str) -> Client:
        """An HTTP client of the first instances, for when all is quiet."""
        return self._doors[0].client(principal)
