"""How many applications the register holds, without counting them: the priors of the matching model rest on it.

Refs are hashes, evenly spread, so that the share of all numbers which the first thousand refs take up tells how many
there are; the error is one part in thirty. No store counts its rows as cheaply.
"""

from contextlib import aclosing
from typing import Final

from services.dedup.tables import REFS, REVISIONS
from shared.store.port import Store

SAMPLE: Final = 1_000
_GROWTH: Final = 0.05
"""Looked at again when this process alone has added so large a share: a fourteenth of a bit in the priors."""


class Size:
    """An estimate that is renewed as the register grows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._estimate: int | None = None
        self._entered = 0

    def entered(self, applications: int) -> None:
        """Told what this process has added."""
        self._entered += applications

    async def about(self) -> int:
        """The number of applications; exact below ``SAMPLE``."""
        if self._estimate is None or self._entered > self._estimate * _GROWTH:
            self._estimate, self._entered = await self._look(), 0
        return self._estimate

    async def _look(self) -> int:
        refs: dict[int, None] = {}
        async with aclosing(self._store.scan(REVISIONS)) as rows:  # type: ignore[type-var]
            async for row in rows:
                refs[row.ref] = None
                if len(refs) == SAMPLE:
                    return int((SAMPLE - 1) * len(REFS) / (row.ref - REFS.start + 1))
        return len(refs)
