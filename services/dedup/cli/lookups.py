"""``dsr dedup lookups``: which ministry has asked about whom without an application."""

from datetime import datetime
from itertools import islice
from typing import Any

import click

from shared.policy.dates import DHAKA
from shared.service import terminal

PAGE = 1_000
_COLUMNS = ("at", "principal", "source", "clerk", "programme", "answer", "may enrol", "lookup_id")


@click.command()
@click.option("--from", "asked_from", help="Asked on this day or later, YYYY-MM-DD.")
@click.option("--to", "asked_to", help="Asked on this day or earlier, YYYY-MM-DD.")
@click.option("--principal", help="Only what this holder of a key has asked.")
@click.option(
    "--about",
    type=click.Choice(["national_id", "birth_registration_number"]),
    help="Only questions about one person; the number is asked for, so that it stands in no history of commands.",
)
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="At most so many.")
@terminal.json_option
def lookups(limit: int, about: str | None, as_json: bool, **wanted: str | None) -> None:
    """Who has asked, the oldest first. Of the person asked for nothing is kept but keyed pseudonyms."""
    if about is not None:
        lines = _about(about, click.prompt("Number", hide_input=True, err=True))[:limit]
    else:
        lines = _listed({name: value for name, value in wanted.items() if value is not None}, limit)
    if as_json:
        terminal.show_json({"lookups": lines})
        return
    terminal.show_table("Questions about people", _COLUMNS, [_row(line) for line in lines])


def _listed(wanted: dict[str, str], limit: int) -> list[dict[str, Any]]:
    params: dict[str, str | int] = {**wanted, "limit": min(limit, PAGE)}
    with terminal.client() as client:
        return list(islice(client.entries("dedup", "/v1/people/lookups", "lookups", params), limit))


def _about(kind: str, number: str) -> list[dict[str, Any]]:
    with terminal.client() as client:
        body = {"kind": kind, "number": number}
        found: dict[str, Any] = client.request("POST", "dedup", "/v1/people/lookups/search", json=body).json()
        lines: list[dict[str, Any]] = found["lookups"]
        return lines


def _row(line: dict[str, Any]) -> list[str]:
    at = datetime.fromisoformat(line["at"]).astimezone(DHAKA).strftime("%Y-%m-%d %H:%M:%S")
    names = ("principal", "source", "clerk", "programme", "answer", "may_enrol", "lookup_id")
    return [at, *(line[name] for name in names)]
