"""Counting what a verification has seen: how much, how much of it is wrong, and the first few faults by name."""

from shared.checks import Finding

NAMED = 3
"""So many faults are named; of the rest there is the number."""


class Tally:
    """What one stage shows of one invariant. Faults name origins and pseudonyms, never content."""

    def __init__(self, invariant: str, stage: str) -> None:
        self.invariant, self.stage = invariant, stage
        self.seen = 0
        self.faults = 0
        self._named: list[str] = []

    def fault(self, text: str) -> None:
        """Note one violation, as a clause that says where it is."""
        self.faults += 1
        if len(self._named) < NAMED:
            self._named.append(text)

    def finding(self, looked_at: str) -> Finding:
        """The finding; ``looked_at`` are the things that ``seen`` counts, in the plural."""
        if not self.faults:
            return Finding(self.invariant, True, f"{self.stage}: {self.seen:,} {looked_at}")
        more = self.faults - len(self._named)
        rest = f"; and {more:,} more" if more else ""
        return Finding(self.invariant, False, f"{self.stage}: {'; '.join(self._named)}{rest}")
