"""A worker that looks again and again for something that is due: a scheduler of timers, a sweep, a filler of places."""

import asyncio
import contextlib
from abc import ABC, abstractmethod

from shared.stage.ports import KafkaAway
from shared.store.port import StoreAway


class Poller(ABC):
    """A worker of a service: looks right after its start, and every ``period_s`` seconds."""

    name: str

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._stopping = asyncio.Event()

    @abstractmethod
    async def look(self) -> int:
        """Look once; returns how many things were due. May raise ``StoreAway`` and ``KafkaAway``."""

    async def run(self) -> None:
        """Look until ``stop``; raises what ``look`` raises besides."""
        while not self._stopping.is_set():
            # The consumers tell that it is away; what is due stays due, and the next look finds it.
            with contextlib.suppress(StoreAway, KafkaAway):
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._period_s)

    def stop(self) -> None:
        """Return from ``run`` after the look in hand."""
        self._stopping.set()
