"""The overall state of an application: one pure function of its status lines (design.md §3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.contracts.status import StatusLine

ORDER = {"intake": 0, "scoring": 1, "dedup": 2, "enrolment": 3, "payments": 4}
"""Left to right, as the data moves."""

STOPS_OR_HOLDS = frozenset(
    {
        "rejected",
        "ineligible",
        "insufficient_data",
        "duplicate",
        "review",
        "overlap",
        "not_selected",
        "suspended",
        "ended",
    }
)


@dataclass(frozen=True, slots=True)
class Overall:
    """``line`` is the one that counts; ``attention`` are lines further left that stop or hold the application."""

    line: StatusLine
    attention: tuple[StatusLine, ...]

    @property
    def state(self) -> str:
        """What to call the application's state."""
        return self.line.state


def current(lines: Iterable[StatusLine]) -> list[StatusLine]:
    """Of each stage (and subject, for payments) the line with the highest (revision, n), left to right."""
    best: dict[tuple[str, str | None], StatusLine] = {}
    for line in lines:
        if line.about != "application":
            continue
        known = best.get((line.stage, line.subject))
        if known is None or (known.revision, known.n or 0) < (line.revision, line.n or 0):
            best[line.stage, line.subject] = line
    return sorted(best.values(), key=lambda line: (ORDER[line.stage], line.at, line.subject or ""))


def overall(lines: Iterable[StatusLine]) -> Overall | None:
    """The rightmost line of the highest accepted revision; None when nothing was decided yet.

    An invalid later revision is an answer about a submission, so a line of intake that says ``rejected`` stands only
    where no revision was ever accepted. Order of arrival does not matter.
    """
    lines = [line for line in lines if line.about == "application"]
    if not lines:
        return None
    accepted = {line.revision for line in lines if line.state != "rejected" or line.stage != "intake"}
    revision = max(accepted or {line.revision for line in lines})
    of_revision = current(line for line in lines if line.revision == revision)
    line = of_revision[-1]
    left = (
        other for other in of_revision[:-1] if ORDER[other.stage] < ORDER[line.stage] and other.state in STOPS_OR_HOLDS
    )
    return Overall(line, tuple(left))
