"""Waiting until all is done: nothing left to read anywhere, nothing new, and no payment without an outcome."""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

from sandbox.chaos.groups import Groups, Place
from shared import topics
from shared.errors import DsrError
from shared.http.client import Client, Refused, Unreachable
from shared.policy import Policy
from shared.stage.ports import KafkaAway

QUIET_S: Final = 4.0
LONGEST_S: Final = 300.0
_POLL_S: Final = 0.5


class NotDrained(DsrError):
    """Something is left and does not get less."""

    def __init__(self, seconds: float, behind: Mapping[str, int], instructed: int) -> None:
        self.behind = dict(behind)
        left = ", ".join(f"{count:,} for {group}" for group, count in behind.items() if count) or "none"
        super().__init__(
            f"After {seconds:.0f} s of peace there is still something to do. Records not committed: {left}. "
            f"Payments without an outcome: {instructed}."
        )


def readers(policy: Policy) -> dict[str, list[Place]]:
    """By group every partition that it reads: the stages', their commands', and the providers'."""
    read: dict[str, tuple[str, ...]] = {}
    for stage in topics.STAGES:
        read[topics.GROUPS[stage]] = topics.main_topics(stage, policy.sources, policy.providers)
        read[topics.COMMAND_GROUPS[stage]] = (topics.command(stage),)
    for provider in policy.providers:
        read[f"provider-{provider}"] = (topics.instruction(provider),)
    return {
        group: [(name, partition) for name in names for partition in range(topics.PARTITIONS)]
        for group, names in read.items()
    }


async def drain(
    groups: Groups,
    policy: Policy,
    client: Callable[[], Client],
    told: Callable[[Mapping[str, int]], None],
    longest_s: float = LONGEST_S,
) -> float:
    """Wait for it, and say how many seconds it took. Raises ``NotDrained``."""
    began = monotonic()
    wanted = readers(policy)
    places = {place for each in wanted.values() for place in each}
    before, quiet_since = -1, began
    while True:
        await asyncio.sleep(_POLL_S)
        try:
            behind = await groups.behind(wanted)
            written = sum((await groups.ends(places)).values())
        except KafkaAway:
            continue
        told(behind)
        if any(behind.values()) or written != before:
            before, quiet_since = written, monotonic()
        instructed = -1
        if monotonic() - quiet_since > QUIET_S:
            instructed = await asyncio.to_thread(_instructed, client)
            if instructed == 0:
                return round(quiet_since - began, 1)
        if monotonic() - began > longest_s:
            raise NotDrained(longest_s, behind, instructed)


def _instructed(client: Callable[[], Client]) -> int:
    """Payments of which nothing is known since they were sent; -1 while payments does not answer."""
    try:
        with client() as asked:
            answer = asked.request("GET", "payments", "/v1/totals", params={"by": "programme"}).json()
    except (Unreachable, Refused):
        return -1
    return sum(row["payments"] for row in answer["states"] if row["state"] == "instructed")
