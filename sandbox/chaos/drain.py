"""Waiting until all is done: nothing left to read anywhere, nothing new, and no payment without an outcome."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

from sandbox.chaos.groups import Groups, Place
from sandbox.providers import app as providers
from shared import topics
from shared.http.client import Client, Refused, Unreachable
from shared.policy import Policy
from shared.stage.ports import KafkaAway

QUIET_S: Final = 4.0
LONGEST_S: Final = 400.0
"""A report that is due later than its minute is asked for when that minute is well over, five minutes later."""
_POLL_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Drained:
    """How it went: ``seconds`` until nothing was left, or, if something stayed, how long was waited.

    ``behind`` are the records that a group has not committed, ``instructed`` payments whose outcome nobody has told;
    -1 while payments does not answer.
    """

    seconds: float
    behind: Mapping[str, int]
    instructed: int

    @property
    def left(self) -> str:
        """What is left, in words; empty if nothing is."""
        found = [f"{count:,} records for {group}" for group, count in self.behind.items() if count]
        found += [f"{self.instructed} payments without an outcome"] if self.instructed else []
        return ", ".join(found)


def readers(policy: Policy) -> dict[str, list[Place]]:
    """By group every partition that it reads: the stages', their commands', and the providers'."""
    read: dict[str, tuple[str, ...]] = {}
    for stage in topics.STAGES:
        read[topics.GROUPS[stage]] = topics.main_topics(stage, policy.sources, policy.providers)
        read[topics.COMMAND_GROUPS[stage]] = (topics.command(stage),)
    read[providers.GROUP] = tuple(topics.instruction(provider) for provider in policy.providers)
    return {
        group: [(name, partition) for name in names for partition in range(topics.PARTITIONS)]
        for group, names in read.items()
    }


async def drain(
    groups: Groups,
    policy: Policy,
    client: Callable[[], Client],
    told: Callable[[Mapping[str, int]], None],
    longest_s: float,
) -> Drained:
    """Wait until nothing is left, for at most ``longest_s`` seconds. ``told`` hears what is left meanwhile."""
    began = monotonic()
    wanted = readers(policy)
    places = {place for each in wanted.values() for place in each}
    written, quiet_since = -1, began
    behind: Mapping[str, int] = {}
    instructed = -1
    while monotonic() - began < longest_s:
        await asyncio.sleep(_POLL_S)
        try:
            behind = await groups.behind(wanted)
            now = sum((await groups.ends(places)).values())
        except KafkaAway:
            continue
        told({**behind, "outcomes": max(instructed, 0)})
        if any(behind.values()) or now != written:
            written, quiet_since = now, monotonic()
        elif monotonic() - quiet_since > QUIET_S:
            instructed = await asyncio.to_thread(_instructed, client)
            if instructed == 0:
                return Drained(round(quiet_since - began, 1), behind, 0)
    return Drained(round(monotonic() - began, 1), behind, instructed)


def _instructed(client: Callable[[], Client]) -> int:
    """Payments of which nothing is known since they were sent; -1 while payments does not answer."""
    try:
        with client() as asked:
            answer = asked.request("GET", "payments", "/v1/totals", params={"by": "programme"}).json()
    except (Unreachable, Refused):
        return -1
    return sum(row["payments"] for row in answer["states"] if row["state"] == "instructed")
