"""Where the consumer groups stand, as Kafka tells it: who reads what, how far, and how much is left."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import GroupCoordinatorNotAvailableError

from shared.kafka.failures import CLIENT_FAILURES
from shared.stage.ports import KafkaAway

Place = tuple[str, int]
"""A partition: topic and number."""
CALL_S: Final = 10.0
_STABLE: Final = "Stable"


class Groups:
    """Asks one Kafka over connections that are kept; each call takes some seconds at most or raises ``KafkaAway``."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin: AIOKafkaAdminClient | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def members(self, group: str) -> dict[str, frozenset[Place]]:
        """What each member of a settled group reads, by the name of its client; empty while it rebalances."""
        async with self._calling() as (admin, _):
            (response,) = await admin.describe_consumer_groups([group])
        ((code, _, state, _, _, members, *_),) = response.groups
        if code or state != _STABLE:
            return {}
        return {client: _places(assignment) for _, client, _, _, assignment, *_ in members}

    async def committed(self, group: str) -> dict[Place, int]:
        """The offsets that the group has committed; none at all means that its coordinator still loads them."""
        async with self._calling() as (admin, _):
            found = await admin.list_consumer_group_offsets(group)
        if not found:
            raise KafkaAway(f"the offsets of {group} are not there yet")
        return {(place.topic, place.partition): at.offset for place, at in found.items() if at.offset >= 0}

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """The next offset of each partition."""
        async with self._calling() as (_, consumer):
            found = await consumer.end_offsets([TopicPartition(*place) for place in places])
        return {(place.topic, place.partition): offset for place, offset in found.items()}

    async def behind(self, places_of: Mapping[str, Iterable[Place]]) -> dict[str, int]:
        """By group how many records of its partitions it has not committed."""
        ends = await self.ends({place for places in places_of.values() for place in places})
        behind = {}
        for group, places in places_of.items():
            there = any(ends[place] for place in places)
            committed = await self.committed(group) if there else {}
            behind[group] = sum(max(0, ends[place] - committed.get(place, 0)) for place in places)
        return behind

    async def close(self) -> None:
        """Let the connections go; the next call makes new ones."""
        admin, consumer = self._admin, self._consumer
        self._admin = self._consumer = None
        for each, end in ((admin, "close"), (consumer, "stop")):
            if each is not None:
                with suppress(*CLIENT_FAILURES):
                    async with asyncio.timeout(CALL_S):
                        await getattr(each, end)()

    @asynccontextmanager
    async def _calling(self) -> AsyncIterator[tuple[AIOKafkaAdminClient, AIOKafkaConsumer]]:
        """Connections after a failure are new ones: those that were there when Kafka went away may not recover."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(CALL_S):
                    if self._admin is None or self._consumer is None:
                        await self._connect()
                    yield self._admin, self._consumer
            except (*CLIENT_FAILURES, GroupCoordinatorNotAvailableError) as error:
                await self.close()
                raise KafkaAway(type(error).__name__) from None

    async def _connect(self) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, client_id="chaos")
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, client_id="chaos", enable_auto_commit=False
        )
        await self._admin.start()
        await self._consumer.start()


def _places(assignment: bytes) -> frozenset[Place]:
    if not assignment:
        return frozenset()
    decoded: Any = ConsumerProtocolMemberAssignment.decode(assignment)
    return frozenset((topic, partition) for topic, partitions in decoded.assignment for partition in partitions)
