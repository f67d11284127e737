"""Gates: one notes every moment at which a process may stop, one fails calls, one holds a process still."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.stage.ports import CommitRefused, KafkaAway
from shared.store.port import StoreAway
from tests.crash.calls import Call, Step
from tests.crash.state import Lasting, State, torn

CALLS_MAX = 4_000
"""No scene takes so many: it turns in a circle."""


class Endless(AssertionError):
    """The consumer goes on for ever."""


class Moments:
    """Notes the state at every await: before a call, within a write of many, and after it has taken effect."""

    def __init__(self, lasting: Lasting) -> None:
        self._lasting = lasting
        self._state = lasting.state()
        self.points = 0
        self.at: Counter[State] = Counter()
        """How many of the points have left each state behind."""
        self.steps: Counter[Step] = Counter()
        self.calls: list[tuple[int, Call]] = []
        """Phase and call."""

    async def before(self, call: Call) -> None:
        self.calls.append((self._lasting.phase, call))
        if len(self.calls) > CALLS_MAX:
            raise Endless(f"more than {CALLS_MAX} calls")
        if self._state.phase != self._lasting.phase or call.operation == "fetch":
            self._state = self._lasting.state()
        self._point(call, self._state)

    async def during(self, call: Call) -> int | None:
        if call.writes > 1:
            for state in torn(self._state, call.rows, call.sent):
                self._point(call, state)
        return None

    async def after(self, call: Call) -> None:
        if call.writes or call.operation == "start":
            self._state = self._lasting.state()
        self._point(call, self._state)

    def _point(self, call: Call, state: State) -> None:
        self.points += 1
        self.at[state] += 1
        self.steps.update(call.steps)


class When(StrEnum):
    """Where in a call a fault strikes."""

    BEFORE = "before it"
    HALF = "half done"
    AFTER = "done, the answer lost"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at the ``number``-th call of a run."""

    number: int
    when: When
    refused: bool = False
    """Of a commit: refused by the group, instead of unanswered."""


def faults_of(number: int, call: Call) -> list[Fault]:
    """Everything that the port says may happen at a call."""
    if call.port == "source" and call.operation == "fetch":
        return [Fault(number, When.BEFORE)]
    found = [Fault(number, When.BEFORE), Fault(number, When.AFTER)]
    if call.operation == "commit":
        found += [Fault(number, When.BEFORE, refused=True), Fault(number, When.AFTER, refused=True)]
    elif call.writes > 1:
        found.append(Fault(number, When.HALF))
    return found


@dataclass
class Faulty:
    """Fails the calls that it is told to, and leaves the rest to ``inner``."""

    inner: Moments
    faults: Mapping[int, Fault]
    struck: int = field(default=0)

    async def before(self, call: Call) -> None:
        await self.inner.before(call)
        self._strike(call, When.BEFORE)

    async def during(self, call: Call) -> int | None:
        await self.inner.during(call)
        fault = self._due()
        return call.writes // 2 if fault is not None and fault.when is When.HALF else None

    async def after(self, call: Call) -> None:
        await self.inner.after(call)
        self._strike(call, When.AFTER)
        self._strike(call, When.HALF)

    def _due(self) -> Fault | None:
        return self.faults.get(len(self.inner.calls) - 1)

    def _strike(self, call: Call, when: When) -> None:
        fault = self._due()
        if fault is None or fault.when is not when or (call.operation == "fetch" and when is not When.BEFORE):
            return  # a fetch that fails has taken nothing
        self.struck += 1
        if fault.refused and call.operation == "commit":
            raise CommitRefused("injected")
        raise StoreAway("memory", "injected") if call.port == "store" else KafkaAway("injected")


class Held:
    """Holds its process still before its ``number``-th call (from 1) until ``go``; 0 holds nothing."""

    def __init__(self, number: int = 0, on_write: Callable[[], None] = lambda: None) -> None:
        self._number, self._on_write = number, on_write
        self.calls = 0
        self.is_here = asyncio.Event()
        self._go = asyncio.Event()

    def go(self) -> None:
        """Let it go on."""
        self._go.set()

    async def before(self, call: Call) -> None:
        self.calls += 1
        if self.calls > CALLS_MAX:
            raise Endless(f"more than {CALLS_MAX} calls")
        if self.calls == self._number:
            self.is_here.set()
            await self._go.wait()

    async def during(self, call: Call) -> int | None:
        return None

    async def after(self, call: Call) -> None:
        if call.writes:
            self._on_write()
