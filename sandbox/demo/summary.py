"""What a run came to: the figures that a person and ``var/demo/summary.json`` are told."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.demo.accounting import Account
from sandbox.demo.board import Board
from sandbox.population.outcome import Score
from shared.checks import Finding
from shared.policy import Policy


@dataclass(frozen=True, slots=True)
class Money:
    """Poisha of one programme's cycle; see ``GET /v1/totals`` of payments."""

    allocated: int
    committed: int
    released: int
    sent: int
    reached: int
    returned: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is shown and written. Money is in poisha, times in seconds."""

    seed: int
    scenario: str
    applications: int
    seconds: float
    account: Account
    programmes: Mapping[str, Counter[str]]
    rejections: Mapping[str, Counter[str]]
    score: Score
    wrongly_held: int
    payments: Mapping[str, Counter[str]]
    money: Mapping[str, Money]
    latency_s: Mapping[str, float | None]
    findings: Sequence[Finding]

    @property
    def empty_terms(self) -> list[str]:
        """Ends that no record came to: then the run has not shown them."""
        return [term for term, count in self.account.by_fate.items() if count == 0]

    @property
    def faults(self) -> list[str]:
        """Why the run is not good, as sentences; empty if it is."""
        found = [f"{finding.id} does not hold: {finding.detail}" for finding in self.findings if not finding.holds]
        found += [
            f"{source}: {difference} records have no end, or more than one."
            for source, difference in self.account.differences().items()
        ]
        found += [f"No record came to the end '{term}'." for term in self.empty_terms]
        return found

    def to_json(self) -> dict[str, Any]:
        """The content of ``var/demo/summary.json``. ``taka`` are taka with two decimals, as numbers."""
        total = {name: sum(getattr(each, name) for each in self.money.values()) / 100 for name in Money.__slots__}
        return {
            "seed": self.seed,
            "scenario": self.scenario,
            "applications": self.applications,
            "seconds": round(self.seconds, 1),
            "events_per_s": round(sum(self.account.submitted.values()) / self.seconds, 1),
            "submitted": sum(self.account.submitted.values()),
            "by_fate": self.account.by_fate,
            "by_source": {
                source: {"submitted": count, **dict(self.account.ends[source])}
                for source, count in self.account.submitted.items()
            },
            "by_programme": {programme: dict(states) for programme, states in self.programmes.items()},
            "planted_duplicates": asdict(self.score.duplicates),
            "found_duplicates": {
                "duplicates": self.score.equal_id.found,
                "reviews": self.score.equal_id.held,
                "missed": self.score.equal_id.missed,
                "planted_equal_id": self.score.equal_id.planted,
            },
            "wrong_duplicates": self.score.wrong_duplicates,
            "wrongly_held": self.wrongly_held,
            "unique_applicants": self.score.unique,
            "undercoverage": self.score.undercoverage,
            "leakage": self.score.leakage,
            "synthetic": "Under-coverage and leakage are measured against a generated population's own truth.",
            "payments_by_state": dict(sum((states for states in self.payments.values()), Counter[str]())),
            "payments_by_provider": {provider: dict(states) for provider, states in self.payments.items()},
            "taka": {**total, "by_programme": {name: asdict(each) for name, each in self.money.items()}},
            "latency_s": dict(self.latency_s),
            "invariants": [
                {"id": finding.id, "holds": finding.holds, "detail": finding.detail} for finding in self.findings
            ],
        }


def by_programme(board: Board, programme_of: Mapping[tuple[str, str], str]) -> dict[str, Counter[str]]:
    """How many applications of each programme are in which overall state."""
    states: dict[str, Counter[str]] = {}
    for whole in board.overall().values():
        programme = programme_of.get((whole.line.source, whole.line.source_ref))
        if programme is not None:
            states.setdefault(programme, Counter())[whole.state] += 1
    return states


def rejections(board: Board) -> dict[str, Counter[str]]:
    """By source the codes that applications were rejected for; one application may have several."""
    codes: dict[str, Counter[str]] = {}
    for lines in board.lines.values():
        for line in lines:
            if line.stage == "intake" and line.state == "rejected":
                codes.setdefault(line.source, Counter()).update({reason.code for reason in line.reasons})
    return codes


def reviewed(board: Board) -> Collection[tuple[str, str]]:
    """Applications that dedup held for a person and that a person has decided."""
    found = set()
    for lines in board.lines.values():
        in_dedup = sorted(
            (line for line in lines if line.stage == "dedup"), key=lambda line: (line.revision, line.n or 0)
        )
        held = [line for line in in_dedup if line.state == "review" and line.next == "reviewer"]
        if held and in_dedup[-1].state != "review":
            found.add((held[0].source, held[0].source_ref))
    return found


def latency(board: Board, programme_of: Mapping[tuple[str, str], str], policy: Policy) -> dict[str, float | None]:
    """p50 and p99 of wall-clock seconds from submission to instruction, in the rolling programmes."""
    seconds: list[float] = []
    for application_id, instructed_ms in board.instructed_ms.items():
        line = board.lines[application_id][0]
        reference = (line.source, line.source_ref)
        programme = programme_of.get(reference)
        if programme is None or policy.programmes[programme].selection != "rolling":
            continue
        submitted_ms = board.submitted_ms.get(reference)
        if submitted_ms is not None:
            seconds.append((instructed_ms - submitted_ms) / 1_000)
    seconds.sort()
    return {"p50": _quantile(seconds, 0.50), "p99": _quantile(seconds, 0.99)}


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else None
