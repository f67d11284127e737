"""What a command prints: a table for a person, JSON for a program. Every command of ``dsr`` prints through here."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from shared.http.client import Client, CommandResult
from shared.service.exits import FAILED
from shared.settings import Settings, load

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
"""The option that every command with a result has; gives ``as_json``."""


def show_json(content: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2, default=str) + b"\n")
    sys.stdout.flush()


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; numbers stand right."""
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        # Folded, never cut: an id that is cut cannot be copied into the next command.
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    Console().print(table, markup=False)


def show_result(result: CommandResult, as_json: bool) -> None:
    """What became of a command; a refusal ends with exit code 1."""
    if as_json:
        show_json(result._asdict())
    else:
        rows = [
            ("command", result.command_id),
            ("state", result.state),
            *flat(result.result),
            *(("reason", str(reason["text_en"])) for reason in result.reasons),
        ]
        show_table("", ("", ""), rows)
    if result.state == "refused":
        raise click.exceptions.Exit(FAILED)


def flat(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An object as rows of name and value."""
    return [
        (name, value if isinstance(value, str) else orjson.dumps(value, default=str).decode())
        for name, value in content.items()
    ]


def settings() -> Settings:
    """The settings of this run of ``dsr``; raises ``SettingsInvalid``."""
    return load()


def client() -> Client:
    """A client for the services."""
    return Client(settings())
