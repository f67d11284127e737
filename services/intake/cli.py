"""``dsr intake``: send a file of applications; see which ministry leaves which field empty."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Any, get_args

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from services.intake.files import Format, format_of, rows_of
from services.intake.importing import Finding, Import
from shared.errors import DsrError
from shared.http.client import Client
from shared.service import terminal
from shared.service.exits import FAILED, UNDECIDED


class ImportCutOff(DsrError):
    """The gateway could not be reached, or refused, in the middle of an import."""

    def __init__(self, taken: int, cause: DsrError) -> None:
        self.taken, self.cause = taken, cause
        self.exit_code = cause.exit_code
        super().__init__(
            f"The import was cut off after {taken:,} rows were taken. Mend the cause and run the same command again: "
            f"what was taken is recognised, not made twice. The cause: {cause}"
        )


class HttpGateway:
    """Intake's HTTP side as an import needs it."""

    def __init__(self, client: Client, source: str | None) -> None:
        self._client = client
        self._path = "/v1/applications" + ("" if source is None else f"?source={source}")

    def send(self, forms: Sequence[bytes]) -> list[str]:
        """See ``importing.Gateway``."""
        answer = self._client.request(
            "POST",
            "intake",
            self._path,
            content=b"\n".join(forms),
            headers={"Content-Type": "application/x-ndjson"},
        )
        return [taken["reference"] for taken in answer.json()["applications"]]

    def fates(self, references: Sequence[str]) -> list[dict[str, Any]]:
        """See ``importing.Gateway``."""
        query = "&".join(f"reference={reference}" for reference in references)
        fates: list[dict[str, Any]] = self._client.request("GET", "intake", f"/v1/submissions?{query}").json()[
            "submissions"
        ]
        return fates


@click.group()
def intake() -> None:
    """Applications on their way in."""


@intake.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--source", help="The source to send for, where the key may send for several.", metavar="CODE")
@click.option("--format", "kind", type=click.Choice(get_args(Format)), help="If the file's ending does not say.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Seconds to wait for intake when nothing is decided any more; 0 does not wait at all.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the refused rows go.  [default: FILE.rejected.csv]",
)
@terminal.json_option
def import_(
    file: Path, source: str | None, kind: Format | None, wait_s: float, report: Path | None, as_json: bool
) -> None:
    """Send the applications of FILE, and report the rows that are refused.

    FILE is NDJSON (.ndjson, .jsonl: one form a line) or CSV (.csv) in UTF-8. The first line of a CSV file names the
    columns by their path in the form; entries of a list are counted from 0; an empty cell is an absent field:

    \b
      source_ref,revision,programme,applicant.national_id,applicant.name.bn
      household.members.0.relation, household.answers.rooms, payee.account

    The report is a CSV file with row, source_ref, field, code and the reason in English and Bangla. It belongs to
    whoever sent the file, and is as confidential as that.

    Exit code 0: all rows are accepted. 1: some were refused. 5: some are not decided yet. Sending a file twice does no
    harm.
    """
    kind = kind or format_of(file)
    report = report or file.with_name(file.name + ".rejected.csv")
    console = Console(stderr=True)
    with (
        report.open("w", encoding="utf-8-sig", newline="") as out,
        terminal.client() as client,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} {task.fields[unit]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        ) as progress,
    ):
        writer = csv.writer(out)
        writer.writerow(Finding._fields)
        work = Import(HttpGateway(client, source), writer.writerow)
        reading = progress.add_task("Sending", total=file.stat().st_size, unit="bytes")
        try:
            work.send(rows_of(file, kind, lambda count: progress.advance(reading, count)))
            deciding = progress.add_task("Waiting", total=len(work.waiting), unit="rows")
            work.wait(wait_s, monotonic, sleep, lambda count: progress.advance(deciding, count))
        except DsrError as error:
            if work.taken == 0:
                raise
            raise ImportCutOff(work.taken, error) from error
    total = work.total
    if as_json:
        terminal.show_json({**total._asdict(), "report": str(report)})
    else:
        terminal.show_table(str(file), ("rows", "number"), [(name, count) for name, count in total._asdict().items()])
        if total.refused:
            sys.stderr.write(f"The refused rows and why are in {report}.\n")
        if total.pending:
            sys.stderr.write("Some rows are not decided yet; run the same command again to see what became of them.\n")
    if total.refused or total.pending:
        raise click.exceptions.Exit(FAILED if total.refused else UNDECIDED)


@intake.command()
@terminal.json_option
def completeness(as_json: bool) -> None:
    """Which source leaves which CCDS field empty, in percent of its forms."""
    with terminal.client() as client:
        report = client.request("GET", "intake", "/v1/completeness").json()
    if as_json:
        terminal.show_json(report)
        return
    sources = [source for source in report["sources"] if source["forms"]]
    if not sources:
        sys.stderr.write("No application has been examined yet.\n")
        return
    rows: list[tuple[object, ...]] = [("forms", "", *(source["forms"] for source in sources))]
    for place, field in enumerate(sources[0]["fields"]):
        shares = (_share(source["fields"][place]["empty"], source["forms"]) for source in sources)
        rows.append((field["label_en"], "*" if field["mandatory"] else "", *shares))
    columns = ("CCDS field (* mandatory)", "", *(source["source"] for source in sources))
    terminal.show_table("Empty fields, percent of forms", columns, rows)


def _share(empty: int, forms: int) -> str:
    return f"{100 * empty / forms:.1f}" if empty else "·"
