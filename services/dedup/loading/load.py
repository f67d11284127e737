"""Loading a list: cut by one process, which also inserts; read and prepared by several."""

import marshal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple

from services.dedup.loading.prepare import Bad, Prepared, Preparer, Setting
from services.dedup.loading.reading import Block, rows_in
from services.dedup.stores.bulk import Bulk
from services.dedup.tables import FeaturesRow, PartsRow

BAD_SHOWN: Final = 1_000

_preparer: Preparer | None = None


class Loaded(NamedTuple):
    """What came of a list. ``people`` are new ones; ``bad`` holds the first ``BAD_SHOWN`` rows that were left out."""

    rows: int
    people: int
    left_out: int
    bad: tuple[Bad, ...]


def load(
    blocks: Iterator[Block], bulk: Bulk, setting: Setting, processes: int, tell: Callable[[int], object]
) -> Loaded:
    """Take all rows of a list; ``tell`` hears of each block that is in. The index is to be finished afterwards."""
    total, people, left_out = 0, 0, 0
    bad: list[Bad] = []
    waiting: deque[Future[bytes]] = deque()

    def take() -> None:
        nonlocal total, people, left_out
        prepared = _unpacked(waiting.popleft().result())
        people += bulk.add(prepared)
        left_out += len(prepared.bad)
        bad.extend(Bad(total + row, reason) for row, reason in prepared.bad[: BAD_SHOWN - len(bad)])
        rows = len(prepared.features) + len(prepared.bad)
        total += rows
        tell(rows)

    # Spawned: a forked process would share the database's connection.
    with ProcessPoolExecutor(processes, get_context("spawn"), _start, (setting,)) as pool:
        for block in blocks:
            waiting.append(pool.submit(_prepare, block))
            if len(waiting) > 2 * processes:
                take()
        while waiting:
            take()
    return Loaded(total, people, left_out, tuple(bad))


def _start(setting: Setting) -> None:
    global _preparer
    _preparer = Preparer(setting)


def _prepare(block: Block) -> bytes:
    """Rows are numbered within the block: how many there are before it, nobody knows yet."""
    assert _preparer is not None
    return _packed(_preparer.prepare(1, rows_in(block)))


def _packed(prepared: Prepared) -> bytes:
    """For another process of this load: rows by pickle cost ten times as much."""
    features, parts, keys, bad = prepared
    return marshal.dumps((list(map(tuple, features)), list(map(tuple, parts)), keys, list(map(tuple, bad))))


def _unpacked(packed: bytes) -> Prepared:
    features, parts, keys, bad = marshal.loads(packed)  # noqa: S302 - from a process of our own
    return Prepared(
        list(map(FeaturesRow._make, features)), list(map(PartsRow._make, parts)), keys, list(map(Bad._make, bad))
    )
