"""What a provider must not forget: its attempts, what is due, and the money that moved, in an SQLite file of its own.

A batch is one transaction: it is committed before anything is reported, so that an instruction which comes again
after a crash finds its attempt. Several processes may share a file. A power cut may lose the last batches: here
processes are killed, not machines.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox.providers.attempts import Act, Attempt, Books, Due, Outcome
from sandbox.providers.modes import Mode
from shared.errors import DsrError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    attempt_ref TEXT PRIMARY KEY, payment_id TEXT NOT NULL, attempt INTEGER NOT NULL, amount_poisha INTEGER,
    account TEXT, mode TEXT, outcome TEXT NOT NULL, code TEXT, at_us INTEGER NOT NULL, returned_us INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attempts_of_payment ON attempts (payment_id);
CREATE TABLE IF NOT EXISTS movements (
    id INTEGER PRIMARY KEY, payment_id TEXT NOT NULL, attempt_ref TEXT NOT NULL, kind TEXT NOT NULL,
    amount_poisha INTEGER NOT NULL, at_us INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS due (
    id INTEGER PRIMARY KEY, due_us INTEGER NOT NULL, attempt_ref TEXT NOT NULL, act TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS due_by_time ON due (due_us);
"""

_TEXTS = {one: one.value for one in (*Mode, *Outcome, *Act)}
"""Plain texts: for what is more than that the driver looks for an adapter, each time."""

_LOG_PAGES = 16_000
"""References come in no order, so nearly each dirties a page: 64 MB of them are copied back at once."""


class MemoryUnusable(DsrError):
    """The file cannot be opened or made."""

    def __init__(self, path: Path, cause: str) -> None:
        self.path, self.cause = path, cause
        super().__init__(f"The provider's memory {path} cannot be used: {cause}.")


class Memory:
    """One provider's file, made if it is not there; ``close`` it at the end. Raises ``MemoryUnusable``."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=10, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise MemoryUnusable(path, str(error)) from None

    @contextmanager
    def books(self, payment_ids: Iterable[str], attempt_refs: Iterable[str]) -> Iterator[Books]:
        """The books on these payments and references; what is written into them is kept when the block ends well."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            books = Books(
                [
                    *self._attempts("payment_id", tuple(set(payment_ids))),
                    *self._attempts("attempt_ref", tuple(set(attempt_refs))),
                ]
            )
            yield books
            self._keep(books)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise

    def _attempts(self, column: str, values: Sequence[str]) -> Iterator[Attempt]:
        marks = ",".join("?" * len(values))
        for row in self._database.execute(f"SELECT * FROM attempts WHERE {column} IN ({marks})", values):  # noqa: S608
            yield Attempt._make(row)._replace(mode=Mode(row[5]) if row[5] else None, outcome=Outcome(row[6]))

    def _keep(self, books: Books) -> None:
        self._database.executemany(
            "INSERT OR REPLACE INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?)", map(_row, books.changed.values())
        )
        self._database.executemany(
            "INSERT INTO movements (payment_id, attempt_ref, kind, amount_poisha, at_us) VALUES (?,?,?,?,?)",
            books.movements,
        )
        self._database.executemany(
            "INSERT INTO due (due_us, attempt_ref, act) VALUES (?,?,?)",
            [(due_us, ref, _TEXTS[act]) for due_us, ref, act, _ in books.due],
        )

    def due(self, now_us: int, limit: int) -> list[Due]:
        """What is due, the longest first."""
        rows = self._database.execute(
            "SELECT due_us, attempt_ref, act, id FROM due WHERE due_us <= ? ORDER BY due_us, id LIMIT ?",
            (now_us, limit),
        )
        return [Due(due_us, ref, Act(act), number) for due_us, ref, act, number in rows]

    def next_due_us(self) -> int | None:
        """When the next thing is due, µs since 1970 UTC."""
        (moment,) = self._database.execute("SELECT min(due_us) FROM due").fetchone()
        return moment if moment is None else int(moment)

    def done(self, due: Iterable[Due]) -> None:
        """Forget what was due and has been said."""
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("DELETE FROM due WHERE id = ?", [(one.id,) for one in due])
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Let the file go."""
        self._database.close()


def _row(attempt: Attempt) -> tuple[object, ...]:
    mode = attempt.mode
    return (*attempt[:5], None if mode is None else _TEXTS[mode], _TEXTS[attempt.outcome], *attempt[7:])
