"""Rounds of a programme: opened, closed, and named. Their members are in the cells' logs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.enrolment.tables import RoundRow


@dataclass(frozen=True, slots=True)
class Round:
    """A round as its programme's rows show it. Times are µs since 1970 UTC."""

    round_id: str
    programme: str
    opened_us: int
    closed_us: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still collects."""
        return self.closed_us is None


def rounds_of(rows: Sequence[RoundRow]) -> list[Round]:
    """The rounds of one programme, in order; only the last can be open."""
    rounds: list[Round] = []
    for row in rows:
        if row.kind == "open":
            rounds.append(Round(row.round_id, row.programme, row.at_us))
        else:
            last = rounds[-1]
            rounds[-1] = Round(last.round_id, last.programme, last.opened_us, row.at_us)
    return rounds


def next_round_id(programme: str, rounds: Sequence[Round]) -> str:
    """The name of the next round: the programme and a running number."""
    return f"{programme}.{len(rounds) + 1}"
