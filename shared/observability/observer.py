"""Turns what the stage runtime tells (``shared.stage.observer``) into metrics and log lines."""

from collections import Counter
from collections.abc import Mapping, Sequence

from shared.observability import logs, trace
from shared.observability.metrics import Metrics
from shared.stage.observer import PutAside

NAMED_MAX = 5

_log = logs.get(__name__)


class MetricsObserver:
    """An ``Observer`` of the runtime. Counts go to metrics; what a person should know is logged as well."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._open: set[tuple[str, str]] = set()

    def batch(self, stage: str, records: int, oldest_age_s: float) -> None:
        """See ``Observer``."""
        self._metrics.batch_records.observe(records, stage)
        self._metrics.event_age.observe(oldest_age_s, stage)

    def step(self, stage: str, step: str, seconds: float) -> None:
        """See ``Observer``."""
        self._metrics.step_seconds.observe(seconds, stage, step)

    def fates(self, stage: str, kinds: Mapping[str, int]) -> None:
        """See ``Observer``."""
        for kind, count in kinds.items():
            self._metrics.fates.add(count, stage, str(kind))

    def decisions(self, stage: str, states: Mapping[str, int]) -> None:
        """See ``Observer``."""
        for state, count in states.items():
            self._metrics.decisions.add(count, stage, state)

    def dead_letters(self, stage: str, reasons: Mapping[str, int]) -> None:
        """See ``Observer``."""
        for reason, count in reasons.items():
            self._metrics.dead_letters.add(count, stage, reason)

    def put_aside(self, stage: str, letters: Sequence[PutAside]) -> None:
        """See ``Observer``. Of many with one reason the first few are named: ``dsr dlq list`` has them all."""
        named: Counter[str] = Counter()
        for reason, origin, traceparent in letters:
            named[reason] += 1
            if named[reason] <= NAMED_MAX:
                with trace.bound(traceparent):
                    _log.warning("A record became a dead letter", stage=stage, reason=reason, **origin._asdict())
        for reason, count in named.items():
            if count > NAMED_MAX:
                _log.warning("More became dead letters", stage=stage, reason=reason, count=count - NAMED_MAX)

    def absorbed(self, stage: str, records: int) -> None:
        """See ``Observer``."""
        self._metrics.replays.add(records, stage)

    def waiting(self, stage: str, dependency: str, seconds: float) -> None:
        """See ``Observer``."""
        self._metrics.waited.add(seconds, stage, dependency)
        if dependency != "breaker":
            _log.warning("Waiting for a dependency that is away", stage=stage, dependency=dependency, wait_s=seconds)

    def dropped(self, stage: str, cause: str) -> None:
        """See ``Observer``."""
        self._metrics.dropped.add(1, stage, cause)
        _log.warning("A batch was given up and will be done again", stage=stage, cause=cause)

    def breaker(self, stage: str, group: str, is_open: bool) -> None:
        """See ``Observer``; a line is logged only when the state changes."""
        self._metrics.breaker_open.set(is_open, stage, group)
        key = (stage, group)
        if is_open and key not in self._open:
            self._open.add(key)
            _log.error("The breaker is open; mend the cause, then run: dsr resume", stage=stage, group=group)
        elif not is_open and key in self._open:
            self._open.discard(key)
            _log.info("The breaker is closed again", stage=stage, group=group)

    def lag(self, stage: str, by_partition: Mapping[tuple[str, int], int]) -> None:
        """See ``Observer``."""
        self._metrics.lag.replace(
            {(stage, topic, str(partition)): count for (topic, partition), count in by_partition.items()},
            within=stage,
        )

    def rebalanced(self, stage: str) -> None:
        """See ``Observer``."""
        self._metrics.rebalances.add(1, stage)
