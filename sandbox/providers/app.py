"""A provider as a FastStream application: how a real one would consume its instructions and report on them.

Records are taken in batches, as bytes. A batch is remembered first (``Memory``), its reports are sent and confirmed,
and only then is it acknowledged; whatever fails in between, the batch comes again and finds what was done. A rebalance
in the middle of one does no more than that either.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from sandbox.providers.provider import Provider
from sandbox.providers.reports import Letter
from shared import topics
from shared.kafka.records import as_record
from shared.observability import logs

MAX_RECORDS: Final = 1_000
TICK_S: Final = 0.1
RETRY_S: Final = 1.0
CONFIRM_S: Final = 20.0
"""Reports that Kafka has not confirmed by then count as not sent."""


def application(bootstrap: str, providers: Sequence[Provider]) -> FastStream:
    """One application for all these providers, each a consumer group of its own; ``await`` its ``run``.

    It ends in good order on SIGTERM and SIGINT. Kafka must be there when it starts.
    """
    broker = KafkaBroker(
        bootstrap,
        client_id="sandbox-providers",
        acks="all",
        enable_idempotence=True,
        max_batch_size=131_072,
        linger_ms=5,
        allow_auto_create_topics=False,
        graceful_timeout=30.0,
        apply_types=False,
        logger=None,
    )
    for provider in providers:
        _subscribe(broker, provider)
    app = FastStream(broker, logger=None)
    timer: list[asyncio.Task[None]] = []

    @app.after_startup
    async def begin() -> None:
        timer.append(asyncio.create_task(_say_what_is_due(broker, providers)))

    @app.on_shutdown
    async def end() -> None:
        for task in timer:
            task.cancel()
        await asyncio.gather(*timer, return_exceptions=True)

    @app.after_shutdown
    async def forget() -> None:
        for provider in providers:
            provider.close()

    return app


def _subscribe(broker: KafkaBroker, provider: Provider) -> None:
    @broker.subscriber(
        topics.instruction(provider.code),
        batch=True,
        group_id=f"provider-{provider.code}",
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_records=MAX_RECORDS,
        batch_timeout_ms=50,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=2_000,
        rebalance_timeout_ms=60_000,
        parser=_without_headers,
        decoder=_undecoded,
    )
    async def take(message: KafkaMessage) -> None:
        # FastStream would swallow an exception with the positions moved on, so none gets out of here.
        try:
            records = [as_record(raw) for raw in message.raw_message]
            letters, unreadable = provider.take((record.headers, record.value) for record in records)
            for one in unreadable:
                logs.get(__name__).warning("A record that is no instruction was left aside", reason=one.reason)
            await _send(broker, provider.code, letters)
            await message.ack()
        except Exception as error:
            logs.get(__name__).error("A batch of instructions comes again", exc_info=error)
            await asyncio.sleep(RETRY_S)
            await message.nack()


async def _say_what_is_due(broker: KafkaBroker, providers: Iterable[Provider]) -> None:
    while True:
        for provider in providers:
            try:
                letters, due = provider.fall_due()
                if due:
                    await _send(broker, provider.code, letters)
                    provider.done(due)
            except Exception as error:
                logs.get(__name__).error("Reports that are due were not sent, and are tried again", exc_info=error)
                await asyncio.sleep(RETRY_S)
        await asyncio.sleep(TICK_S)


async def _send(broker: KafkaBroker, provider: str, letters: Iterable[Letter]) -> None:
    """Send all and wait until Kafka has confirmed each."""
    topic = topics.report(provider)
    async with asyncio.timeout(CONFIRM_S):
        confirmed = [
            await broker.publish(
                letter.value, topic, key=letter.key, headers=letter.headers, correlation_id=letter.key.decode(),
                no_confirm=True,
            )
            for letter in letters
        ]  # fmt: skip
        await asyncio.gather(*confirmed)


Original = Callable[[Any], Awaitable[Any]]


async def _without_headers(raws: tuple[Any, ...], original: Original) -> KafkaMessage:
    """FastStream's own reading fails on headers that are not text, and with it the whole batch is lost."""
    message: KafkaMessage = await original((replace(raws[0], headers=()),))
    message.raw_message = raws
    return message


async def _undecoded(message: KafkaMessage, original: Original) -> KafkaMessage:
    """The handler gets the message itself, so that it can acknowledge it."""
    return message
