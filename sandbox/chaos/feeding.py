"""The continuous feed: ministries that go on sending at their pace, whatever becomes of Kafka, and poison among it."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from random import Random
from time import monotonic
from typing import Any, Final, NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from sandbox.chaos.poison import Bad, poison
from sandbox.ministries.feed import Submission
from shared.errors import DsrError
from shared.topics import submitted

POISON_SHARE: Final = 0.03
"""Of all records, beside the unreadable ones of the feed itself; far below what opens a breaker."""
DELIVERY_S: Final = 120.0
"""A ministry's system keeps a record for so long while Kafka is away, then asks again by itself."""
_TICK_S: Final = 0.1
Reference = tuple[str, str]


class NotDelivered(DsrError):
    """Records could not be brought to Kafka before the end of the run."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"{count} records were not taken by Kafka though it was there; see its log.")


class Outgoing(NamedTuple):
    """One record to produce; ``reference`` is None for poison and for what is unreadable on purpose."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    reference: Reference | None


class Feeding:
    """Sends a feed evenly over a time; ``acknowledged`` are the applications that Kafka has taken."""

    def __init__(self, feed: Iterable[Submission], sources: Sequence[str], bootstrap: str, rng: Random) -> None:
        self._feed, self._sources, self._rng = iter(feed), tuple(sources), rng
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": 5,
                "partitioner": "murmur2_random",
                "message.timeout.ms": int(DELIVERY_S * 1000),
                "reconnect.backoff.ms": 50,
                "reconnect.backoff.max.ms": 1_000,
                "log_level": 0,
            }
        )
        self._again: deque[Outgoing] = deque()
        self.acknowledged: set[Reference] = set()
        self.records = 0
        self.poison: Counter[str] = Counter()

    async def run(self, per_second: float) -> None:
        """Send the whole feed at this pace (records that are no poison), then wait until Kafka has all of it.

        Raises ``NotDelivered``.
        """
        began = monotonic()
        for sent, submission in enumerate(self._feed):
            while sent > (monotonic() - began) * per_second:
                self._serve()
                await asyncio.sleep(_TICK_S)
            reference = None if submission.truth is None else (submission.source, submission.truth.reference.source_ref)
            await self._produce(
                Outgoing(submission.topic, submission.key, submission.value, submission.headers, reference)
            )
            if self._rng.random() < POISON_SHARE:
                await self._poison()
        until = monotonic() + DELIVERY_S
        while len(self._producer) or self._again:
            self._serve()
            await asyncio.sleep(_TICK_S)
            if monotonic() > until:
                raise NotDelivered(len(self._producer) + len(self._again))

    async def _poison(self) -> None:
        source = self._rng.choice(self._sources)
        bad: Bad = poison(self._rng, source, self.poison.total())
        self.poison[bad.kind] += 1
        await self._produce(Outgoing(submitted(source), bad.key, bad.value, bad.headers, None))

    async def _produce(self, one: Outgoing) -> None:
        while not self._taken(one):
            self._producer.poll(0)
            await asyncio.sleep(_TICK_S)

    def _taken(self, one: Outgoing) -> bool:
        """Whether the client has room for it; what becomes of it is heard later."""

        def delivered(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                self._again.append(one)
                return
            self.records += 1
            if one.reference is not None:
                self.acknowledged.add(one.reference)

        headers: Any = list(one.headers)
        try:
            self._producer.produce(one.topic, one.value, one.key, headers=headers, on_delivery=delivered)
        except BufferError:
            return False
        return True

    def _serve(self) -> None:
        """Hear of deliveries, and send again what was given up."""
        self._producer.poll(0)
        while self._again and self._taken(self._again[0]):
            self._again.popleft()
