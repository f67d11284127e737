"""Steps 2 to 5 of the runtime for one batch: read, decide, record, publish (design.md §4).

A crash between any two awaits replays the batch to the same bytes: what is published is a pure function of the incoming
record and of rows of which the first writer wins.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Final, Generic

import orjson

from shared.envelope import valid_traceparent
from shared.errors import DsrError
from shared.stage.deciding import Decider, Outcome, waves
from shared.stage.fates import Fates
from shared.stage.lease import Lease
from shared.stage.observer import Observer, PutAside
from shared.stage.ports import Batch, Sink
from shared.stage.publishing import Bundle, Publisher
from shared.stage.records import Origin, Record
from shared.stage.replays import Replays
from shared.stage.stage import BadRecord, E, Input, Kind, Settled, Stage
from shared.store.port import Store
from shared.store.tables import Fate

_DEAD_LETTER: Final = Kind.DEAD_LETTER  # a look into an enum takes ten times as long, and each record is asked


class BreakerTripped(DsrError):
    """Too many of the last records could not be read; nothing of this batch was written."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The breaker opened: {reason}. Find the cause in the log, mend it, then run: dsr resume.")


def _never(records: int, dead: int) -> str | None:
    return None


def _all_needed(topic: str) -> bool:
    return False


def _letter_detail(reason: str, answer_to: str | None, record: Record) -> bytes:
    """What the fate of a dead letter keeps; its append time proves the time of receipt to a later replay."""
    return orjson.dumps({"reason": reason, "answer_to": answer_to, "appended_ms": record.timestamp_ms})


