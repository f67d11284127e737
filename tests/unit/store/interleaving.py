"""Several processes on one memory, with every order of their store operations at the hands of the test."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Choose = Callable[[int], int]
"""Of so many waiting operations, which goes on: 0 ≤ answer < number."""


class Turns:
    """``before`` is the hook of each ``MemoryStore``: an operation waits there until its turn."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._waiting: list[asyncio.Future[None]] = []
        self._changed = asyncio.Event()

    async def before(self, _operation: str) -> None:
        """Wait for the turn."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._changed.set()
        await turn

    async def run(self, *works: Coroutine[Any, Any, Any], after_each: Callable[[], None] = lambda: None) -> list[Any]:
        """Run all to their end, one operation at a time, ``after_each`` of which is called; their results."""
        tasks = [asyncio.create_task(work) for work in works]
        for task in tasks:
            task.add_done_callback(lambda _: self._changed.set())
        while not all(task.done() for task in tasks):
            self._changed.clear()
            if len(self._waiting) < sum(not task.done() for task in tasks):
                await self._changed.wait()
                continue
            after_each()
            self._waiting.pop(self._choose(len(self._waiting))).set_result(None)
            await self._changed.wait()
        after_each()
        return [task.result() for task in tasks]
