"""What a command prints: a table for a person, JSON for a program. Every command of ``dsr`` prints through here."""

import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal

import click
import orjson
from rich.console import Console
from rich.table import Table

from shared.http.client import Client, CommandResult
from shared.service.exits import FAILED
from shared.settings import Settings, load

_ID_WIDTH: Final = 36
"""Of a UUID; ids of applications are shorter."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
"""The option that every command with a result has; gives ``as_json``."""


def show_json(content: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2, default=str) + b"\n")
    sys.stdout.flush()


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, whole: Collection[str] = ()
) -> None:
    """A table on stdout; numbers stand right. On a narrow terminal the words of columns ``whole`` are the last to be
    broken over lines: ids that somebody copies."""
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        is_number = bool(rows) and all(_is_number(row[place]) for row in rows)
        # Folded, never cut: an id that is cut cannot be copied into the next command.
        justify: Literal["left", "right"] = "right" if is_number else "left"
        words = [len(word) for row in rows for word in str(row[place]).split()] if column in whole else []
        table.add_column(column, justify=justify, overflow="fold", min_width=min(max(words, default=1), _ID_WIDTH))
    for row in rows:
        table.add_row(*(_cell(cell) for cell in row))
    Console().print(table, markup=False)


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _cell(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


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
