"""Loading a list: cut by one process, which also inserts; read and prepared by several."""

import marshal
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple

from services.dedup.loading.prepare import Bad, Prepared, Preparer, Setting, joined
from services.dedup.loading.reading import Block, rows_in
from services.dedup.stores.bulk import Bulk
from services.dedup.tables import RevisionRow
from shared.memory import settle_memory

BAD_SHOWN: Final = 1_000

_TOGETHER: Final = 32_000
"""Rows that are inserted at once, some 40 MB. Their keys are random: the more, the more of them go into one page."""

_preparer: Preparer | None = None


class Loaded(NamedTuple):
    """What came of a list. ``people`` are new ones; ``bad`` holds the first ``BAD_SHOWN`` rows that were left out;
    ``unread`` is that of ``Prepared``."""

    rows: int
    people: int
    left_out: int
    bad: tuple[Bad, ...]
    unread: dict[str, int]


def load(
    blocks: Iterator[Block], bulk: Bulk, setting: Setting, processes: int, tell: Callable[[int], object]
) -> Loaded:
    """Take all rows of a list; ``tell`` hears how many more are in. The index is to be finished afterwards."""
    total, people, left_out = 0, 0, 0
    bad: list[Bad] = []
    unread: Counter[str] = Counter()
    waiting: deque[Future[bytes]] = deque()
    taken: list[Prepared] = []

    def take() -> None:
        nonlocal total, left_out
        prepared = _unpacked(waiting.popleft().result())
        taken.append(prepared)
        left_out += len(prepared.bad)
        unread.update(prepared.unread)
        bad.extend(Bad(total + row, reason) for row, reason in prepared.bad[: BAD_SHOWN - len(bad)])
        total += prepared.rows
        if sum(each.rows for each in taken) >= _TOGETHER:
            add()

    def add() -> None:
        nonlocal people
        prepared = joined(taken)
        taken.clear()
        people += bulk.add(prepared)
        tell(prepared.rows)

    # Spawned: a forked process would share the database's connection.
    with ProcessPoolExecutor(processes, get_context("spawn"), _start, (setting,)) as pool:
        for block in blocks:
            waiting.append(pool.submit(_prepare, block))
            if len(waiting) > 2 * processes:
                take()
        while waiting:
            take()
        add()
    return Loaded(total, people, left_out, tuple(bad), dict(unread))


def _start(setting: Setting) -> None:
    global _preparer
    _preparer = Preparer(setting)
    settle_memory()


def _prepare(block: Block) -> bytes:
    """Rows are numbered within the block: how many there are before it, nobody knows yet."""
    assert _preparer is not None
    return _packed(_preparer.prepare(1, rows_in(block)))


def _packed(prepared: Prepared) -> bytes:
    """For another process of this load: rows by pickle cost ten times as much."""
    revisions, keys, bad, unread = prepared
    rows = (list(map(tuple, revisions)), keys, list(map(tuple, bad)), dict(unread))
    return marshal.dumps(rows)


def _unpacked(packed: bytes) -> Prepared:
    revisions, keys, bad, unread = marshal.loads(packed)  # noqa: S302 - from a process of our own
    return Prepared(
        list(map(RevisionRow._make, revisions)),
        keys,
        list(map(Bad._make, bad)),
        Counter(unread),
    )
