"""How long the work of a killed instance lies still: seen from outside, in the offsets of its group."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from time import monotonic

from sandbox.chaos.groups import Groups, Place
from shared.stage.ports import KafkaAway

LIMIT_S = 15.0
"""The bar: the session of a killed member ends after 8 s, and the group settles within a heartbeat or two."""
GIVE_UP_S = 60.0
NOTHING_CAME_S = 15.0
"""Where nothing lay and nothing came for so long, there is nothing to measure."""
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Kill:
    """One ``kill -9`` of an instance. Times are seconds; ``at_s`` since the run began.

    ``step`` is the boundary at which it died, None for any moment. ``partitions`` were its own and ``waiting`` records
    lay in them when it died. ``continued_s`` is how long none of it was done: until every one of its partitions that
    had records moved on; None where there was nothing to do, or Kafka was away.
    """

    at_s: float
    stage: str
    instance: str
    step: str | None
    kafka_away: bool
    restarted_at_once: bool
    partitions: int
    waiting: int
    continued_s: float | None
    gave_up: bool = False

    @property
    def too_slow(self) -> bool:
        """Whether the work was continued later than it may be, or never."""
        return self.gave_up or (self.continued_s is not None and self.continued_s > LIMIT_S)


@dataclass(frozen=True, slots=True)
class Continued:
    """See ``Kill``."""

    waiting: int
    seconds: float | None
    gave_up: bool


class Stopwatch:
    """Made just after the death, when the dead one can commit no more."""

    def __init__(self, groups: Groups, group: str, places: Collection[Place], killed_at: float) -> None:
        """``places`` were read by the dead; ``killed_at`` is of the monotonic clock."""
        self._groups, self._group, self._places, self._killed_at = groups, group, places, killed_at

    async def until_continued(self) -> Continued:
        """Wait until all that lay there at the death has begun to move, or, if nothing did, until what came first has.

        Gives up after ``GIVE_UP_S``, and after ``NOTHING_CAME_S`` where there is nothing to do.
        """
        before = await self._ask_committed()
        due = _due(before, await self._ask_ends())
        waiting = sum(due.values())
        came_at = self._killed_at if due else None
        while True:
            await asyncio.sleep(_POLL_S)
            now = await self._ask_committed()
            if not due:
                due = _due(before, await self._ask_ends())
                came_at = monotonic() if due else None
            if came_at is not None and all(now.get(place, 0) > before.get(place, 0) for place in due):
                return Continued(waiting, round(monotonic() - came_at, 2), False)
            if monotonic() - self._killed_at > (GIVE_UP_S if due else NOTHING_CAME_S):
                return Continued(waiting, None, bool(due))

    async def _ask_committed(self) -> dict[Place, int]:
        while True:
            try:
                return await self._groups.committed(self._group)
            except KafkaAway:
                await asyncio.sleep(_POLL_S)

    async def _ask_ends(self) -> dict[Place, int]:
        while True:
            try:
                return await self._groups.ends(self._places)
            except KafkaAway:
                await asyncio.sleep(_POLL_S)


def _due(committed: Mapping[Place, int], ends: Mapping[Place, int]) -> dict[Place, int]:
    """Records that lie beyond the committed offsets, of each partition that has any."""
    return {place: left for place, end in ends.items() if (left := end - committed.get(place, 0)) > 0}
