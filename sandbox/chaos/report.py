"""The end of a run: tables for a person, and the same as ``report.json``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.chaos.takeover import LIMIT_S, Kill
from shared.checks import Finding
from shared.topics import STAGES


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run came to. Times are seconds; ``drained_s`` is how long the backlog took once there was peace."""

    seed: int
    seconds: float
    applications: int
    records: int
    poison: Mapping[str, int]
    kills: Sequence[Kill]
    incidents: Mapping[str, int]
    skipped: Mapping[str, int]
    kafka_away_s: Sequence[float]
    drained_s: float
    events: int
    repeats: Mapping[str, int]
    ends: Mapping[str, int]
    asked_again: int
    felt: Mapping[str, int]
    findings: Sequence[Finding]

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        return all(finding.holds for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The content of ``report.json``."""
        content = {name: getattr(self, name) for name in self.__slots__}
        content["kills"] = [asdict(kill) for kill in self.kills]
        content["findings"] = [finding._asdict() for finding in self.findings]
        return {"good": self.good, "kills_in_all": len(self.kills), **content}


def show(report: Report, console: Console) -> None:
    """Print it: what was done, how quickly the others took over, and what holds."""
    console.print()
    console.print(_done(report))
    console.print(_takeovers(report.kills))
    console.print(_holds(report.findings), markup=False)
    for what, count in report.skipped.items():
        console.print(f"Not done here ({count}): {what}.")
    if report.good:
        console.print(f"[bold green]Everything holds[/] after {report.seconds:.0f} s of chaos with seed {report.seed}.")
        return
    console.print(
        f"[bold red]VIOLATED[/] with seed {report.seed}: the same seed does the same in the same order again."
    )


def _done(report: Report) -> Table:
    table = Table("what", "", title="What was done", title_justify="left")
    table.columns[1].justify = "right"
    rows = {
        "applications sent": report.applications,
        "records sent, copies and bad ones among them": report.records,
        "of them poison beside the feed's own": sum(report.poison.values()),
        "events published": report.events,
        "of them repeats, each the same as the first": sum(report.repeats.values()),
        "instances killed (kill -9)": len(report.kills),
        "of them at a chosen step": sum(kill.step is not None for kill in report.kills),
        **dict(sorted(report.incidents.items())),
        "seconds that Kafka was away, in all": round(sum(report.kafka_away_s), 1),
        **{f"{what}, by the services' logs": count for what, count in sorted(report.felt.items())},
        "requests of people that had to be repeated": report.asked_again,
        "seconds until the backlog had drained": report.drained_s,
    }
    for what, count in rows.items():
        table.add_row(what, f"{count:,}")
    return table


def _takeovers(kills: Sequence[Kill]) -> Table:
    table = Table(
        "stage", "kills", "records waiting", "median", "longest", "over 15 s",
        title="Seconds until the work of a killed instance went on", title_justify="left",
    )  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    for stage in STAGES:
        mine = [kill for kill in kills if kill.stage == stage]
        seconds = sorted(kill.continued_s for kill in mine if kill.continued_s is not None)
        middle, longest = (f"{seconds[len(seconds) // 2]:.1f}", f"{seconds[-1]:.1f}") if seconds else ("-", "-")
        slow = sum(kill.too_slow for kill in mine)
        table.add_row(stage, str(len(mine)), f"{sum(kill.waiting for kill in mine):,}", middle, longest, str(slow))
    steps = Counter(kill.step or "any moment" for kill in kills)
    table.caption = f"The bar is {LIMIT_S:g} s. By step: " + ", ".join(
        f"{step} {n}" for step, n in sorted(steps.items())
    )
    table.caption_justify = "left"
    return table


def _holds(findings: Sequence[Finding]) -> Table:
    table = Table("what must hold", "", "seen", title="What must hold", title_justify="left")
    for finding in findings:
        table.add_row(finding.id, "holds" if finding.holds else "VIOLATED", finding.detail)
    return table
