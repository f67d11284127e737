"""Steps 1 and 6, and the waiting: fetch, hand over, commit; one consumer group's member from start to stop."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any

from shared.stage.breaker import Breaker
from shared.stage.lease import Lease, LeaseLost
from shared.stage.observer import Observer
from shared.stage.ports import Batch, CommitRefused, KafkaAway, Source
from shared.stage.runner import BreakerTripped, Runner
from shared.store.port import Store, StoreAway


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """Bounds of one batch and of waiting. Seconds, bytes, records."""

    max_records: int = 1_000
    max_bytes: int = 2 * 1024 * 1024
    fetch_wait_ms: int = 500
    rebalance_timeout_s: float = 60.0
    first_wait_s: float = 0.1
    longest_wait_s: float = 5.0
    breaker_poll_s: float = 1.0

    @property
    def patience_s(self) -> float:
        """How long a batch is waited for in place, with the revoke lock held: a third of the rebalance timeout."""
        return self.rebalance_timeout_s / 3

    @property
    def batch_deadline_s(self) -> float:
        """After this long a batch no longer writes: below the rebalance timeout."""
        return self.rebalance_timeout_s * 0.75


class StageLoop:
    """Runs until ``stop``. Health looks at ``alive``, ``waiting_for``, ``breaker_open`` and ``progressed_at``."""

    def __init__(
        self,
        name: str,
        runner: Runner[Any],
        source: Source,
        store: Store,
        *,
        breaker: Breaker | None,
        observer: Observer,
        random: Random,
        now_us: Callable[[], int],
        clock: Callable[[], float] = monotonic,
        limits: LoopLimits | None = None,
    ) -> None:
        """``breaker`` is None for a consumer that no breaker stops (commands)."""
        self.name = name
        self._runner, self._source, self._store = runner, source, store
        self._breaker, self._observer, self._random = breaker, observer, random
        self._now_us, self._clock, self._limits = now_us, clock, limits or LoopLimits()
        self._stopping = asyncio.Event()
        self._in_hand = asyncio.Lock()
        self._lease: Lease | None = None
        self._generation = 0
        self._taken = 0
        self._paused = False
        self.alive = False
        self.waiting_for: str | None = None
        self.progressed_at = clock()

    @property
    def breaker_open(self) -> str | None:
        """Why the breaker is open, or None."""
        return self._breaker.reason if self._breaker is not None else None

    @property
    def lag(self) -> int:
        """Records known to wait in the assigned partitions, and those in hand."""
        return self._taken + sum(self._source.lag().values())

    def stop(self) -> None:
        """Finish the batch in hand, commit it, leave the group."""
        self._stopping.set()

    async def run(self) -> None:
        """Consume until ``stop``; raises what only a person can mend (``RecordsLost``, ``AnotherKafka``, defects)."""
        await self._source.start(self)
        self.alive, self.progressed_at = True, self._clock()
        try:
            while not self._stopping.is_set():
                try:
                    await self._turn()
                except StoreAway as away:
                    await self._stand_by("store", away)
                except KafkaAway as away:
                    await self._stand_by("kafka", away)
        finally:
            self.alive = False
            await self._source.stop()

    async def _turn(self) -> None:
        if self._breaker is not None:
            await self._breaker_closed(self._breaker)
            if self._stopping.is_set():
                return
        generation = self._generation
        batch = await self._source.fetch(self._limits.max_records, self._limits.fetch_wait_ms)
        lag = self._source.lag()
        self._observer.lag(self.name, lag)
        if not batch:
            if not any(lag.values()):  # otherwise there is something to read, and it does not come
                self.progressed_at = self._clock()
            return
        async with self._in_hand:
            lease = Lease(self._clock() + self._limits.batch_deadline_s, self._clock)
            self._lease, self._taken = lease, len(batch.records) + len(batch.unreadable)
            if generation != self._generation:
                lease.revoke()
            try:
                await self._batch(batch, lease)
            finally:
                self._lease, self._taken = None, 0
        self.progressed_at = self._clock()

    async def _batch(self, batch: Batch, lease: Lease) -> None:
        """Take a fetch through in pieces of bounded size; what is left undone is fetched again."""
        self._tell(batch)
        pieces = _pieces(batch, self._limits.max_bytes)
        given_up_at = self._clock() + self._limits.patience_s
        for place, piece in enumerate(pieces):
            undone = _joined(pieces[place:])
            try:
                await self._piece(piece, lease, given_up_at)
            except (LeaseLost, CommitRefused) as lost:
                self.waiting_for = None  # perhaps it was lost while it waited; whoever has the batch now waits
                self._observer.dropped(self.name, "lease_lost" if isinstance(lost, LeaseLost) else "commit_refused")
                self._source.rewind(undone.first_offsets())
                return
            except BreakerTripped as tripped:
                self._source.rewind(undone.first_offsets())
                if self._breaker is not None:
                    await self._breaker.trip(tripped.reason, self._now_us())
                return
            except BaseException:
                self._source.rewind(undone.first_offsets())
                raise

    async def _piece(self, piece: Batch, lease: Lease, given_up_at: float) -> None:
        """One piece to its commit, waiting in place for what is away, while patience lasts."""
        wait = self._limits.first_wait_s
        while True:
            try:
                if self._breaker is not None:
                    await self._breaker.look_back(piece)
                dead = await self._runner.process(piece, lease)
                await self._source.commit(piece.next_offsets())
            except (StoreAway, KafkaAway) as away:
                if self._clock() + wait > given_up_at or self._stopping.is_set():
                    raise
                self.waiting_for = "store" if isinstance(away, StoreAway) else "kafka"
                await self._sleep(wait)
                wait = min(wait * 2, self._limits.longest_wait_s)
                lease.check()
            else:
                self.waiting_for = None
                if self._breaker is not None:
                    self._breaker.count(len(piece.records) + len(piece.unreadable), dead)
                return

    async def _stand_by(self, dependency: str, away: StoreAway | KafkaAway) -> None:
        """Paused, without the revoke lock, heartbeats going on, until the dependency answers."""
        self.waiting_for = dependency
        self._paused = True
        self._source.pause()
        wait = self._limits.first_wait_s
        while not self._stopping.is_set():
            await self._sleep(wait)
            wait = min(wait * 2, self._limits.longest_wait_s)
            try:
                if isinstance(away, StoreAway):
                    await self._store.ping()
                await self._poll_paused()
                break
            except (StoreAway, KafkaAway) as still:
                away = still
                self.waiting_for = "store" if isinstance(still, StoreAway) else "kafka"
        self._go_on()

    def _go_on(self) -> None:
        """After a wait that was on purpose: none of it counts as standing still."""
        self._paused = False
        self._source.resume()
        self.waiting_for = None
        self.progressed_at = self._clock()

    async def _breaker_closed(self, breaker: Breaker) -> None:
        """Return when the breaker is closed, or when the loop is to stop; paused meanwhile."""
        await breaker.refresh()
        self._observer.breaker(self.name, breaker.group, breaker.is_open)
        if not breaker.is_open:
            return
        self._paused = True
        self._source.pause()
        while breaker.is_open and not self._stopping.is_set():
            await self._poll_paused()
            await self._sleep(self._limits.breaker_poll_s)
            await breaker.refresh()
        self._go_on()
        self._observer.breaker(self.name, breaker.group, breaker.is_open)

    async def _poll_paused(self) -> None:
        """Keep the membership alive; a record that slipped in between an assignment and its pause goes back."""
        batch = await self._source.fetch(1, 0)
        if batch:
            self._source.rewind(batch.first_offsets())

    async def _sleep(self, seconds: float) -> None:
        """Wait between half and all of ``seconds``, less if the loop is to stop."""
        jittered = seconds * (0.5 + self._random.random() / 2)
        self._observer.waiting(self.name, self.waiting_for or "breaker", jittered)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), jittered)

    async def revoked(self) -> None:
        """Flag first, so that the batch in hand stops at its next check; then wait for it to let go."""
        self._generation += 1
        if self._lease is not None:
            self._lease.revoke()
        async with self._in_hand:
            pass

    async def assigned(self) -> None:
        """A new assignment forgets that it was paused."""
        self._observer.rebalanced(self.name)
        if self._paused:
            self._source.pause()

    def _tell(self, batch: Batch) -> None:
        oldest_ms = min((record.timestamp_ms for record in batch.records), default=0)
        age_s = max(0.0, self._now_us() / 1e6 - oldest_ms / 1e3) if oldest_ms else 0.0
        self._observer.batch(self.name, len(batch.records) + len(batch.unreadable), age_s)


def _pieces(batch: Batch, max_bytes: int) -> list[Batch]:
    """Split by bytes, since a fetch's own byte limits count compressed ones; a record is never split."""
    if batch.unreadable:  # rare, and an early piece must not commit past an offset that a later one answers for
        return [batch]
    pieces: list[Batch] = []
    start, size = 0, 0
    for place, record in enumerate(batch.records):
        size += (more := record.size)
        if place > start and size > max_bytes:
            pieces.append(Batch(batch.records[start:place]))
            start, size = place, more
    pieces.append(Batch(batch.records[start:]))
    return pieces


def _joined(pieces: Sequence[Batch]) -> Batch:
    return Batch(
        tuple(record for piece in pieces for record in piece.records),
        tuple(item for piece in pieces for item in piece.unreadable),
    )
