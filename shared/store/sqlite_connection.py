"""A connection to a SQLite file, through the SQLite that the driver brings with it."""

from pathlib import Path

import apsw

# All that a service has are prepared once: some ten for each of its tables.
_STATEMENTS_KEPT = 256


def connect(path: Path, busy_timeout_s: float) -> apsw.Connection:
    """Open the file, making it where there is none; who holds its lock is waited for so long.

    It may be used from any thread, but only from one at a time. Raises ``apsw.Error``.
    """
    # Python's own driver has another copy of SQLite: in one process no file may be open through both, as POSIX drops
    # all locks of a process on a file when it closes the file once (sqlite.org/howtocorrupt.html, section 2.2.1).
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX
    connection = apsw.Connection(str(path), flags, statementcachesize=_STATEMENTS_KEPT)
    connection.set_busy_timeout(round(busy_timeout_s * 1_000))
    return connection
