"""Step 5: send what is stored, wait for the acknowledgements; find the culprit when the broker refuses for good."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple

import orjson

from shared import topics
from shared.envelope import Envelope, continue_trace, valid_traceparent
from shared.stage.deadletters import letter
from shared.stage.observer import Observer, PutAside
from shared.stage.ports import SendRefused, Sink, TopicRefused
from shared.stage.records import Outgoing, Record
from shared.stage.stage import E, Kind, Message, Settled
from shared.store.port import Store, Table


class Undelivered(NamedTuple):
    """An input whose output the broker refused for good: it goes to the dead letters instead, now and on replay."""

    topic: str
    partition: int
    offset: int
    reason: str
    at_us: int


UNDELIVERED: Table[Undelivered] = Table("undelivered", Undelivered, ("topic", "partition", "offset"))


class Bundle(NamedTuple):
    """All that one input sends."""

    record: Record
    outgoing: tuple[Outgoing, ...]


class Publisher(Generic[E]):
    """Sends the messages of settled records for one stage and consumer group."""

    def __init__(
        self, stage: str, group: str, store: Store, sink: Sink, now_us: Callable[[], int], observer: Observer
    ) -> None:
        self._stage, self._group, self._store, self._sink = stage, group, store, sink
        self._now_us, self._observer = now_us, observer

    def bundle(self, settled: Settled[E], messages: Sequence[Message | Outgoing]) -> Bundle:
        """Envelop a settled record's messages; a dead letter adds the letter itself. A replay goes as it came."""
        outgoing = [
            message if isinstance(message, Outgoing) else self._envelop(message, settled) for message in messages
        ]
        if settled.kind is Kind.DEAD_LETTER:
            detail = orjson.loads(settled.detail)
            outgoing.append(letter(settled.record, self._group, detail["reason"], detail.get("appended_ms")))
        return Bundle(settled.record, tuple(outgoing))

    def fits(self, bundle: Bundle) -> bool:
        """Whether every record is within what inner topics take; checked before anything is recorded."""
        return all(len(outgoing.value or b"") <= topics.INNER_MAX_BYTES for outgoing in bundle.outgoing)

    async def publish(self, bundles: Sequence[Bundle]) -> None:
        """Send all and wait. What the broker refuses for good is dead-lettered by its input.

        Raises ``KafkaAway``, and ``TopicRefused`` where a topic is missing or not ours: nothing is dead-lettered then.
        """
        if not any(bundle.outgoing for bundle in bundles):
            return
        undelivered = await self._store.get(UNDELIVERED, [bundle.record.origin for bundle in bundles])
        to_send = [
            self._instead(bundle.record, undelivered[bundle.record.origin].reason)
            if bundle.record.origin in undelivered
            else bundle
            for bundle in bundles
        ]
        try:
            await self._send(to_send)
        except SendRefused:
            self._observer.dropped(self._stage, "send_refused")
            await self._send_bisecting([bundle for bundle in to_send if bundle.outgoing])

    async def _send(self, bundles: Sequence[Bundle]) -> None:
        await self._sink.send([outgoing for bundle in bundles for outgoing in bundle.outgoing])

    async def _send_bisecting(self, bundles: Sequence[Bundle]) -> None:
        try:
            await self._send(bundles)
        except TopicRefused:
            raise  # true of every record: an operator's matter, and no input's fault
        except SendRefused:
            if len(bundles) == 1:
                await self._give_up(bundles[0])
                return
            middle = len(bundles) // 2
            await self._send_bisecting(bundles[:middle])
            await self._send_bisecting(bundles[middle:])

    async def _give_up(self, bundle: Bundle) -> None:
        """Dead-letter the culprit; if even that is refused, ``SendRefused`` stops the consumer for an operator."""
        row = Undelivered(*bundle.record.origin, "output_refused", self._now_us())
        await self._store.insert(UNDELIVERED, [row])
        self._observer.dead_letters(self._stage, {row.reason: 1})
        traceparent = valid_traceparent(bundle.record.header("traceparent"))
        self._observer.put_aside(self._stage, [PutAside(row.reason, bundle.record.origin, traceparent)])
        await self._send([self._instead(bundle.record, row.reason)])

    def _instead(self, record: Record, reason: str) -> Bundle:
        return Bundle(record, (letter(record, self._group, reason),))

    def _envelop(self, message: Message, settled: Settled[E]) -> Outgoing:
        incoming = settled.input.envelope.traceparent if settled.input is not None else None
        envelope = Envelope(
            id=message.event_id,
            source=f"/dsr/{self._stage}",
            type=message.type,
            subject=message.subject,
            time_us=message.time_us,
            traceparent=continue_trace(incoming, message.event_id),
        )
        return Outgoing(
            message.topic,
            message.key.encode(),
            message.value,
            (*envelope.to_headers(), *message.extra),
            settled.record.origin,
            settled.record.origin.partition if message.same_key else None,
        )
