"""Loading a list: read by one process, prepared by several, inserted by one."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Final, NamedTuple

from services.dedup.loading.prepare import Bad, Prepared, Preparer, Setting
from services.dedup.loading.reading import Row
from services.dedup.stores.bulk import Bulk

CHUNK_ROWS: Final = 2_000
BAD_SHOWN: Final = 1_000

_preparer: Preparer | None = None


class Loaded(NamedTuple):
    """What came of a list. ``people`` are new ones; ``bad`` holds the first ``BAD_SHOWN`` rows that were left out."""

    rows: int
    people: int
    left_out: int
    bad: tuple[Bad, ...]


def load(rows: Iterator[Row], bulk: Bulk, setting: Setting, processes: int, tell: Callable[[int], object]) -> Loaded:
    """Take all rows of a list; ``tell`` hears of each chunk that is in. The index is to be finished afterwards."""
    total, people, left_out = 0, 0, 0
    bad: list[Bad] = []
    waiting: deque[Future[Prepared]] = deque()

    def take() -> None:
        nonlocal people, left_out
        prepared = waiting.popleft().result()
        people += bulk.add(prepared)
        left_out += len(prepared.bad)
        bad.extend(prepared.bad[: BAD_SHOWN - len(bad)])
        tell(len(prepared.features) + len(prepared.bad))

    # Spawned: a forked process would share the database's connection.
    with ProcessPoolExecutor(processes, get_context("spawn"), _start, (setting,)) as pool:
        while chunk := list(islice(rows, CHUNK_ROWS)):
            waiting.append(pool.submit(_prepare, total + 1, chunk))
            total += len(chunk)
            if len(waiting) > 2 * processes:
                take()
        while waiting:
            take()
    return Loaded(total, people, left_out, tuple(bad))


def _start(setting: Setting) -> None:
    global _preparer
    _preparer = Preparer(setting)


def _prepare(first: int, chunk: list[Row]) -> Prepared:
    assert _preparer is not None
    return _preparer.prepare(first, chunk)
