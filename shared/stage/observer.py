"""What the runtime tells about itself; ``shared.observability`` turns it into metrics and log lines."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.stage.records import Origin


class PutAside(NamedTuple):
    """A record that became a dead letter: why, where it stands, and the W3C trace that it named, if it named one."""

    reason: str
    origin: Origin
    traceparent: str | None


class Observer(Protocol):
    """Receives counts, durations and positions. Never a person's data, never content."""

    def batch(self, stage: str, records: int, oldest_age_s: float) -> None:
        """A batch begins; ``oldest_age_s`` is now minus the append time of its oldest record, in seconds."""

    def step(self, stage: str, step: str, seconds: float) -> None:
        """A numbered step of the runtime took this long."""

    def fates(self, stage: str, kinds: Mapping[str, int]) -> None:
        """New fates were stored, by kind."""

    def decisions(self, stage: str, states: Mapping[str, int]) -> None:
        """New decisions were stored, by state."""

    def dead_letters(self, stage: str, reasons: Mapping[str, int]) -> None:
        """Records became dead letters, by reason."""

    def put_aside(self, stage: str, letters: Sequence[PutAside]) -> None:
        """Which records these were."""

    def absorbed(self, stage: str, records: int) -> None:
        """Records came again and were answered from what is stored."""

    def waiting(self, stage: str, dependency: str, seconds: float) -> None:
        """The loop waited for a dependency that is away."""

    def dropped(self, stage: str, cause: str) -> None:
        """A batch was dropped: ``lease_lost``, ``commit_refused`` or ``send_refused``."""

    def breaker(self, stage: str, group: str, is_open: bool) -> None:
        """The breaker's state."""

    def lag(self, stage: str, by_partition: Mapping[tuple[str, int], int]) -> None:
        """Records not yet fetched."""

    def rebalanced(self, stage: str) -> None:
        """The group gave this consumer its partitions anew."""


class Silent:
    """An observer that keeps nothing."""

    def batch(self, stage: str, records: int, oldest_age_s: float) -> None: ...
    def step(self, stage: str, step: str, seconds: float) -> None: ...
    def fates(self, stage: str, kinds: Mapping[str, int]) -> None: ...
    def decisions(self, stage: str, states: Mapping[str, int]) -> None: ...
    def dead_letters(self, stage: str, reasons: Mapping[str, int]) -> None: ...
    def put_aside(self, stage: str, letters: Sequence[PutAside]) -> None: ...
    def absorbed(self, stage: str, records: int) -> None: ...
    def waiting(self, stage: str, dependency: str, seconds: float) -> None: ...
    def dropped(self, stage: str, cause: str) -> None: ...
    def breaker(self, stage: str, group: str, is_open: bool) -> None: ...
    def lag(self, stage: str, by_partition: Mapping[tuple[str, int], int]) -> None: ...
    def rebalanced(self, stage: str) -> None: ...
