"""Providers on Kafka: take a batch of instructions, remember it, report on it, and only then acknowledge it.

Whatever fails in between, the batch comes again and finds what was done. A rebalance in the middle of one, or a Kafka
that is killed and comes back, does no more than that either.

The Kafka adapters are the stages' own, which replace a consumer or a producer that will not recover. As a FastStream
application a provider ended when Kafka was away at its start, and did not always come back when Kafka was killed:
whatever aiokafka's consumer raises, FastStream polls the same one again, also when a task of its own has ended and it
can only raise the same for ever (docs/decisions/0001-own-consume-loop.md).
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from types import MappingProxyType
from typing import Final

from sandbox.providers.attempts import Due
from sandbox.providers.provider import Provider
from sandbox.providers.reports import Letter
from shared import topics
from shared.kafka.consumer import KafkaSource
from shared.kafka.producer import KafkaSink
from shared.observability import logs
from shared.service.host import stop_on_signals
from shared.stage.ports import Batch, CommitRefused, KafkaAway, SendRefused, Sink, Source, TopicRefused
from shared.stage.records import Origin, Outgoing, Record

CLIENT: Final = "sandbox-providers"
GROUP: Final = "sandbox-providers"
"""Of all of them: whoever runs shares out the topics of those that it runs."""
MAX_RECORDS: Final = 1_000
TICK_MS: Final = 250
"""What has fallen due is looked for at most so often, and instructions are waited for so long before that."""
RETRY_S: Final = 1.0
_BY_KEY: Final[Mapping[bytes | None, int]] = MappingProxyType({})
_log = logs.get(__name__)


async def run_providers(bootstrap: str, providers: Sequence[Provider]) -> None:
    """Run all these, as one member of a group, until SIGTERM or SIGINT; then close them.

    Raises ``RecordsLost`` when instructions were deleted before they were read.
    """
    stop, sink = asyncio.Event(), KafkaSink(bootstrap, CLIENT)
    source = KafkaSource(bootstrap, GROUP, [topics.instruction(one.code) for one in providers], client_id=CLIENT)
    try:
        with stop_on_signals(stop):
            await Counter(providers, source, sink).serve(stop)
    finally:
        await sink.stop()
        for provider in providers:
            provider.close()


class Counter:
    """Where providers take their instructions and report on them; also the listener of its ``source``.

    What comes for several of them at once is one batch: each remembers in a file of its own, and then all is sent. So a
    report that Kafka does not take holds all of them up.
    """

    def __init__(
        self, providers: Iterable[Provider], source: Source, sink: Sink, clock: Callable[[], float] = monotonic
    ) -> None:
        """``clock``: seconds from anywhere, which never go back."""
        self._by_topic = {topics.instruction(provider.code): provider for provider in providers}
        self._source, self._sink, self._clock = source, sink, clock
        self._in_hand = asyncio.Lock()
        self._looked_at = -math.inf

    async def serve(self, stop: asyncio.Event) -> None:
        """Until ``stop``: the batch in hand is finished first, and after a failure all is tried again."""
        do = self._join
        try:
            while not stop.is_set():
                try:
                    await do()
                except (KafkaAway, CommitRefused, SendRefused, TopicRefused) as failure:
                    _log.warning("Tried again soon", cause=str(failure))
                    await asyncio.sleep(RETRY_S)
                do = self._turn  # whose fetch joins where joining has failed
        finally:
            await self._source.stop()

    async def _join(self) -> None:
        await self._source.start(self)

    async def _turn(self) -> None:
        batch = await self._source.fetch(MAX_RECORDS, TICK_MS)
        async with self._in_hand:
            if batch:
                try:
                    await self._take(batch)
                except BaseException:
                    self._source.rewind(batch.first_offsets())
                    raise
            if self._clock() - self._looked_at >= TICK_MS / 1_000:
                await self._fall_due()
                self._looked_at = self._clock()

    async def _take(self, batch: Batch) -> None:
        by_topic: dict[str, list[Record]] = {}
        for record in batch.records:
            by_topic.setdefault(record.origin.topic, []).append(record)
        outgoing: list[Outgoing] = []
        left_aside = [one.reason for one in batch.unreadable]
        for topic, records in by_topic.items():
            provider = self._by_topic[topic]
            letters, unreadable = provider.take((record.headers, record.value) for record in records)
            left_aside += [one.reason for one in unreadable]
            # A report has the key of what was told; as topics have one number of partitions, also its partition.
            outgoing += _outgoing(provider, letters, {record.key: record.origin.partition for record in records})
        for reason in left_aside:
            _log.warning("A record that is no instruction was left aside", reason=reason)
        await self._sink.send(outgoing)
        await self._source.commit(batch.next_offsets())

    async def _fall_due(self) -> None:
        outgoing: list[Outgoing] = []
        said: list[tuple[Provider, Sequence[Due]]] = []
        for provider in self._by_topic.values():
            letters, due = provider.fall_due()
            if due:
                outgoing += _outgoing(provider, letters)
                said.append((provider, due))
        await self._sink.send(outgoing)
        for provider, due in said:
            provider.done(due)

    async def revoked(self) -> None:
        """The group waits until the batch in hand is done."""
        async with self._in_hand:
            pass

    async def assigned(self) -> None:
        """There is nothing to prepare: what a provider knows is by payment, not by partition."""


def _outgoing(
    provider: Provider, letters: Iterable[Letter], partitions: Mapping[bytes | None, int] = _BY_KEY
) -> Iterator[Outgoing]:
    topic = topics.report(provider.code)
    nowhere = Origin(topic, 0, 0)  # a stage blames its input for what Kafka refuses; here nobody is blamed
    return (Outgoing(topic, one.key, one.value, one.headers, nowhere, partitions.get(one.key)) for one in letters)
