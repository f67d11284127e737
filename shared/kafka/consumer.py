"""A member of a consumer group as the runtime wants it: raw bytes, offsets committed by hand, nothing skipped silently.

Three things aiokafka does not do are done here. It keeps its own account of what was handed out, because a fetch that
fails on one partition loses what aiokafka had taken from the others. It reads what aiokafka cannot parse with a reader
of its own (``shared.kafka.poison``). And it starts a new group at the log's start by committing that offset, so that
records deleted before they were read are noticed ever after.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from time import monotonic

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord

from shared.kafka.failures import CLIENT_FAILURES, MEMBERSHIP_LOST, UNPARSABLE, away, describe
from shared.kafka.poison import read_tolerantly
from shared.kafka.records import as_record
from shared.kafka.start_offsets import commit_start_offsets
from shared.stage.ports import Batch, CommitRefused, KafkaAway, LogReplaced, RebalanceListener, RecordsLost
from shared.stage.records import Record, Unreadable

SESSION_TIMEOUT_MS = 8_000
"""A killed member's partitions move on after about this long, and its work within 15 s, also on a busy machine."""
HEARTBEAT_INTERVAL_MS = 1_000
REBALANCE_TIMEOUT_MS = 60_000
"""How long the group waits for a member to let go; equal to ``LoopLimits.rebalance_timeout_s``."""
MAX_POLL_INTERVAL_MS = 300_000
FETCH_MAX_BYTES = 2 * 1_048_576
"""Bounds memory: bytes of one answer from a broker, as stored. A single larger batch still comes."""
PARTITION_FETCH_BYTES = 524_288
"""Of one partition in such an answer: more than a batch, also of what hardly compresses; a larger one only waits."""

SETTLING_MAX_S = REBALANCE_TIMEOUT_MS / 1000 + 15
"""A group answers a member that has let go within its rebalance timeout; after this long nobody will."""

_NO_PARTITION = TopicPartition("", 0)


