"""What can go wrong with a file, each met for real."""

import asyncio
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import anyio
import apsw
import pytest

from shared.store import sqlite
from shared.store.opening import open_store
from shared.store.port import StoreAway, StoreUnusable, Table
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_connection import connect
from shared.store.sqlite_schema import LAYOUT, difference, statements
from tests.contract.store_tables import NOTES, TABLES, WORDS, Note, Word, note

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.db"


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """No file of this process may grow beyond ``size`` bytes: the kernel refuses the write, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_without_room_the_store_is_away_and_goes_on_when_there_is_room_again(path: Path) -> None:
    store = SqliteStore(path)
    await store.open(TABLES)
    before = await store.insert(NOTES, [note("before", n) for n in range(10)])
    large = [note("large", n, body=bytes(10_000)) for n in range(100)]
    log_bytes = path.with_name(f"{path.name}-wal").stat().st_size
    with files_limited_to(log_bytes + 300_000), pytest.raises(StoreAway):  # room for some of them, and not for all
        await store.insert(NOTES, large)
    assert [row async for row in store.scan(NOTES)] == before
    assert await store.insert(NOTES, large) == large
    await store.close()


@pytest.mark.parametrize("before", [None, 4_096])
async def test_a_file_is_used_with_the_pages_that_it_was_made_with(path: Path, before: int | None) -> None:
    if before is not None:
        with closing(sqlite3.connect(path)) as file:
            file.executescript(f"PRAGMA page_size={before}; PRAGMA journal_mode=WAL; CREATE TABLE other (name TEXT)")
    store = SqliteStore(path)
    await store.open(TABLES)
    rows = [note("g", n) for n in range(300)]
    assert await store.insert(NOTES, rows) == rows
    assert [row async for row in store.scan(NOTES)] == rows
    await store.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA page_size").fetchone() == (before or sqlite.PAGE_BYTES,)


async def test_a_file_that_another_sqlite_wrote_is_read_and_one_of_ours_is_read_by_it(path: Path) -> None:
    """Files from before the driver brought its own SQLite, and whatever tool a person looks into one with."""
    theirs = [note("g", n, body=bytes(n), where="é" * n or None) for n in range(300)]
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode=WAL")
        for table in TABLES:
            for statement in statements(table).create:
                file.execute(statement)
        file.executemany(statements(NOTES).insert, theirs)
        file.execute(f"PRAGMA user_version={LAYOUT}")
        file.commit()
    store = SqliteStore(path)
    await store.open(TABLES)
    ours = [note("h", n, where="ঢাকা") for n in range(300)]
    assert await store.insert(NOTES, [*theirs, *ours]) == [*theirs, *ours]
    assert [row async for row in store.scan(NOTES)] == [*theirs, *ours]
    await store.close()
    with closing(sqlite3.connect(path)) as file:
        assert [Note(*row) for row in file.execute(f'SELECT * FROM "{NOTES.name}" ORDER BY 1, 2')] == [*theirs, *ours]
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


FILL = """
import asyncio, sys
from shared.store.port import StoreAway
from shared.store.sqlite import SqliteStore
from tests.contract.store_tables import NOTES, TABLES, note

async def main(path):
    store = SqliteStore(path)
    await store.open(TABLES)
    n, stored = 0, 0
    try:
        while n < 1_000:
            stored += len(await store.insert(NOTES, [note("g", n, body=bytes(10_000))]))
            n += 1
    except StoreAway as away:
        print(away)
    try:
        while True:
            await store.ping()
    except StoreAway as away:
        print("ping:", away)
    print(stored == len([row async for row in store.scan(NOTES)]), stored > 0)

asyncio.run(main(sys.argv[1]))
"""


def test_on_a_full_disk_the_store_is_away_and_keeps_what_it_had(
    tmp_path: Path, child_environment: dict[str, str]
) -> None:
    """A tmpfs of 1 MiB in a mount namespace of its own, where the machine lets us have one."""
    mount = f"mount -t tmpfs -o size=1m none {tmp_path}"
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "sh", "-c", mount]).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk (unshare -rm)")
    inside = f'{mount} && exec "$0" -c "$1" {tmp_path}/rows.db'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", inside, sys.executable, FILL],
        env=child_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    filled, ping, kept = done.stdout.splitlines()
    assert "the disk is full" in filled
    assert "the disk is full" in ping
    assert kept == "True True"


async def test_a_write_lock_held_for_longer_than_two_seconds_makes_the_store_away(path: Path) -> None:
    store = SqliteStore(path)
    await store.open(TABLES)
    holder = connect(path, 0)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreAway, match="another process holds its lock"):
        await store.insert(NOTES, [note("g", 1)])
    assert await store.get(NOTES, [("g", 1)]) == {}
    holder.execute("ROLLBACK")
    assert await store.insert(NOTES, [note("g", 1)]) == [note("g", 1)]
    holder.close()
    await store.close()


async def test_a_write_lock_that_is_let_go_in_time_is_waited_for(path: Path) -> None:
    store = SqliteStore(path)
    await store.open(TABLES)
    holder = connect(path, 0)
    holder.execute("BEGIN IMMEDIATE")
    insert = asyncio.create_task(store.insert(NOTES, [note("g", 1)]))
    await asyncio.to_thread(insert_is_waiting, store)
    holder.execute("ROLLBACK")
    assert await insert == [note("g", 1)]
    holder.close()
    await store.close()


def insert_is_waiting(store: SqliteStore) -> None:
    """Nothing shows from outside that SQLite waits; that the file is still locked for us is as near as it gets."""
    probe = connect(store.path, 0.1)
    with pytest.raises(apsw.BusyError):
        probe.execute("BEGIN IMMEDIATE")
    probe.close()


async def test_a_row_that_was_answered_is_on_disk_and_not_only_with_the_operating_system(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NORMAL a power cut takes rows back whose events are in Kafka already."""
    opened: list[apsw.Connection] = []
    monkeypatch.setattr(apsw, "connection_hooks", [opened.append])
    store = SqliteStore(path)
    await store.open(TABLES)
    (connection,) = opened
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    await store.close()


