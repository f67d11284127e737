"""What SQLite's errors mean to a service: wait, stop, or mend the code."""

import os
import sqlite3
from pathlib import Path

from shared.errors import DsrError
from shared.store.port import StoreAway, StoreUnusable

# Primary result codes (sqlite.org/rescode.html) that pass by themselves or when somebody makes room.
_AWAY = {
    sqlite3.SQLITE_BUSY: "another process holds its lock",
    sqlite3.SQLITE_LOCKED: "another process holds its lock",
    sqlite3.SQLITE_PROTOCOL: "another process holds its lock",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk gives an input/output error",
    sqlite3.SQLITE_NOMEM: "the machine is out of memory",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}
_UNUSABLE = {
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it from a backup",
    sqlite3.SQLITE_READONLY: "this user may not write to it",
    sqlite3.SQLITE_PERM: "this user may not read it",
    sqlite3.SQLITE_AUTH: "this user may not read it",
}


def meaning(path: Path, error: sqlite3.Error) -> DsrError | None:
    """``StoreAway`` or ``StoreUnusable``, or None where it is a fault of the statement or its values."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _AWAY:
        return StoreAway(str(path), f"{_AWAY[code]}: {getattr(error, 'sqlite_errorname', code)}")
    if code in _UNUSABLE:
        return StoreUnusable(str(path), _UNUSABLE[code])
    if isinstance(error, sqlite3.OperationalError):
        return StoreUnusable(str(path), str(error))
    return None


def check_path(path: Path) -> None:
    """Raise ``StoreUnusable`` where no file can be made; SQLite would only say that it can't open it."""
    parent = path.parent
    if path.is_dir():
        raise StoreUnusable(str(path), "it is a folder, and must be a file")
    if not parent.is_dir():
        blocked = next((folder for folder in (parent, *parent.parents) if folder.exists()), None)
        if blocked is not None and not blocked.is_dir():
            raise StoreUnusable(str(path), f"{blocked} is a file, and must be a folder")
        raise StoreUnusable(str(path), f"the folder {parent} does not exist; make it first")
    needed = [parent, path] if path.exists() else [parent]
    if not all(os.access(item, os.R_OK | os.W_OK) for item in needed):
        raise StoreUnusable(str(path), "this user may not write to it")
