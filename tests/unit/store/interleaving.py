"""Several processes on one memory, with every order of their store operations at the hands of the test."""

from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Choose = Callable[[int], int]
"""Of so many waiting operations, which goes on: 0 ≤ answer < number. The last is of the process that went on before."""


class Turns:
    """``before`` is the hook of each ``MemoryStore``: an operation waits there until its turn.

    The works are driven by hand. A store in memory waits for nothing but its turn, and an event loop that looked for
    more would cost as much as the works.
    """

    def __init__(self, choose: Choose) -> None:
        self._choose = choose

    async def before(self, _operation: str) -> None:
        """Wait for the turn."""
        await _turn()

    def run(self, *works: Coroutine[Any, Any, Any], after_each: Callable[[], None] = lambda: None) -> list[Any]:
        """Run all to their end, one operation at a time, ``after_each`` of which is called; their results."""
        results: list[Any] = [None] * len(works)
        waiting: list[tuple[int, Coroutine[Any, Any, Any]]] = []

        def go_on(place: int, work: Coroutine[Any, Any, Any]) -> None:
            try:
                awaited = work.send(None)
            except StopIteration as ended:
                results[place] = ended.value
            else:
                assert awaited is None, f"it waits for {awaited}, which is no turn"
                waiting.append((place, work))

        for place, work in enumerate(works):
            go_on(place, work)
        while waiting:
            after_each()
            go_on(*waiting.pop(self._choose(len(waiting)) if len(waiting) > 1 else 0))
        after_each()
        return results


class Interruption:
    """Of two works: the one at ``first`` does so many operations, then the other one all of its own, then the rest."""

    def __init__(self, first: int, operations: int) -> None:
        assert operations > 0, "to begin with the other one is an interruption of that one"
        self._first, self._operations, self._chosen = first, operations, 0

    def __call__(self, waiting: int) -> int:
        self._chosen += 1
        if self._chosen == 1:
            return self._first
        return 0 if self._chosen == self._operations + 1 else waiting - 1

    @property
    def came(self) -> bool:
        """Whether the first one had operations left when it was interrupted."""
        return self._chosen > self._operations


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What a work comes to that waits for nothing: processes over a store in memory that have no turns need no loop."""
    try:
        awaited = work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    raise AssertionError(f"it waits for {awaited}")


@coroutine
def _turn() -> Generator[None, None, None]:
    yield
