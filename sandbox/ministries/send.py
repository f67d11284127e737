"""Send a feed to Kafka, as ministries' systems do: acknowledged by all, without repeats of the client's own."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaProducer

from sandbox.ministries.feed import Submission

_CHUNK = 500
_IN_FLIGHT_CHUNKS = 4


async def send(
    feed: Iterable[Submission],
    bootstrap: str,
    *,
    per_second: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Counter[str]:
    """Send everything in its order and wait until the broker has it all; how many records by source.

    ``bootstrap`` is host:port. ``per_second`` slows the feed down. ``progress`` is told how many records have been
    acknowledged so far. Raises aiokafka's ``KafkaError`` when the broker refuses a record or is away.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=131_072,
        max_request_size=1_100_000,
    )
    await producer.start()
    sent: Counter[str] = Counter()
    acknowledged = 0
    chunks: list[asyncio.Future[list[Any]]] = []
    futures: list[Awaitable[Any]] = []
    began = monotonic()

    async def settle(down_to: int) -> None:
        nonlocal acknowledged
        while len(chunks) > down_to:
            acknowledged += len(await chunks.pop(0))
            if progress is not None:
                progress(acknowledged)

    try:
        for submission in feed:
            futures.append(
                await producer.send(
                    submission.topic, submission.value, submission.key, headers=list(submission.headers)
                )
            )
            sent[submission.source] += 1
            if len(futures) == _CHUNK:
                chunks.append(asyncio.gather(*futures))
                futures = []
                await settle(_IN_FLIGHT_CHUNKS)
            if per_second is not None:
                ahead = sent.total() / per_second - (monotonic() - began)
                if ahead > 0.01:
                    await asyncio.sleep(ahead)
        if futures:
            chunks.append(asyncio.gather(*futures))
        await settle(0)
    finally:
        await producer.stop()
    return sent
