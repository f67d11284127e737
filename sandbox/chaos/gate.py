"""Keeps Kafka's incidents apart from those of the stages: without Kafka nobody can take over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Incidents of stages go side by side; one of Kafka waits until they are over, and they wait for it."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._inside = 0
        self._closed = False

    @asynccontextmanager
    async def beside_others(self) -> AsyncIterator[None]:
        """An incident of one stage."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._inside += 1
        try:
            yield
        finally:
            async with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """An incident of Kafka."""
        async with self._changed:
            self._closed = True
            await self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            async with self._changed:
                self._closed = False
                self._changed.notify_all()
