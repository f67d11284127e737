"""What a provider really paid: the truth that ``paid twice`` is counted by, from outside and at any time."""

import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.providers.memory import MemoryUnusable


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts and poisha of one provider. ``credited`` and ``returned`` count movements of money.

    ``outcomes`` and ``modes`` count attempts; ``paid_twice`` are payments that were credited more than once.
    """

    provider: str
    attempts: int
    credited: int
    credited_poisha: int
    returned: int
    returned_poisha: int
    paid_twice: int
    outcomes: dict[str, int]
    modes: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The same for a file."""
        return asdict(self)


def read_ledger(path: Path) -> Ledger:
    """Read a provider's memory, also while it works on it; its name is the file's. Raises ``MemoryUnusable``."""
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=10, uri=True)
        try:
            return _read(database, path.stem)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise MemoryUnusable(path, str(error)) from None


def _read(database: sqlite3.Connection, provider: str) -> Ledger:
    moved = {
        kind: (count, poisha)
        for kind, count, poisha in database.execute(
            "SELECT kind, count(*), sum(amount_poisha) FROM movements GROUP BY kind"
        )
    }
    (paid_twice,) = database.execute(
        "SELECT count(*) FROM (SELECT 1 FROM movements WHERE kind = 'credited' GROUP BY payment_id HAVING count(*) > 1)"
    ).fetchone()
    outcomes = dict(database.execute("SELECT outcome, count(*) FROM attempts GROUP BY outcome").fetchall())
    modes = database.execute("SELECT coalesce(mode, 'none'), count(*) FROM attempts GROUP BY mode").fetchall()
    credited, returned = moved.get("credited", (0, 0)), moved.get("returned", (0, 0))
    return Ledger(provider, sum(outcomes.values()), *credited, *returned, paid_twice, outcomes, dict(modes))