class KafkaSource:
    """Implements ``shared.stage.ports.Source`` on a real Kafka."""

    def __init__(
        self,
        bootstrap: str,
        group: str,
        topics: Sequence[str],
        *,
        client_id: str,
        instance_id: str | None = None,
        call_timeout_s: float = 10.0,
        silence_s: float = 15.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """``instance_id`` makes the membership static: a restarted instance gets its partitions back at once, and a
        stopped one keeps them until its session ends.

        A call that Kafka does not answer within ``call_timeout_s``, and fetches that have had no answer for
        ``silence_s``, count as away.
        """
        self._bootstrap, self._group, self._topics = bootstrap, group, tuple(topics)
        self._client_id, self._instance_id = client_id, instance_id
        self._call_timeout_s, self._silence_s, self._clock = call_timeout_s, silence_s, clock
        self._listener: RebalanceListener | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._next: dict[TopicPartition, int] = {}
        self._assigned = asyncio.Event()
        self._last_poll_ms = 0
        self._heard_at = self._unsettled_since = clock()

    async def start(self, listener: RebalanceListener) -> None:
        """See ``Source.start``. Topics must exist; a missing one is ``KafkaAway`` and says which."""
        self._listener = listener
        await self._join()

    async def _join(self) -> AIOKafkaConsumer:
        assert self._listener is not None, "fetch comes after start"
        await commit_start_offsets(self._bootstrap, self._group, self._topics, self._call_timeout_s)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            group_id=self._group,
            group_instance_id=self._instance_id,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            session_timeout_ms=SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=HEARTBEAT_INTERVAL_MS,
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            # A JoinGroup is answered when the slowest member has let go, so requests must outlast the rebalance.
            request_timeout_ms=REBALANCE_TIMEOUT_MS + 5_000,
            fetch_max_bytes=FETCH_MAX_BYTES,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
        )
        try:
            async with asyncio.timeout(self._call_timeout_s):
                await consumer.start()
        except CLIENT_FAILURES as error:
            await consumer.stop()
            raise away(error) from error
        self._assigned.clear()
        consumer.subscribe(self._topics, listener=_Relay(self._partitions_go, self._partitions_come))
        self._consumer, self._heard_at = consumer, self._clock()
        self._unsettled_since = self._heard_at
        return consumer

    async def _partitions_go(self, revoked: frozenset[TopicPartition]) -> None:
        self._assigned.clear()  # until the group has settled nothing is fetched, so no stale position is learned
        self._unsettled_since = self._clock()
        if (revoked or self._next) and self._listener is not None:
            await self._listener.revoked()
            self._unsettled_since = self._clock()

    async def _partitions_come(self) -> None:
        self._next.clear()
        self._heard_at = self._clock()
        if self._listener is not None:
            await self._listener.assigned()
        self._assigned.set()

    async def fetch(self, max_records: int, timeout_ms: int) -> Batch:
        """See ``Source.fetch``. Empty while the group rebalances."""
        consumer = self._consumer or await self._join()
        if self._is_lost(consumer):
            await self._leave(consumer)
            raise KafkaAway("the client has lost sight of the cluster, and another one takes its place")
        try:
            if not await self._is_assigned(consumer, timeout_ms):
                return Batch(())
            async with asyncio.timeout(timeout_ms / 1000 + self._call_timeout_s):
                await self._know_positions(consumer)
                fetched = await consumer.getmany(timeout_ms=timeout_ms, max_records=max_records)
                if not fetched:
                    await self._pass_what_nobody_is_given(consumer)
        except NoOffsetForPartitionError:
            self._back_to_next(consumer)  # aiokafka looked before we had committed the start
            return Batch(())
        except MEMBERSHIP_LOST:
            return Batch(())
        except OffsetOutOfRangeError as error:
            self._back_to_next(consumer)
            raise await self._out_of_range(consumer, error) from error
        except UNPARSABLE as error:
            return await self._fetch_tolerantly(consumer, max_records, error)
        except CLIENT_FAILURES as error:
            self._back_to_next(consumer)
            if isinstance(error, TimeoutError) and not self._assigned.is_set():
                return Batch(())  # a rebalance has begun meanwhile
            await self._leave_if_broken(consumer, error)
            raise away(error) from error
        except Exception as error:  # whatever a parser or decompressor makes of bytes that it cannot read
            return await self._fetch_tolerantly(consumer, max_records, error)
        return self._handed_out(consumer, fetched)

    async def _is_assigned(self, consumer: AIOKafkaConsumer, timeout_ms: int) -> bool:
        """Wait for the group to settle; raises what keeps it from settling, which only ``getmany`` tells."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_ms / 1000):
                await self._assigned.wait()
        if not self._assigned.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0):
                    await consumer.getmany(_NO_PARTITION)
        return self._assigned.is_set()

    async def _know_positions(self, consumer: AIOKafkaConsumer) -> None:
        """Learn where newly assigned partitions begin; one that nobody committed yet begins at the log's start.

        aiokafka goes there, too: they may have come in the middle of a fetch that failed, which moved it past records
        that nobody was given.
        """
        for partition in consumer.assignment() - self._next.keys():
            committed: int | None = await consumer.committed(partition)
            if committed is None:
                committed = (await consumer.beginning_offsets([partition]))[partition]
                await consumer.commit({partition: committed})
            consumer.seek(partition, committed)
            self._next[partition] = committed

    async def _pass_what_nobody_is_given(self, consumer: AIOKafkaConsumer) -> None:
        """aiokafka moves on past aborted records and the markers of transactions; they are not waiting to be read."""
        for partition in consumer.assignment() & self._next.keys():
            if self._end(consumer, partition) > self._next[partition]:
                self._next[partition] = max(self._next[partition], await consumer.position(partition))

    @staticmethod
    def _end(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int:
        """The end of what can be read, as far as known: a transaction that somebody holds open hides what follows."""
        stable: int | None = consumer.last_stable_offset(partition)
        return stable if stable is not None and stable >= 0 else consumer.highwater(partition) or 0

    def _handed_out(
        self, consumer: AIOKafkaConsumer, fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]]
    ) -> Batch:
        records: list[Record] = []
        for partition, found in fetched.items():
            records.extend(map(as_record, found))
            self._next[partition] = found[-1].offset + 1
        if not records:
            self._raise_if_silent(consumer)
        return Batch(tuple(records))

    def _back_to_next(self, consumer: AIOKafkaConsumer) -> None:
        """After a failed fetch: aiokafka may have moved past records of other partitions that nobody was given."""
        for partition, offset in self._next.items():
            if partition in consumer.assignment():
                consumer.seek(partition, offset)

    async def _fetch_tolerantly(self, consumer: AIOKafkaConsumer, max_records: int, error: Exception) -> Batch:
        """Fetch by our own reader, which makes only the bad records unreadable, and go on behind what it read."""
        self._back_to_next(consumer)
        wanted = {tp: self._next[tp] for tp in consumer.assignment() - consumer.paused() if tp in self._next}
        records: list[Record] = []
        unreadable: list[Unreadable] = []
        for partition, found in (await read_tolerantly(self._bootstrap, wanted, max_records)).items():
            if partition in consumer.assignment() and self._next.get(partition) == wanted[partition]:
                records.extend(item for item in found.items if isinstance(item, Record))
                unreadable.extend(item for item in found.items if isinstance(item, Unreadable))
                self._next[partition] = found.next_offset
                consumer.seek(partition, found.next_offset)
        if not records and not unreadable:
            # Without the error's text: it may quote what could not be read.
            raise KafkaAway(f"a fetch could not be read: {type(error).__name__}") from None
        return Batch(tuple(records), tuple(unreadable))

    async def _out_of_range(self, consumer: AIOKafkaConsumer, error: OffsetOutOfRangeError) -> RecordsLost | KafkaAway:
        """Tell records deleted unread from a log that is not the one we read."""
        partition, offset = next(iter(error.args[0].items()))
        try:
            async with asyncio.timeout(self._call_timeout_s):
                start = (await consumer.beginning_offsets([partition]))[partition]
                end = (await consumer.end_offsets([partition]))[partition]
        except CLIENT_FAILURES as failure:
            return away(failure)
        if offset < start:
            return RecordsLost(partition.topic, partition.partition, offset, start)
        if offset > end:
            return LogReplaced(partition.topic, partition.partition, offset, end)
        return away(error)

    def _raise_if_silent(self, consumer: AIOKafkaConsumer) -> None:
        """aiokafka never says that its fetches go unanswered; the time of the last answer tells."""
        polled = consumer.assignment() - consumer.paused()
        last_poll_ms = max((consumer.last_poll_timestamp(tp) or 0 for tp in polled), default=0)
        if last_poll_ms != self._last_poll_ms or not polled:
            self._last_poll_ms, self._heard_at = last_poll_ms, self._clock()
        elif self._clock() - self._heard_at > self._silence_s:
            raise KafkaAway(f"no fetch was answered for {self._silence_s:.0f} s")

    def _is_lost(self, consumer: AIOKafkaConsumer) -> bool:
        """Whether aiokafka will never again tell of anything, and tells nobody of that.

        Its task that keeps the cluster's metadata ends with whatever the event loop raises (uvloop: ``RuntimeError``,
        for a connection that has been closed); who waits for metadata afterwards, as the group's own task does, waits
        for ever. A group that never settles is given up too, whatever the cause.
        """
        keeper = consumer._client._sync_task
        settling_s = 0.0 if self._assigned.is_set() else self._clock() - self._unsettled_since
        return (keeper is not None and keeper.done()) or settling_s > SETTLING_MAX_S

    async def _leave_if_broken(self, consumer: AIOKafkaConsumer, error: Exception) -> None:
        """aiokafka's own tasks end with a bare ``KafkaError`` and never come back."""
        if type(error) is KafkaError:
            await self._leave(consumer)

    async def _leave(self, consumer: AIOKafkaConsumer) -> None:
        """Be no member any more; the next fetch joins anew."""
        if self._listener is not None:
            await self._listener.revoked()
        self._consumer = None
        self._next.clear()
        await self._stop(consumer)

    async def commit(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """See ``Source.commit``."""
        if self._consumer is None:
            raise CommitRefused("this instance is no member of the group now")
        try:
            async with asyncio.timeout(self._call_timeout_s):
                await self._consumer.commit({TopicPartition(*where): offset for where, offset in offsets.items()})
        except MEMBERSHIP_LOST as error:
            raise CommitRefused(describe(error.__cause__ or error)) from error
        except CLIENT_FAILURES as error:
            raise away(error) from error

    def rewind(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """See ``Source.rewind``."""
        for where, offset in offsets.items():
            partition = TopicPartition(*where)
            if self._consumer is not None and partition in self._consumer.assignment():
                self._consumer.seek(partition, offset)
                self._next[partition] = offset

    def pause(self) -> None:
        """See ``Source.pause``."""
        if self._consumer is not None:
            self._consumer.pause(*self._consumer.assignment())

    def resume(self) -> None:
        """See ``Source.resume``."""
        if self._consumer is not None:
            self._consumer.resume(*self._consumer.paused())
            self._heard_at = self._clock()

    def lag(self) -> Mapping[tuple[str, int], int]:
        """See ``Source.lag``."""
        if self._consumer is None:
            return {}
        return {
            (partition.topic, partition.partition): max(0, self._end(self._consumer, partition) - self._next[partition])
            for partition in self._consumer.assignment()
            if partition in self._next and self._consumer.highwater(partition) is not None
        }

    async def stop(self) -> None:
        """See ``Source.stop``. Does not wait longer than a call's timeout for Kafka to hear that we leave."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await self._stop(consumer)

    async def _stop(self, consumer: AIOKafkaConsumer) -> None:
        client = consumer._client
        if (keeper := client._sync_task) is not None and keeper.done() and not keeper.cancelled():
            keeper.exception()  # nobody else looks at it, and the event loop would complain of that
            client._sync_task = None  # otherwise its error ends the closing before the connections are closed
        with contextlib.suppress(*CLIENT_FAILURES, RuntimeError):
            async with asyncio.timeout(self._call_timeout_s):
                await consumer.stop()


class _Relay(ConsumerRebalanceListener):  # type: ignore[misc]
    """aiokafka's rebalance listener, forwarding to the source's own methods."""

    def __init__(
        self, go: Callable[[frozenset[TopicPartition]], Awaitable[None]], come: Callable[[], Awaitable[None]]
    ) -> None:
        self._go, self._come = go, come

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._go(frozenset(revoked))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        await self._come()
