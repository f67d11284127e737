"""Who has asked about whom: a row for each question, written before it is answered, and never changed."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple

from shared.privacy import Pseudonyms
from shared.store.port import Insert, Key, Store, Table

ROWS_EACH_MAX = 5_000


class LookupRow(NamedTuple):
    """``principal`` asked for ``clerk`` of ``source``; ``at_us`` is µs since 1970 UTC. Of the person nothing stands
    here but pseudonyms, in ``AskedRow``."""

    at_us: int
    lookup_id: str
    principal: str
    source: str
    clerk: str
    programme: str
    answer: str
    may: str


class AskedRow(NamedTuple):
    """That question named the number of this keyed pseudonym."""

    pseudonym: str
    at_us: int
    lookup_id: str


LOOKUPS: Table[LookupRow] = Table("dedup_lookups", LookupRow, ("at_us", "lookup_id"))
ASKED: Table[AskedRow] = Table("dedup_asked", AskedRow, ("pseudonym", "at_us", "lookup_id"))


class Page(NamedTuple):
    """Questions, the oldest first; ``after`` is where to go on, None at the end."""

    rows: Sequence[LookupRow]
    after: Key | None


class Audit:
    """Writes and reads the rows."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms) -> None:
        self._store, self._pseudonyms = store, pseudonyms

    async def keep(self, row: LookupRow, numbers: Mapping[str, str]) -> None:
        """Write a question down; durable on return. ``numbers`` are the person's, by kind."""
        asked = [AskedRow(name, row.at_us, row.lookup_id) for name in self._names(numbers)]
        await self._store.insert_all([Insert(ASKED, asked), Insert(LOOKUPS, [row])])

    async def about(self, numbers: Mapping[str, str]) -> list[LookupRow]:
        """All questions that named one of these numbers, the oldest first."""
        asked = await self._store.find(ASKED, "pseudonym", self._names(numbers))
        found = await self._store.get(LOOKUPS, list({(row.at_us, row.lookup_id) for row in asked}))
        return sorted(found.values())

    async def page(
        self, from_us: int, until_us: int | None, principal: str | None, after: Key | None, limit: int
    ) -> Page:
        """The questions from that time on and before ``until_us``, of one principal or of all."""
        rows: list[LookupRow] = []
        seen, last = 0, after if after is not None else (from_us, "")
        async with aclosing(self._store.scan(LOOKUPS, last)) as lookups:  # type: ignore[type-var]
            async for row in lookups:
                if until_us is not None and row.at_us >= until_us:
                    return Page(rows, None)
                seen, last = seen + 1, LOOKUPS.key_of(row)
                if principal in (None, row.principal):
                    rows.append(row)
                if len(rows) == limit or seen == ROWS_EACH_MAX:
                    return Page(rows, last)
        return Page(rows, None)

    def _names(self, numbers: Mapping[str, str]) -> list[str]:
        return list(self._hashed(numbers.items()))

    def _hashed(self, numbers: Iterable[tuple[str, str]]) -> Iterable[str]:
        return (self._pseudonyms.hash_of(f"lookup-{kind}", number) for kind, number in numbers)
