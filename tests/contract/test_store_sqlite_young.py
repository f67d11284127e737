"""The two trees of a table that is nothing but its key: where a row stands shows in nothing but the file."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from shared.store import sqlite_young
from shared.store.memory import Memory, MemoryStore
from shared.store.port import Insert, Store, StoreAway
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_connection import connect
from tests.contract.store_tables import ENTRIES, NOTES, TABLES, Entry, note
from tests.contract.test_store_sqlite import files_limited_to

pytestmark = pytest.mark.anyio

YOUNG_ROWS_MAX = 20


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sqlite_young, "YOUNG_ROWS_MAX", YOUNG_ROWS_MAX)
    return tmp_path / "rows.db"


def rows_of(path: Path) -> tuple[list[Entry], list[Entry]]:
    """What stands in the young tree, and in the old one."""
    with closing(connect(path, 0)) as file:
        young, old = (
            [Entry(*row) for row in file.execute(f"SELECT key, ref FROM {tree} ORDER BY key, ref")]
            for tree in ("entries_young", "entries")
        )
    return young, old


async def everything(store: Store, keys: Sequence[int]) -> list[object]:
    """All that can be asked of the table."""
    return [
        [row async for row in store.scan(ENTRIES)],
        [row async for row in store.scan(ENTRIES, (keys[0], 2))],
        await store.find(ENTRIES, "key", keys),
        await store.find(ENTRIES, "key", sorted(keys)),
        await store.get(ENTRIES, [(key, ref) for key in keys for ref in range(5)]),
        await store.others(ENTRIES, [(key, 1) for key in keys]),
        await store.follow(ENTRIES, [(key, 1) for key in keys]),
        await store.follow(ENTRIES, [(key, -1) for key in keys], limit=2),
    ]


async def test_two_stores_on_one_file_answer_as_one_tree_would(path: Path) -> None:
    random, memory = Random(4), MemoryStore(Memory())
    stores = [SqliteStore(path), SqliteStore(path)]
    await memory.open(TABLES)
    for store in stores:
        await store.open(TABLES)
    keys = random.sample(range(-300, 300), 300)
    for turn in range(60):
        # Some of them again, and some twice in a batch.
        rows = [Entry(random.choice(keys), random.randrange(5)) for _ in range(random.randrange(1, 40))]
        writer = random.choice(stores)
        assert await writer.insert(ENTRIES, rows) == await memory.insert(ENTRIES, rows)
        if turn % 10 == 0:
            asked = random.sample(keys, 200)
            expected = await everything(memory, asked)
            assert [await everything(store, asked) for store in stores] == [expected, expected]
    young, old = rows_of(path)
    assert young
    assert old
    for store in stores:
        await store.close()


async def test_the_young_tree_stays_small_and_the_old_one_takes_all_the_rest(path: Path) -> None:
    store = SqliteStore(path)
    await store.open(TABLES)
    rows = [Entry(key, 1) for key in Random(5).sample(range(10_000), 1_000)]
    sizes = []
    for start in range(0, len(rows), 10):
        await store.insert(ENTRIES, rows[start : start + 10])
        sizes.append(len(rows_of(path)[0]))
    await store.close()
    assert max(sizes) <= YOUNG_ROWS_MAX + 10
    young, old = rows_of(path)
    assert sorted([*young, *old]) == sorted(rows)


async def test_a_young_tree_that_was_left_too_large_is_brought_down_by_twice_what_comes_in(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody waits for a transaction that is much larger than an insert."""
    monkeypatch.setattr(sqlite_young, "YOUNG_ROWS_MAX", 1_000)
    before = SqliteStore(path)
    await before.open(TABLES)
    await before.insert(ENTRIES, [Entry(key, 1) for key in range(500)])
    await before.close()
    monkeypatch.setattr(sqlite_young, "YOUNG_ROWS_MAX", YOUNG_ROWS_MAX)
    store = SqliteStore(path)
    await store.open(TABLES)
    moved = [0]
    for key in range(1_000, 1_600, 20):
        await store.insert(ENTRIES, [Entry(key + more, 1) for more in range(20)])
        moved.append(len(rows_of(path)[1]))
    await store.close()
    assert max(later - earlier for earlier, later in pairwise(moved)) == 40
    assert len(rows_of(path)[0]) <= YOUNG_ROWS_MAX + 20


async def test_a_row_that_stands_in_both_trees_is_one_row(path: Path) -> None:
    store = SqliteStore(path)
    await store.open(TABLES)
    rows = [Entry(key, 1) for key in range(100)]
    await store.insert(ENTRIES, rows)
    assert await store.insert(ENTRIES, rows[:10]) == rows[:10]
    young, old = rows_of(path)
    assert set(young) & set(old)
    assert [row async for row in store.scan(ENTRIES)] == rows
    assert await store.find(ENTRIES, "key", [9, 3]) == [rows[9], rows[3]]
    await store.close()


async def test_rows_that_could_not_go_over_for_want_of_room_go_over_later(path: Path) -> None:
    """Insert and move are one transaction: either both are there or neither."""
    store = SqliteStore(path)
    await store.open(TABLES)
    rows = [Entry(key, 1) for key in range(0, 400, 2)]
    await store.insert(ENTRIES, rows)
    before = rows_of(path)
    more = [Entry(key, 1) for key in range(1, 401, 2)]
    large = [note("large", n, body=bytes(10_000)) for n in range(100)]
    with files_limited_to(400_000), pytest.raises(StoreAway):
        await store.insert_all([Insert(ENTRIES, more), Insert(NOTES, large)])
    assert rows_of(path) == before
    assert [row async for row in store.scan(ENTRIES)] == rows
    await store.insert(ENTRIES, more)
    assert [row async for row in store.scan(ENTRIES)] == sorted([*rows, *more])
    await store.close()


ENDLESS = """
import asyncio, itertools, sys
from shared.store import sqlite_young
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_connection import connect
from tests.contract.store_tables import ENTRIES, TABLES, Entry

async def main(path):
    sqlite_young.YOUNG_ROWS_MAX = 20
    store = SqliteStore(path)
    await store.open(TABLES)
    for n in itertools.count():
        # 61 has no common divisor with 100,000: the keys are spread, and none comes twice.
        await store.insert(ENTRIES, [Entry((n * 10 + k) * 61 % 100_000, n * 10 + k) for k in range(10)])
        print(n, flush=True)

asyncio.run(main(sys.argv[1]))
"""


async def test_who_is_killed_between_the_trees_loses_no_row(path: Path, child_environment: dict[str, str]) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, *("-c", ENDLESS, str(path)), env=child_environment, stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    for _ in range(50):
        await writer.stdout.readline()
    writer.kill()
    rest, _ = await writer.communicate()
    answered = (50 + len(rest.split())) * 10
    store = SqliteStore(path)
    await store.open(TABLES)
    kept = sorted([row.ref async for row in store.scan(ENTRIES)])
    await store.close()
    assert kept == list(range(len(kept)))
    assert len(kept) % 10 == 0
    assert len(kept) >= answered
    assert rows_of(path)[1]
