"""What a run has done and seen so far, for the progress line and the report."""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

from sandbox.chaos.instances import Exit
from sandbox.chaos.takeover import Kill


@dataclass
class Tally:
    """Filled while the run goes on. Times are seconds since it began."""

    began: float = field(default_factory=monotonic)
    kills: list[Kill] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """Other incidents by kind."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Incidents that could not be done here, by kind and reason."""
    exits: list[Exit] = field(default_factory=list)
    """Services that ended though nobody ended them."""
    now: dict[str, str] = field(default_factory=dict)
    """What befalls whom at this moment."""
    kafka_away_s: list[float] = field(default_factory=list)

    @property
    def at_s(self) -> float:
        """Seconds since the run began."""
        return round(monotonic() - self.began, 2)
