"""Step 5: send what is stored, wait for the acknowledgements; find the culprit when the broker refuses for good."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, NamedTuple

import msgspec
import orjson

from shared import topics
from shared.envelope import Envelope, continue_valid_trace, traceparent_of, valid_traceparent
from shared.stage.deadletters import letter
from shared.stage.observer import Observer, PutAside
from shared.stage.ports import SendRefused, Sink, TopicRefused
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.rows_at import rows_at
from shared.stage.stage import E, Kind, Message, Settled
from shared.store.port import Store, Table

_DEAD_LETTER: Final = Kind.DEAD_LETTER  # a look into an enum takes ten times as long, and each record is asked

OUTPUT_REFUSED: Final = "output_refused"
STATUS_REFUSED: Final = "status_of_undeclared_source"
"""Of its output only status lines for a source that policy no longer declares had no topic; all else was sent."""


class Undelivered(NamedTuple):
    """An input whose output the broker refused for good: it goes to the dead letters instead, now and on replay.

    ``reason`` is one of the two above.
    """

    topic: str
    partition: int
    offset: int
    reason: str
    at_us: int


UNDELIVERED: Table[Undelivered] = Table("undelivered", Undelivered, ("topic", "partition", "offset"))


class Bundle(msgspec.Struct, frozen=True, gc=False):
    """All that one input sends."""

    record: Record
    outgoing: tuple[Outgoing, ...]


class Publisher(Generic[E]):
    """Sends the messages of settled records for one stage and consumer group."""

    def __init__(
        self,
        stage: str,
        group: str,
        store: Store,
        sink: Sink,
        now_us: Callable[[], int],
        observer: Observer,
        may_miss: Callable[[str], bool],
    ) -> None:
        """``may_miss`` says of a topic that nothing need stop where it is missing or not ours."""
        self._stage, self._group, self._store, self._sink = stage, group, store, sink
        self._source = f"/dsr/{stage}"
        self._now_us, self._observer, self._may_miss = now_us, observer, may_miss

    def bundle(self, settled: Settled[E], messages: Sequence[Message | Outgoing]) -> Bundle:
        """Envelop a settled record's messages; a dead letter adds the letter itself. A replay goes as it came."""
        outgoing = [
            message if isinstance(message, Outgoing) else self._envelop(message, settled) for message in messages
        ]
        if settled.kind is _DEAD_LETTER:
            detail = orjson.loads(settled.detail)
            outgoing.append(letter(settled.record, self._group, detail["reason"], detail.get("appended_ms")))
        return Bundle(settled.record, tuple(outgoing))

    def too_large(self, bundles: Iterable[Bundle]) -> set[Origin]:
        """Whose output has a record beyond what inner topics take; asked before anything is recorded."""
        return {
            bundle.record.origin
            for bundle in bundles
            for outgoing in bundle.outgoing
            if outgoing.value is not None and len(outgoing.value) > topics.INNER_MAX_BYTES
        }

    async def publish(self, bundles: Sequence[Bundle]) -> None:
        """Send all and wait. What the broker refuses for good is dead-lettered by its input.

        Raises ``KafkaAway``, and ``TopicRefused`` where a topic is missing or not ours: nothing is dead-lettered then,
        unless it is one that may be missing; the rest of the input's output is sent in that case.
        """
        if not any(bundle.outgoing for bundle in bundles):
            return
        while True:
            to_send = await self._as_deliverable(bundles)
            try:
                await self._send_all(to_send)
                return
            except TopicRefused as refused:
                if not self._may_miss(refused.topic):
                    raise
                concerned = [one.record for one in to_send if any(out.topic == refused.topic for out in one.outgoing)]
                await self._put_aside(concerned, STATUS_REFUSED)

    async def _as_deliverable(self, bundles: Sequence[Bundle]) -> list[Bundle]:
        """What is to be sent, where a record whose output was refused before sends its letter instead."""
        undelivered = await rows_at(self._store, UNDELIVERED, [bundle.record.origin for bundle in bundles])
        if not undelivered:
            return list(bundles)
        return [
            self._as_undelivered(bundle, undelivered[bundle.record.origin].reason)
            if bundle.record.origin in undelivered
            else bundle
            for bundle in bundles
        ]

    async def _send(self, bundles: Sequence[Bundle]) -> None:
        await self._sink.send([outgoing for bundle in bundles for outgoing in bundle.outgoing])

    async def _send_all(self, bundles: Sequence[Bundle]) -> None:
        try:
            await self._send(bundles)
        except SendRefused:
            self._observer.dropped(self._stage, "send_refused")
            await self._send_bisecting([bundle for bundle in bundles if bundle.outgoing])

    async def _send_bisecting(self, bundles: Sequence[Bundle]) -> None:
        try:
            await self._send(bundles)
        except SendRefused:
            if len(bundles) == 1:
                await self._give_up(bundles[0])
                return
            middle = len(bundles) // 2
            await self._send_bisecting(bundles[:middle])
            await self._send_bisecting(bundles[middle:])

    async def _give_up(self, bundle: Bundle) -> None:
        """Dead-letter the culprit; if even that is refused, ``SendRefused`` stops the consumer for an operator."""
        await self._put_aside([bundle.record], OUTPUT_REFUSED)
        await self._send([self._instead(bundle.record, OUTPUT_REFUSED)])

    async def _put_aside(self, records: Sequence[Record], reason: str) -> None:
        rows = [Undelivered(*record.origin, reason, self._now_us()) for record in records]
        await self._store.insert(UNDELIVERED, rows)
        self._observer.dead_letters(self._stage, {reason: len(rows)})
        told = [PutAside(reason, record.origin, valid_traceparent(record.header("traceparent"))) for record in records]
        self._observer.put_aside(self._stage, told)

    def _as_undelivered(self, bundle: Bundle, reason: str) -> Bundle:
        """What of a bundle that was refused is sent all the same, and its letter."""
        instead = self._instead(bundle.record, reason)
        if reason != STATUS_REFUSED:
            return instead
        rest = tuple(one for one in bundle.outgoing if not self._may_miss(one.topic) and one not in instead.outgoing)
        return Bundle(bundle.record, rest + instead.outgoing)

    def _instead(self, record: Record, reason: str) -> Bundle:
        return Bundle(record, (letter(record, self._group, reason),))

    def _envelop(self, message: Message, settled: Settled[E]) -> Outgoing:
        named, incoming = message.event_id, settled.input.envelope.traceparent if settled.input is not None else None
        trace = traceparent_of(named) if incoming is None else continue_valid_trace(incoming, named)
        envelope = Envelope(named, self._source, message.type, message.subject, message.time_us, None, trace)
        origin = settled.record.origin
        return Outgoing(
            message.topic,
            message.key.encode(),
            message.value,
            envelope.to_headers() + message.extra,
            origin,
            origin.partition if message.same_key else None,
        )
