"""The end of a demo, as tables that a person understands."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from sandbox.demo.accounting import TERMS
from sandbox.demo.summary import Summary
from shared.policy import Policy

SHOWN_REASONS = 3
PROGRAMME_STATES = (
    "rejected",
    "ineligible",
    "insufficient_data",
    "duplicate",
    "review",
    "overlap",
    "waiting",
    "not_selected",
    "enrolled",
    "awaiting_account",
)
IN_PAYMENT = (
    "instructed",
    "unknown",
    "credited",
    "withdrawn",
    "failed",
    "returned",
    "awaiting_funds",
    "scheduled",
    "blocked",
    "withheld",
)
PAYMENT_STATES = (
    "instructed",
    "unknown",
    "credited",
    "reached",
    "withdrawn",
    "failed",
    "returned",
    "awaiting_account",
    "awaiting_funds",
    "scheduled",
    "blocked",
    "withheld",
)


def show(summary: Summary, policy: Policy, console: Console) -> None:
    """Print everything, the verdict last."""
    _sources(summary, policy, console)
    _programmes(summary, console)
    _duplicates(summary, console)
    _payments(summary, console)
    _money(summary, console)
    _invariants(summary, console)
    _verdict(summary, console)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right", overflow="fold")
    return table


def _sources(summary: Summary, policy: Policy, console: Console) -> None:
    sources = list(summary.account.submitted)
    table = _table("What became of every submitted record, by source", "", *sources, "all")
    for term in TERMS:
        counts = [summary.account.ends[source][term] for source in sources]
        table.add_row(_words(term), *map(_count, counts), _count(sum(counts)))
    table.add_section()
    submitted = summary.account.submitted.values()
    table.add_row("submitted", *map(str, submitted), str(sum(submitted)), style="bold")
    console.print(table)
    names = _table("Who they are, and why applications were rejected", "source", "ministry or division", "faults")
    names.columns[1].justify = names.columns[2].justify = "left"
    for source in sources:
        codes = summary.rejections.get(source)
        told = ", ".join(f"{code} ({count})" for code, count in codes.most_common(SHOWN_REASONS)) if codes else "none"
        names.add_row(source, policy.sources[source].name_en, told)
    console.print(names)


def _programmes(summary: Summary, console: Console) -> None:
    programmes = [name for name, states in sorted(summary.programmes.items()) if set(states) - {"rejected"}]
    table = _table("Where applications stand, by programme", "", *map(_words, programmes), "all")
    for state in PROGRAMME_STATES:
        counts = [summary.programmes[programme][state] for programme in programmes]
        table.add_row(_words(state), *map(_count, counts), _count(sum(counts)))
    paid = [sum(summary.programmes[programme][state] for state in IN_PAYMENT) for programme in programmes]
    table.add_row("in payment", *map(_count, paid), _count(sum(paid)))
    console.print(table)


def _duplicates(summary: Summary, console: Console) -> None:
    score = summary.score
    table = _table(
        "Duplicates, against those planted (synthetic)", "planted kind", "planted", "refused", "in review", "missed"
    )
    for kind, pairs in [*score.by_kind.items(), ("all", score.duplicates)]:
        table.add_row(_words(kind), str(pairs.planted), str(pairs.found), str(pairs.held), str(pairs.missed))
    console.print(table)
    console.print(
        f"Of {score.unique} applicants who applied once, {score.wrong_duplicates} were refused as duplicates by "
        f"mistake and {summary.wrongly_held} are held for review without need."
    )
    console.print(
        "Against the planted truth (synthetic; it ranks runs and proves nothing of life): under-coverage "
        f"{_share(score.undercoverage)} of the poor and eligible have no place, leakage {_share(score.leakage)} of "
        "those with a place are not poor or not eligible.\n"
    )


def _payments(summary: Summary, console: Console) -> None:
    table = _table("Payments, by provider and state", "provider", *map(_words, PAYMENT_STATES))
    for provider, states in sorted(summary.payments.items()):
        table.add_row(provider or "none", *(_count(states[state]) for state in PAYMENT_STATES))
    console.print(table)


def _money(summary: Summary, console: Console) -> None:
    names = ("allocated", "committed", "released", "sent", "reached", "returned")
    table = _table("Where the money is, in taka", "programme", *names)
    for programme, money in sorted(summary.money.items()):
        table.add_row(programme, *(_taka(getattr(money, name)) for name in names))
    table.add_section()
    table.add_row("all", *(_taka(sum(getattr(money, name) for money in summary.money.values())) for name in names))
    console.print(table)


def _invariants(summary: Summary, console: Console) -> None:
    table = _table("Invariants", "id", "holds", "what was seen")
    table.columns[1].justify = table.columns[2].justify = "left"
    for finding in summary.findings:
        table.add_row(finding.id, "[green]yes[/]" if finding.holds else "[bold red]NO[/]", finding.detail)
    console.print(table)


def _verdict(summary: Summary, console: Console) -> None:
    records = sum(summary.account.submitted.values())
    console.print(
        f"{records} records of {summary.applications} applications in {summary.seconds:.1f} s "
        f"({records / summary.seconds:.0f} a second); from submission to payment instruction in the rolling programmes "
        f"p50 {_seconds(summary.latency_s, 'p50')}, p99 {_seconds(summary.latency_s, 'p99')}."
    )
    if summary.faults:
        console.print("[bold red]This run is not good:[/]")
        for fault in summary.faults:
            console.print(f"  {fault}")
    else:
        console.print("[bold green]Every record has exactly one end, and every invariant holds.[/]")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _count(number: int) -> str:
    return str(number) if number else "·"


def _share(value: float | None) -> str:
    return "nobody to count;" if value is None else f"{value:.1%}"


def _taka(poisha: int) -> str:
    return f"{poisha / 100:,.0f}"


def _seconds(latency: Mapping[str, float | None], name: str) -> str:
    value = latency.get(name)
    return "not measured" if value is None else f"{value:.1f} s"