async def test_it_keeps_as_much_in_memory_as_it_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[apsw.Connection] = []
    monkeypatch.setattr(apsw, "connection_hooks", [opened.append])
    store = open_store(f"sqlite:///{path}", 3)
    await store.open(TABLES)
    assert opened[0].execute("PRAGMA cache_size").fetchone() == (-3 * 1_024,), "KiB"
    await store.close()


async def test_a_transaction_has_the_write_lock_before_it_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads first and asks for the lock later is refused at once, without the busy timeout."""
    store = SqliteStore(path)
    await store.open(TABLES)
    refusals: list[str] = []

    def between(connection: apsw.Connection, table: Table[Any]) -> str | None:
        other = connect(path, 0)
        try:
            other.execute("PRAGMA user_version=1")
        except apsw.BusyError as refusal:
            refusals.append(str(refusal))
        finally:
            other.close()
        return difference(connection, table)

    monkeypatch.setattr(sqlite, "difference", between)
    await store.open(TABLES)
    assert refusals == ["database is locked"] * len(TABLES)
    await store.close()


async def test_two_stores_opening_the_same_new_file_at_once_both_succeed(tmp_path: Path) -> None:
    for n in range(20):
        stores = [SqliteStore(tmp_path / f"{n}.db") for _ in range(4)]
        await asyncio.gather(*(store.open(TABLES) for store in stores))
        for store in stores:
            await store.close()


async def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    story = b"once upon a time " * 100
    await anyio.Path(path).write_bytes(story)
    with pytest.raises(StoreUnusable, match=r"rows\.db cannot be used: the file is not a database"):
        await SqliteStore(path).open(TABLES)
    assert await anyio.Path(path).read_bytes() == story


async def test_a_path_whose_parent_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreUnusable, match="data is a file, and must be a folder"):
        await SqliteStore(tmp_path / "data" / "rows.db").open(TABLES)
    with pytest.raises(StoreUnusable, match="data is a file, and must be a folder"):
        await SqliteStore(tmp_path / "data" / "deeper" / "rows.db").open(TABLES)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="nowhere does not exist; make it first"):
        await SqliteStore(tmp_path / "nowhere" / "rows.db").open(TABLES)


async def test_a_path_that_is_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="it is a folder, and must be a file"):
        await SqliteStore(tmp_path).open(TABLES)


async def test_a_file_of_another_layout_is_not_touched(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version=99")
    other.close()
    with pytest.raises(StoreUnusable, match="layout is version 99"):
        await SqliteStore(path).open(TABLES)
    other = sqlite3.connect(path)
    assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    other.close()


async def test_a_table_that_somebody_else_made_is_named(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE words (word TEXT NOT NULL, by INTEGER)")
    other.close()
    with pytest.raises(StoreUnusable, match=r"table words has the columns .*by.* INTEGER, and must have .*by.* TEXT"):
        await SqliteStore(path).open(TABLES)


async def test_a_table_with_another_key_is_named(path: Path) -> None:
    store = SqliteStore(path)
    await store.open(TABLES)
    await store.close()
    rekeyed: Table[Note] = Table(NOTES.name, Note, ("offset",))
    with pytest.raises(StoreUnusable, match="table select must be unique by offset"):
        await SqliteStore(path).open([rekeyed])


async def test_a_store_that_could_not_be_opened_can_be_opened_later(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "data" / "rows.db")
    with pytest.raises(StoreUnusable):
        await store.open(TABLES)
    (tmp_path / "data").mkdir()
    await store.open(TABLES)
    assert await store.insert(WORDS, [Word("w", "me")]) == [Word("w", "me")]
    await store.close()


ENDLESS = """
import asyncio, itertools, sys
from shared.store.sqlite import SqliteStore
from tests.contract.store_tables import NOTES, TABLES, note

async def main(path):
    store = SqliteStore(path)
    await store.open(TABLES)
    for n in itertools.count():
        await store.insert(NOTES, [note("g", n * 10 + k) for k in range(10)])
        print(n, flush=True)

asyncio.run(main(sys.argv[1]))
"""


async def test_what_was_inserted_survives_a_kill_and_half_a_batch_never_appears(
    path: Path, child_environment: dict[str, str]
) -> None:
    for _ in range(3):
        writer = await asyncio.create_subprocess_exec(
            sys.executable, *("-c", ENDLESS, str(path)), env=child_environment, stdout=asyncio.subprocess.PIPE
        )
        assert writer.stdout is not None
        for _ in range(30):
            await writer.stdout.readline()
        writer.kill()
        rest, _ = await writer.communicate()
        last = 29 + len(rest.split())
        store = SqliteStore(path)
        await store.open(TABLES)
        kept = [row.offset async for row in store.scan(NOTES)]
        await store.close()
        assert kept == list(range(len(kept)))
        assert len(kept) % 10 == 0
        assert len(kept) >= (last + 1) * 10 - 10