class Runner(Generic[E]):
    """Takes batches through a stage for one consumer group."""

    def __init__(
        self,
        stage: Stage[E],
        store: Store,
        sink: Sink,
        *,
        group: str,
        now_us: Callable[[], int],
        observer: Observer,
        too_many_dead: Callable[[int, int], str | None] = _never,
        may_miss: Callable[[str], bool] = _all_needed,
    ) -> None:
        """``too_many_dead`` is the breaker: given (records, dead letters) of a batch it says why to stop, or None.

        ``may_miss`` says of a topic that nothing need stop where it is missing or not ours.
        """
        self._stage, self._observer, self._too_many_dead = stage, observer, too_many_dead
        self._now_us = now_us
        self._decider = Decider(stage, store, now_us, observer)
        self._fates: Fates[E] = Fates(stage.name, store, observer)
        self._replays: Replays[E] = Replays(store, now_us)
        self._publisher: Publisher[E] = Publisher(stage.name, group, store, sink, now_us, observer, may_miss)

    async def process(self, batch: Batch, lease: Lease) -> int:
        """Take one batch to its acknowledgements; returns how many records of it became dead letters now.

        Raises ``StoreAway`` or ``KafkaAway`` (try again), ``LeaseLost`` (drop it), ``BreakerTripped`` and
        ``AnotherKafka`` (stop). Whatever it raises, the same batch may be given again.
        """
        started = perf_counter()
        lost = {item.origin: item.reason for item in batch.unreadable}
        records = (*batch.records, *(Record(item.origin, None, None, (), 0) for item in batch.unreadable))
        known = await self._fates.known(records)
        inputs, seen, early = self._read(records, lost, known)
        dead = len(early)
        if (why := self._too_many_dead(len(inputs) + dead, dead)) is not None:
            raise BreakerTripped(why)
        started = self._timed("read", started)

        inputs, early = await self._replays.look_through(inputs, early)
        bundles = await self._bundles(await self._fates.recall(seen)) if seen else {}
        for wave in waves(inputs) or [[]]:
            outcomes = [*early, *await self._decider.settle(wave, lease)]
            started, early = self._timed("decide", started), []
            lease.check()
            bundles |= await self._record(outcomes)
            started = self._timed("record", started)

        lease.check()
        await self._publisher.publish([bundle for record in records if (bundle := bundles.get(record.origin))])
        self._timed("publish", started)
        lease.check()
        return dead

    def _read(
        self, records: tuple[Record, ...], lost: dict[Origin, str], known: dict[Origin, Fate]
    ) -> tuple[list[Input[E]], list[tuple[Record, Input[E] | None, Fate]], list[Outcome[E]]]:
        """Split into fresh inputs, records seen before, and fresh dead letters."""
        inputs: list[Input[E]] = []
        seen: list[tuple[Record, Input[E] | None, Fate]] = []
        dead: list[Outcome[E]] = []
        for record in records:
            item: Input[E] | None = None
            detail = b""
            try:
                if lost and record.origin in lost:
                    raise BadRecord(lost[record.origin])
                item = self._stage.read(record)
            except BadRecord as bad:
                detail = _letter_detail(bad.reason, bad.answer_to, record)
            fate = known.get(record.origin) if known else None
            if fate is not None:
                seen.append((record, item, fate))
            elif item is not None:
                inputs.append(item)
            else:
                dead.append(Outcome(record, None, Kind.DEAD_LETTER, detail=detail))
        return inputs, seen, dead

    async def _record(self, outcomes: list[Outcome[E]]) -> dict[Origin, Bundle]:
        """Store one fate for each outcome and return what to send, from the rows that are stored in the end."""
        fates, bundles = await self._proposed(outcomes)
        kept = await self._fates.record(fates)
        self._tell_put_aside(outcomes, fates)
        if kept == fates:
            return bundles
        overruled = [
            (outcome, stored)
            for outcome, given, stored in zip(outcomes, fates, kept, strict=True)
            if stored is not given and stored != given
        ]
        await self._fates.adopt(overruled)
        recalled = [(outcome.record, outcome.input, fate) for outcome, fate in overruled]
        for record, _, _ in recalled:
            bundles.pop(record.origin, None)
        return bundles | await self._bundles(await self._fates.recall(recalled))

    def _tell_put_aside(self, outcomes: list[Outcome[E]], fates: list[Fate]) -> None:
        letters = [
            PutAside(
                orjson.loads(fate.detail)["reason"],
                outcome.record.origin,
                valid_traceparent(outcome.record.header("traceparent")),
            )
            for outcome, fate in zip(outcomes, fates, strict=True)
            if fate.kind == _DEAD_LETTER
        ]
        if letters:
            self._observer.put_aside(self._stage.name, letters)

    async def _proposed(self, outcomes: list[Outcome[E]]) -> tuple[list[Fate], dict[Origin, Bundle]]:
        """Fates to store and what they would send. An input whose output would be too large is a dead letter."""
        at_us = self._now_us()
        pairs = [self._fates.propose(outcome, at_us) for outcome in outcomes]
        bundles = await self._bundles([settled for _, settled in pairs])
        proposed = [fate for fate, _ in pairs]
        too_large = self._publisher.too_large(bundles.values())
        for place, outcome in enumerate(outcomes if too_large else ()):
            if outcome.record.origin in too_large:
                detail = _letter_detail("output_too_large", None, outcome.record)
                dead: Outcome[E] = Outcome(outcome.record, None, Kind.DEAD_LETTER, detail=detail)
                proposed[place], instead = self._fates.propose(dead, at_us)
                bundles |= await self._bundles([instead])
        return proposed, bundles

    async def _bundles(self, settled: list[Settled[E]]) -> dict[Origin, Bundle]:
        """By record what it sends, where it sends anything."""
        emitted = await self._stage.emit(settled)
        return {
            item.record.origin: self._publisher.bundle(item, messages)
            for item, messages in zip(settled, emitted, strict=True)
            if messages or item.kind is _DEAD_LETTER
        }

    def _timed(self, step: str, started: float) -> float:
        now = perf_counter()
        self._observer.step(self._stage.name, step, now - started)
        return now
