"""An event loop on which nobody waits: when nothing is left to do, its clock goes on to what is due next."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout if timeout is None else 0)
        if timeout and not ready:
            self.passed_s += timeout
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed_s


def run(work: Coroutine[None, None, T]) -> T:
    """As ``asyncio.run``, in no time. Not for work that waits for another process or thread: it answers too late."""
    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        return runner.run(work)
