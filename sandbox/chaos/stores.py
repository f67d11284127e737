"""What befalls a store from outside: somebody else holds its lock, or its disk is full."""

import contextlib
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sandbox.server_process import make_folder

DISK_MIB = 256
LOCK_WAIT_S = 20.0
_CHUNK = bytes(1 << 20)
_PAGE = bytes(4096)


def hold_lock(store: Path, seconds: float, pause: Callable[[float], None] = time.sleep) -> bool:
    """Hold the store's only write lock, as a backup tool or a stuck process would; says whether it was had."""
    with closing(sqlite3.connect(store, timeout=LOCK_WAIT_S, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        pause(seconds)
        connection.execute("ROLLBACK")
    return True


class SmallDisk:
    """A file system of ``DISK_MIB`` in memory for one store; both instances of its stage meet the same real ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._ballast.open("wb", buffering=0) as file:
            for piece in (_CHUNK, _PAGE):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(piece)

    def clear(self) -> None:
        """Give the room back; harmless if none was taken."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(data: Path, stage: str, folder: Path) -> Iterator[SmallDisk | None]:
    """Have the store of ``stage`` lie on a small disk until the end of the block; its file stays in ``data``.

    None where this user cannot mount a file system (only root can): then no disk can be filled.
    """
    make_folder(folder)
    if folder.is_mount():  # a run that was killed could not do it
        _unmount(folder)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        yield None
        return
    store = data / f"{stage}.db"
    try:
        store.symlink_to(folder.absolute() / store.name)
        disk = SmallDisk(folder)
        yield disk
        disk.clear()
        _keep(store, folder)
    finally:
        _unmount(folder)


def _unmount(folder: Path) -> None:
    """Also when a thread of ours still has a file open there, as it may where a run ends by an error."""
    subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=True)  # noqa: S607


def _keep(store: Path, folder: Path) -> None:
    """Bring the store and its log over to the other disk, so that they can be looked at after the run."""
    store.unlink()
    for file in folder.glob(f"{store.name}*"):
        shutil.copy2(file, store.parent / file.name)
