"""What SQLite's errors mean to a service: wait, stop, or mend the code."""

import os
from pathlib import Path

import apsw

from shared.errors import DsrError
from shared.store.port import StoreAway, StoreUnusable

# Primary result codes (sqlite.org/rescode.html) that pass by themselves or when somebody makes room.
_AWAY = {
    apsw.SQLITE_BUSY: "another process holds its lock",
    apsw.SQLITE_LOCKED: "another process holds its lock",
    apsw.SQLITE_PROTOCOL: "another process holds its lock",
    apsw.SQLITE_FULL: "the disk is full",
    apsw.SQLITE_IOERR: "the disk gives an input/output error",
    apsw.SQLITE_NOMEM: "the machine is out of memory",
    apsw.SQLITE_CANTOPEN: "the file cannot be opened",
}
_UNUSABLE = {
    apsw.SQLITE_NOTADB: "the file is not a database",
    apsw.SQLITE_CORRUPT: "the file is damaged; restore it from a backup",
    apsw.SQLITE_READONLY: "this user may not write to it",
    apsw.SQLITE_PERM: "this user may not read it",
    apsw.SQLITE_AUTH: "this user may not read it",
}

_NAMES = {**apsw.mapping_result_codes, **apsw.mapping_extended_result_codes}
# Of a value or a row; everything else is of the statement or of the file.
REFUSALS = (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError)
_BROKEN_OFF = (apsw.SQLError, apsw.AbortError, apsw.InterruptError, apsw.EmptyError, apsw.SchemaChangeError)


def meaning(path: Path, error: apsw.Error) -> DsrError | None:
    """``StoreAway`` or ``StoreUnusable``, or None where it is a fault of the code that calls."""
    code = getattr(error, "result", None)  # none of an error that is the driver's own
    if code in _AWAY:
        return StoreAway(str(path), f"{_AWAY[code]}: {_NAMES[getattr(error, 'extendedresult', code)]}")
    if code in _UNUSABLE:
        return StoreUnusable(str(path), _UNUSABLE[code])
    if isinstance(error, _BROKEN_OFF):
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
