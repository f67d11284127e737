"""When instructions may leave: within their provider's hours, and at most so many in a minute of the clock.

A place in a minute is a row under a unique key, so there are never more than the rate, however many instances give them
out. Whoever misses its minute, since the service stood still or had too much to do, takes another one; the place that
was missed stays empty.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.payments.tables import PLACES, PlaceRow
from shared.policy.policy import Policy
from shared.policy.providers import ProviderPolicy
from shared.store.port import Store

MINUTE_US: Final = 60_000_000
_AHEAD: Final = 64
"""Minutes that are looked at together for the first one that is not full."""


class Leaving(NamedTuple):
    """An attempt that is about to leave."""

    provider: str
    payment_id: str
    attempt: int

    @property
    def holder(self) -> str:
        """Who holds a place."""
        return f"{self.payment_id}|{self.attempt}"


class Pacing:
    """Says when attempts leave. Providers without hours and rate cost no store call."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store, self._policy = store, policy
        self._next: dict[str, tuple[int, int]] = {}
        """By provider (minute, place): what lies before is known to be taken."""

    async def times(self, leaving: Sequence[Leaving], now_us: int) -> list[int]:
        """For each attempt 0, it may leave now, or the time in µs since 1970 UTC when it is to be looked at again."""
        codes = dict.fromkeys(one.provider for one in leaving)
        by_provider: dict[str, list[Leaving]] = {
            code: [] for code in codes if not self._policy.providers[code].takes_always
        }
        if not by_provider:
            return [0] * len(leaving)
        for one in leaving:
            if one.provider in by_provider:
                by_provider[one.provider].append(one)
        found: dict[Leaving, int] = {}
        for code, asking in by_provider.items():
            declared = self._policy.providers[code]
            if declared.instructions_per_minute_max is not None:
                found |= await self._paced(declared, declared.instructions_per_minute_max, asking, now_us)
            elif (takes_us := declared.takes_from(now_us)) > now_us:
                found |= dict.fromkeys(asking, takes_us)
        return [found.get(one, 0) for one in leaving]

    async def until(self, code: str, now_us: int) -> int:
        """The time by which all that has a place with a provider may have left; µs since 1970 UTC."""
        declared = self._policy.providers[code]
        minute = now_us // MINUTE_US
        if declared.instructions_per_minute_max is None:
            return declared.takes_from(now_us)
        while True:
            ahead = _minutes(declared, minute)
            taken = await self._store.get(PLACES, [(code, one, 0) for one in ahead])
            for one in ahead:
                if (code, one, 0) not in taken:
                    return max(one * MINUTE_US, now_us)
            minute = ahead[-1] + 1

    async def _paced(
        self, declared: ProviderPolicy, rate: int, asking: Sequence[Leaving], now_us: int
    ) -> dict[Leaving, int]:
        current = now_us // MINUTE_US
        minutes: dict[str, int] = {}
        for row in await self._store.find(PLACES, "holder", [one.holder for one in asking]):
            # One that was given before and whose minute is not over still holds: after a crash, or at its time.
            if row.provider == declared.code and row.minute >= current:
                minutes[row.holder] = min(row.minute, minutes.get(row.holder, row.minute))
        without = list(dict.fromkeys(one.holder for one in asking if one.holder not in minutes))
        while without:
            minute, place = await self._free(declared, rate, current)
            rows = [
                PlaceRow(declared.code, minute, at, holder)
                for at, holder in zip(range(place, rate), without, strict=False)
            ]
            stored = await self._store.insert(PLACES, rows)
            minutes |= {row.holder: minute for row, kept in zip(rows, stored, strict=True) if kept.holder == row.holder}
            self._next[declared.code] = (minute, place + len(rows))
            without = [holder for holder in without if holder not in minutes]
        return {one: 0 if minutes[one.holder] == current else minutes[one.holder] * MINUTE_US for one in asking}

    async def _free(self, declared: ProviderPolicy, rate: int, current: int) -> tuple[int, int]:
        """The first minute within hours that may have room, from the present one on, and its first such place."""
        minute, place = self._next.get(declared.code, (current, 0))
        if minute < current:
            minute, place = current, 0
        elif place >= rate:
            minute, place = minute + 1, 0
        if place:
            return minute, place
        while True:
            ahead = _minutes(declared, minute)
            full = await self._store.get(PLACES, [(declared.code, one, rate - 1) for one in ahead])
            for one in ahead:
                if (declared.code, one, rate - 1) not in full:
                    return one, 0
            minute = ahead[-1] + 1


def _minutes(declared: ProviderPolicy, minute: int) -> list[int]:
    """The next minutes within hours, from ``minute`` on."""
    ahead: list[int] = []
    for _ in range(_AHEAD):
        minute = declared.takes_from(minute * MINUTE_US) // MINUTE_US
        ahead.append(minute)
        minute += 1
    return ahead
