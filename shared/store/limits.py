"""Limits: quotas, allocations and lists, of which no more may be taken than is offered (design.md §5).

Taking is the insert of row n+1 into that limit's own log, decided on rows 1…n. Two instances that decide on the same
rows propose the same n, and one of them decides again.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from shared.store.limit_log import Log, allowed, extended
from shared.store.port import Key, Store, StoreAway
from shared.store.tables import LIMITS, LimitRow

Decide = Callable[[Mapping[str, Log]], Sequence[LimitRow]]

ROUNDS_MAX = 50
"""Rounds of one change: each ends with a row in every log it wanted one in, its own or somebody else's."""

CACHED_MAX = 1_000_000
"""Rows and holders kept in memory over all logs, at some 200 bytes each."""


class LimitContended(StoreAway):
    """Others kept coming first; to be tried again like a store that is away."""


class LimitLogs:
    """Reads and extends limits' logs. Rows never change, so those read once are kept and only tails are read again."""

    def __init__(self, store: Store, cached_max: int = CACHED_MAX) -> None:
        self._store, self._cached_max = store, cached_max
        self._logs: OrderedDict[str, Log] = OrderedDict()
        self._weights: dict[str, int] = {}
        self._cached = 0

    async def read(self, names: Iterable[str]) -> dict[str, Log]:
        """These logs as they are now, in one store call; a limit that has no rows yet offers nothing."""
        logs = {name: self._logs.get(name) or Log(name) for name in names}
        positions: list[Key] = [(name, log.n) for name, log in logs.items()]
        tails: dict[str, list[LimitRow]] = {}
        for row in await self._store.follow(LIMITS, positions):
            tails.setdefault(row.log, []).append(row)
        for name, tail in tails.items():
            logs[name] = extended(logs[name], tail)
        self._keep(logs.values())
        return logs

    async def append(self, logs: Mapping[str, Log], rows: Sequence[LimitRow]) -> dict[str, Log]:
        """Insert at most one row into each log; the first writer wins.

        ``logs`` is what the rows were decided on. Returns the logs of these rows, each longer by one row: the one
        given, or that of whoever came first (``log.last`` tells). Raises ``LimitRefused`` and inserts nothing
        where a row may not follow.
        """
        if len({row.log for row in rows}) < len(rows):
            raise ValueError("one row for each log: the second would be decided on a first that may not get in")
        for row in rows:
            allowed(logs[row.log], row)
        longer = {row.log: extended(logs[row.log], [row]) for row in await self._store.insert(LIMITS, rows)}
        self._keep(longer.values())
        return longer

    async def change(self, names: Collection[str], decide: Decide, *, apart: bool = False) -> dict[str, Log]:
        """Let ``decide`` say which rows these logs need, until it needs none; the logs as they are then.

        ``decide`` is pure. It is given all the logs and answers with at most one next row for each of them. It is asked
        again after each round, because another instance may have come first in some; so it must recognise what it has
        got already, by holder or by ``Log.caused_by``, which is also what makes a replay harmless. Raises
        ``LimitRefused`` for a row that may not follow and ``LimitContended`` after ``ROUNDS_MAX`` rounds.

        ``apart``: what a log needs depends on that log alone. Then one that is remembered is not read before: a row
        that gets in shows that nobody else's came in between, and where none is needed it is read and asked again.
        """
        remembered = {name: log for name in names if (log := self._logs.get(name)) is not None} if apart else {}
        logs = dict(remembered)
        if len(remembered) < len(names):
            logs |= await self.read([name for name in names if name not in remembered])
        for _ in range(ROUNDS_MAX):
            rows = decide(logs)
            if not rows:
                if not remembered:
                    return logs
                logs |= await self.read(remembered)
                remembered = {}
                continue
            longer = await self.append(logs, rows)
            logs |= longer
            remembered = {name: log for name, log in remembered.items() if name not in longer}
            overtaken = [row.log for row in rows if longer[row.log].last != row]
            if overtaken:
                logs |= await self.read(overtaken)
        raise LimitContended("limits", f"{len(names)} limits were not settled in {ROUNDS_MAX} rounds")

    def _keep(self, logs: Iterable[Log]) -> None:
        for log in logs:
            before = self._logs.pop(log.name, None)
            if before is not None:
                # Another task may have read further meanwhile.
                log = max(before, log, key=lambda each: each.n)
            self._logs[log.name] = log
            weight = len(log.index)
            self._cached += weight - self._weights.get(log.name, 0)
            self._weights[log.name] = weight
        while self._cached > self._cached_max and len(self._logs) > 1:
            name, _ = self._logs.popitem(last=False)
            self._cached -= self._weights.pop(name)
