"""Finds payments whose report is due, or which are to leave, and produces ``payment.due`` commands.

Twice is harmless, so each instance may.

Rows of the table of due times are in buckets of a minute, so that nothing else is read. A bucket is followed while it
runs, and gone through once more when it is well over, for rows that came late; whole hours that are done are stored, so
that a restart begins there.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing

from services.payments.accounts.watch import said_of_change_word
from services.payments.commands import DUE_COMMAND
from services.payments.lookup import transitions
from services.payments.onward import worded
from services.payments.payment import present
from services.payments.states import UNDER_WAY, State
from services.payments.tables import DUE, SWEPT, DueRow, SweptRow
from services.payments.timers import bucket_of, due_us_of
from shared.contracts.command import Command
from shared.envelope import Envelope, event_id, traceparent_of
from shared.stage.messages import moment
from shared.stage.poller import Poller
from shared.stage.ports import Sink
from shared.stage.records import Origin, Outgoing
from shared.stage.stage import Message
from shared.store.port import Store
from shared.store.tables import DECISIONS

NAME = "due"
GRACE_BUCKETS = 5
"""Minutes after which no row can come into a bucket any more: well beyond the deadline of a batch."""
HOUR = 60
PAGE = 500
NO_INPUT = Origin("", -1, -1)


class Scheduler(Poller):
    """A worker of the service; ``poll_s`` is how often it looks, in seconds."""

    name = "payments-scheduler"

    def __init__(self, store: Store, sink: Sink, *, now_us: Callable[[], int], poll_s: float = 1.0) -> None:
        super().__init__(poll_s)
        self._store, self._sink, self._now_us = store, sink, now_us
        self._first: int | None = None
        self._places: dict[int, str] = {}

    async def look(self) -> int:
        """Ask for all that is due now; returns for how many payments."""
        now_us = self._now_us()
        current = bucket_of(now_us)
        if self._first is None:
            self._first = await self._beginning(current)
        asked = 0
        over_until = current - GRACE_BUCKETS
        for bucket, place in await self._filled(self._first, current, over_until):
            asked += await self._follow(bucket, place, now_us)
            await self._leave(min(bucket, over_until))
        await self._leave(over_until)
        return asked

    async def _beginning(self, current: int) -> int:
        """The first bucket that may not be done: after the last swept hour, or at the first row of all."""
        swept = await self._store.find(SWEPT, "name", [NAME])
        if swept:
            return min(swept[-1].bucket, current)
        return await self._next(None, current)

    async def _next(self, after: tuple[int, str] | None, current: int) -> int:
        """The bucket of the next row of all, at most the one that runs now."""
        async with aclosing(self._store.scan(DUE, after)) as rows:  # type: ignore[type-var]
            async for row in rows:
                return min(row.bucket, current)
        return current

    async def _filled(self, first: int, current: int, over_until: int) -> list[tuple[int, str]]:
        """Buckets with a row beyond the place up to which they were read, one that is over from its beginning.

        Asked for by the hour, and on from the next row after an empty one: after a long stop there are thousands.
        """
        filled: list[tuple[int, str]] = []
        start = first
        while start <= current:
            places = [
                (bucket, "" if bucket < over_until else self._places.get(bucket, ""))
                for bucket in range(start, min(start + HOUR, current + 1))
            ]
            found = {row.bucket for row in await self._store.follow(DUE, places, 1)}
            filled += [place for place in places if place[0] in found]
            start += HOUR
            if not found and start < current:
                start = await self._next((start, ""), current)
        return filled

    async def _leave(self, bucket: int) -> None:
        """Those before this bucket are done, and so is what was known of them; a restart begins at its hour."""
        assert self._first is not None
        hour = bucket - bucket % HOUR
        if hour > self._first:
            await self._store.insert(SWEPT, [SweptRow(NAME, hour)])
        self._first = max(self._first, bucket)
        self._places = {left: place for left, place in self._places.items() if left >= bucket}

    async def _follow(self, bucket: int, place: str, now_us: int) -> int:
        asked = 0
        while True:
            rows = await self._store.follow(DUE, [(bucket, place)], PAGE)
            due = [row for row in rows if row.due_us <= now_us]
            asked += await self._ask(due, now_us)
            if due:
                place = due[-1].place
                self._places[bucket] = place
            if len(due) < PAGE:
                return asked

    async def _ask(self, due: Sequence[DueRow], now_us: int) -> int:
        """Only for payments that are still where the row left them; most have been reported long before.

        Two instances that decided the same record left two rows, and the decision that was stored is of one of them:
        what it says is due then. A command that came earlier would find nothing to ask, and stand for the one in time.
        """
        if not due:
            return 0
        paid = await transitions(self._store, list(dict.fromkeys(row.payment_id for row in due)))
        silent = []
        for row in due:
            rows = paid[row.payment_id]
            payment = present(rows)
            if payment is None or rows[-1].n != row.n or payment.state not in (*UNDER_WAY, State.SCHEDULED):
                continue
            if 0 < due_us_of(payment) <= now_us:
                silent.append(row)
        asking = [_command(row, now_us) for row in silent]
        asking += await self._cooled([row for row in due if not paid[row.payment_id]], now_us)
        if asking:
            await self._sink.send(asking)
        return len(asking)

    async def _cooled(self, due: Sequence[DueRow], now_us: int) -> list[Outgoing]:
        """Changed accounts that have cooled off: what waits for them is looked at."""
        rows = await self._store.find(DECISIONS, "subject", [row.payment_id for row in due]) if due else []
        return [_outgoing(message, now_us) for row in rows if (message := said_of_change_word(row)) is not None]


def _command(row: DueRow, now_us: int) -> Outgoing:
    command = Command(
        command_id=event_id("payments", DUE_COMMAND, row.payment_id, 0, row.n),
        name=DUE_COMMAND,
        about=row.payment_id,
        by="timer",
        at=moment(now_us),
        arguments={"n": row.n},
    )
    return _outgoing(worded(command, now_us), now_us)


def _outgoing(message: Message, now_us: int) -> Outgoing:
    envelope = Envelope(
        id=message.event_id,
        source="/dsr/payments/scheduler",
        type=message.type,
        subject=message.subject,
        time_us=now_us,
        traceparent=traceparent_of(message.event_id),
    )
    return Outgoing(message.topic, message.key.encode(), message.value, envelope.to_headers(), NO_INPUT)
