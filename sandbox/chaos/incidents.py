"""Doing what the schedule says to one stage."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from sandbox.chaos.gate import Gate
from sandbox.chaos.groups import Groups, Place
from sandbox.chaos.instances import Fleet, Instance
from sandbox.chaos.schedule import ADDED, INSTANCES, Incident, Kind
from sandbox.chaos.stores import SmallDisk, hold_lock
from sandbox.chaos.takeover import Kill, Stopwatch
from sandbox.chaos.tally import Tally
from sandbox.server_process import ServerProcess
from shared.stage.ports import KafkaAway
from shared.topics import GROUPS

SETTLED_S = 15.0
"""A group that has not settled by then is taken as it is."""
AT_ONCE_S = 0.5
"""After so long a supervisor has noticed that a process is gone."""
LAST_BEFORE_END_S = 15.0
"""Later nothing is begun: without a feed there is no work to take over."""
BESIDE_S = 8.0
"""How long a third instance works."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What incidents work on. ``disk`` is None where none could be mounted."""

    fleet: Fleet
    groups: Groups
    gate: Gate
    tally: Tally
    data: Path
    disk: SmallDisk | None
    providers: ServerProcess
    next_policy: Path


class Lane:
    """The incidents of one stage, one after the other."""

    def __init__(self, stage: str, around: Surroundings) -> None:
        self._stage, self._around = stage, around
        self._tally = around.tally
        self._do: dict[Kind, Callable[[Incident], Awaitable[None]]] = {
            Kind.KILL: self._kill,
            Kind.KILL_AT: self._kill,
            Kind.ZOMBIE: self._freeze,
            Kind.LOCK: self._lock,
            Kind.FULL: self._fill,
            Kind.SCALE: self._scale,
            Kind.ROLL: self._roll,
            Kind.SILENCE: self._silence,
        }

    async def run(self, incidents: tuple[Incident, ...], until: float) -> None:
        """Go through the incidents until a time of the monotonic clock; the last one is finished."""
        for incident in incidents:
            await asyncio.sleep(incident.gap_s)
            if monotonic() > until - LAST_BEFORE_END_S:
                return
            async with self._around.gate.beside_others():
                self._tally.now[self._stage] = incident.kind
                try:
                    await self._do[incident.kind](incident)
                finally:
                    self._tally.now.pop(self._stage, None)

    async def _kill(self, incident: Incident) -> None:
        victim = self._around.fleet.of(self._stage, incident.instance)
        places = await places_of(self._around.groups, victim)
        at_step = incident.kind is Kind.KILL_AT and await victim.kill_at(incident.boundary)
        victim.kill()
        at_s = self._tally.at_s
        watch = Stopwatch(self._around.groups, GROUPS[self._stage], places, monotonic())
        watching = asyncio.create_task(watch.until_continued())
        if incident.quick:
            await asyncio.sleep(AT_ONCE_S)
            victim.start()
        continued = await watching
        self._tally.kills.append(
            Kill(
                at_s,
                self._stage,
                incident.instance,
                incident.boundary.value if at_step else None,
                False,
                incident.quick,
                len(places),
                continued.waiting,
                continued.seconds,
                continued.gave_up,
            )
        )
        victim.start()
        await victim.ready()

    async def _freeze(self, incident: Incident) -> None:
        """Past the end of its session, so that its partitions go; then it goes on with what it had in hand."""
        zombie = self._around.fleet.of(self._stage, incident.instance)
        in_hand = await zombie.freeze_at(incident.boundary)
        await asyncio.sleep(incident.seconds)
        zombie.signal(signal.SIGCONT)
        self._tally.done[f"{incident.kind}, {'a batch in hand' if in_hand else 'nothing in hand'}"] += 1
        await zombie.ready()

    async def _lock(self, incident: Incident) -> None:
        held = await asyncio.to_thread(hold_lock, self._around.data / f"{self._stage}.db", incident.seconds)
        (self._tally.done if held else self._tally.skipped)[incident.kind] += 1
        await self._both_ready()

    async def _fill(self, incident: Incident) -> None:
        disk = self._around.disk
        if disk is None:
            self._tally.skipped[f"{incident.kind}: only root can mount a small disk"] += 1
            return
        try:
            await asyncio.to_thread(disk.fill)
            await asyncio.sleep(incident.seconds)
        finally:
            disk.clear()
        self._tally.done[incident.kind] += 1
        await self._both_ready()

    async def _scale(self, incident: Incident) -> None:
        third = self._around.fleet.of(self._stage, ADDED)
        third.start()
        await third.ready()
        await asyncio.sleep(BESIDE_S)
        if (ended := await third.stop()) is not None:
            self._tally.exits.append(ended)
        self._tally.done[incident.kind] += 1

    async def _roll(self, incident: Incident) -> None:
        """Both versions run until the second instance has been restarted, and in the whole chain for longer."""
        for name in INSTANCES:
            instance = self._around.fleet.of(self._stage, name)
            if (ended := await instance.stop()) is not None:
                self._tally.exits.append(ended)
            instance.set_policy(self._around.next_policy)
            instance.start()
            await instance.ready()
        self._around.fleet.of(self._stage, ADDED).set_policy(self._around.next_policy)
        self._tally.done[incident.kind] += 1

    async def _silence(self, incident: Incident) -> None:
        """Providers neither read nor report; payments has to ask, and must not send again."""
        try:
            _signal(self._around.providers, signal.SIGSTOP)
            await asyncio.sleep(incident.seconds)
        finally:
            _signal(self._around.providers, signal.SIGCONT)
        self._tally.done[incident.kind] += 1

    async def _both_ready(self) -> None:
        await asyncio.gather(*(self._around.fleet.of(self._stage, name).ready() for name in INSTANCES))


async def places_of(groups: Groups, instance: Instance) -> frozenset[Place]:
    """What an instance reads, once its group has settled; nothing if it does not settle."""
    until = monotonic() + SETTLED_S
    while monotonic() < until:
        try:
            members = await groups.members(GROUPS[instance.stage])
        except KafkaAway:
            members = {}
        if instance.name in members:
            return members[instance.name]
        await asyncio.sleep(0.25)
    return frozenset()


def _signal(process: ServerProcess, number: signal.Signals) -> None:
    if process.exit_code is None:
        os.kill(process.pid, number)
