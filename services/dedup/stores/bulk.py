"""The port of bulk building: rows go in by the hundred thousand, and become an index with bounded blocks at the end."""

from collections.abc import Callable
from typing import Protocol

from services.dedup.loading.prepare import Prepared

Advance = Callable[[int], object]
"""Told how many more rows of the index are in."""


class Bulk(Protocol):
    """Everything is an insert under a unique key, so that a load which was cut off is simply run again."""

    def add(self, prepared: Prepared) -> int:
        """Take prepared people; returns how many of them are new."""

    def finish(self, advance: Advance) -> int:
        """Make the index of all that was added; returns how many rows it has got. Nobody is found before."""

    def close(self) -> None:
        """Let go of the database, and of what was laid aside."""
