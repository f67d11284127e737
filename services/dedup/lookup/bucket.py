"""How often a principal may ask: a token bucket for each, in memory. Several instances allow several times as much."""

from collections.abc import Callable
from math import ceil


class Buckets:
    """``burst`` questions at once, and ``per_minute`` on average. ``clock`` is in seconds and never goes back."""

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float]) -> None:
        self._per_s, self._burst, self._clock = per_minute / 60, burst, clock
        self._full_at: dict[str, float] = {}

    def take(self, principal: str) -> int:
        """Take a token: 0, or after how many seconds there is one, when there is none now."""
        now = self._clock()
        # When the bucket is full again says how many tokens are missing now.
        full_at = max(self._full_at.get(principal, now), now)
        missing = (full_at - now) * self._per_s
        if missing + 1 > self._burst:
            return max(1, ceil((missing + 1 - self._burst) / self._per_s))
        self._full_at[principal] = full_at + 1 / self._per_s
        return 0
