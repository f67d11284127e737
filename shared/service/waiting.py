"""Waiting for what is away, for a bounded time."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from shared.errors import DsrError
from shared.observability import logs
from shared.service.exits import MISSING
from shared.stage.ports import KafkaAway
from shared.store.port import StoreAway

FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 3.0

_log = logs.get(__name__)


class NotThere(DsrError):
    """A service was started and what it needs did not come in time."""

    exit_code = MISSING

    def __init__(self, what: str, hint: str, waited_s: float, cause: str) -> None:
        self.what, self.waited_s, self.cause = what, waited_s, cause
        super().__init__(f"{what} did not answer within {waited_s:g} s ({cause}). {hint}")


async def wait_for(
    what: str,
    hint: str,
    attempt: Callable[[], Awaitable[None]],
    limit_s: float,
    clock: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Repeat ``attempt`` while it says that Kafka or the store is away; raises ``NotThere`` after ``limit_s`` seconds.

    An attempt that hangs counts as away. ``hint`` tells a person what to do.
    """
    begun, wait_s = clock(), FIRST_WAIT_S
    while True:
        left_s = limit_s - (clock() - begun)
        cause = "no answer"
        try:
            await asyncio.wait_for(attempt(), max(left_s, FIRST_WAIT_S))
        except (KafkaAway, StoreAway) as away:
            cause = away.cause
        except TimeoutError:
            pass
        else:
            return
        if clock() - begun + wait_s > limit_s:
            raise NotThere(what, hint, limit_s, cause)
        _log.warning("Waiting for a dependency that is away", dependency=what, cause=cause, wait_s=wait_s)
        await sleep(wait_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)
