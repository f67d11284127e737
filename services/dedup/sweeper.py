"""Looks for held applications that can be decided now, and for refusals whose ground is gone, and has them looked at.

It produces a command for each; the stage's own consumer decides. Twice is harmless: the command is named by the
decision that it is about. What this process has just held is looked at first; all that ever rested on another
application is gone through bit by bit besides, so that a crash or another process leaves nothing behind.
"""

import contextlib
from collections.abc import Callable

from services.dedup.commands import RECONSIDER, due
from services.dedup.concede import Known
from services.dedup.register import Register
from services.dedup.ruling import Standing
from services.dedup.tables import RESTS
from shared import topics
from shared.contracts.command import Command
from shared.envelope import Envelope, event_id, traceparent_of
from shared.stage.messages import moment
from shared.stage.poller import Poller
from shared.stage.ports import Sink
from shared.stage.records import Origin, Outgoing
from shared.store.port import Key, Store

HASTE = 20
NO_INPUT = Origin("", -1, -1)
"""A timer's command is caused by no record."""


class Watch:
    """What the stage tells the sweeper: where to look next. Lost with the process, and found again by going through."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.changed: set[str] = set()

    def hold(self, application_id: str) -> None:
        """It waits for others."""
        self.held.add(application_id)

    def change(self, application_id: str) -> None:
        """A decision that others may rest on was replaced."""
        self.changed.add(application_id)


class Sweeper(Poller):
    """A worker of the service. ``period_s`` between two looks, ``rows_each`` of the table gone through in each.

    The first time through, after a start, it takes ``HASTE`` times as many: a crash may have left something.
    """

    name = "dedup-sweeper"

    def __init__(
        self,
        store: Store,
        register: Register,
        sink: Sink,
        watch: Watch,
        now_us: Callable[[], int],
        *,
        period_s: float = 0.5,
        rows_each: int = 100,
        ask_again_s: float = 30.0,
    ) -> None:
        self._store, self._register, self._sink, self._watch = store, register, sink, watch
        super().__init__(period_s)
        self._now_us, self._rows_each = now_us, rows_each
        self._ask_again_us = int(ask_again_s * 1_000_000)
        self._asked: dict[tuple[str, int, int], int] = {}
        self._after: Key | None = None
        self._is_first_pass = True

    async def look(self) -> int:
        """Look once; returns how many commands were produced. Raises ``StoreAway`` and ``KafkaAway``."""
        changed = set(self._watch.changed)
        names = self._watch.held | await self._next_rows()
        for dependents in (await self._register.resting_on(changed)).values() if changed else ():
            names |= dependents
        mine = await self._register.known(names)
        ready = sorted(await due(self._register, mine)) if mine else []
        sent = await self._ask([mine[name] for name in ready])
        # What is asked for now is looked at again, since a refusal that ends is first a hold.
        still = {name for name, me in mine.items() if _is_held(me)}.union(ready)
        self._watch.held -= mine.keys() - still
        self._watch.held |= still
        self._watch.changed -= changed
        return sent

    async def _ask(self, ready: list[Known]) -> int:
        now_us = self._now_us()
        self._asked = {key: at for key, at in self._asked.items() if now_us - at < self._ask_again_us}
        fresh = [me for me in ready if me.ref not in self._asked]
        if fresh:
            await self._sink.send([_command(me, now_us) for me in fresh])
            self._asked.update((me.ref, now_us) for me in fresh)
        return len(fresh)

    async def _next_rows(self) -> set[str]:
        """The next of all that ever rested on another, from the start again after the end."""
        names: set[str] = set()
        seen, most = 0, self._rows_each * (HASTE if self._is_first_pass else 1)
        async with contextlib.aclosing(self._store.scan(RESTS, self._after)) as rows:  # type: ignore[type-var]
            async for row in rows:
                seen += 1
                names.add(row.application_id)
                self._after = RESTS.key_of(row)
                if seen >= most:
                    return names
        self._after, self._is_first_pass = None, False
        return names


def _is_held(me: Known) -> bool:
    return me.standing is Standing.UNDECIDED and bool(me.rows)


def _command(me: Known, now_us: int) -> Outgoing:
    name, revision, n = me.ref
    command_id = event_id("dedup", RECONSIDER, name, revision, n)
    command = Command(command_id=command_id, name=RECONSIDER, about=name, by="timer", at=moment(now_us))
    envelope = Envelope(
        command_id, "/dsr/dedup/sweeper", "dedup.command.v1", name, now_us, traceparent=traceparent_of(command_id)
    )
    return Outgoing(topics.command("dedup"), name.encode(), command.write(), envelope.to_headers(), NO_INPUT)
