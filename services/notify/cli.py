"""``dsr notify``: what became of an application, and what has changed since."""

import re
from typing import Any
from urllib.parse import quote

import click

from shared.service import terminal

STAGE = "notify"
_APPLICATION_ID = re.compile(r"a[0-9a-f]{32}")
COLUMNS = ("stage", "state", "revision", "n", "next", "at", "reasons")


@click.group()
def notify() -> None:
    """What became of applications: for the source whose key is given."""


@notify.command()
@click.argument("application", metavar="REF|ID")
@terminal.json_option
def show(application: str, as_json: bool) -> None:
    """One application, by your own reference or by its application_id."""
    if _APPLICATION_ID.fullmatch(application):
        found = _get(f"/v1/applications/{quote(application)}")
    else:
        found = _get("/v1/applications", source_ref=application)
    if as_json:
        terminal.show_json(found)
        return
    title = f"{found['source_ref']} revision {found['revision']}: {found['state']} ({found['stage']})"
    terminal.show_table(title, COLUMNS, [_row(line) for line in found["lines"]])
    if found["attention"]:
        terminal.show_table("Needs attention", COLUMNS, [_row(line) for line in found["attention"]])
    if found["answers"]:
        terminal.show_table("Answers to submissions", COLUMNS, [_row(line) for line in found["answers"]])


@notify.command()
@click.option("--cursor", help="Where the last call ended; from the beginning if left out.")
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True, help="Lines of each partition.")
@click.option("--source", help="Whose, if the key is for several sources.")
@terminal.json_option
def changes(cursor: str | None, limit: int, source: str | None, as_json: bool) -> None:
    """All status lines beyond a cursor, and the cursor to go on with."""
    given = {"cursor": cursor, "limit": limit, "source": source}
    found = _get("/v1/changes", **{name: value for name, value in given.items() if value is not None})
    if as_json:
        terminal.show_json(found)
        return
    rows = [(line["source_ref"], *_row(line)) for line in found["lines"]]
    terminal.show_table("Changes", ("source_ref", *COLUMNS), rows)
    click.echo(f"Go on with: --cursor {found['cursor']}")


def _get(path: str, **query: str | int) -> dict[str, Any]:
    with terminal.client() as client:
        found: dict[str, Any] = client.request("GET", STAGE, path, params=query).json()
        return found


def _row(line: dict[str, Any]) -> tuple[object, ...]:
    reasons = " ".join(reason["text_en"] for reason in line["reasons"])
    number = line.get("n", "")
    return line["stage"], line["state"], line["revision"], number, line["next"], line["at"], reasons
