"""``dsr dedup labels``: what reviewers have found, for ``dsr dedup evaluate``."""

from pathlib import Path

import click
import orjson

from shared.service import terminal


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@terminal.json_option
def labels(file: Path, as_json: bool) -> None:
    """Write the pairs that reviewers have looked at to FILE, one JSON object a line: two ids, same or different,
    and how each field agrees. There is no personal data in it."""
    counts = {"same": 0, "different": 0}
    with terminal.client() as client, file.open("wb") as out:
        for pair in client.entries("dedup", "/v1/labels", "pairs"):
            counts[pair["label"]] += 1
            out.write(orjson.dumps(pair) + b"\n")
    if as_json:
        terminal.show_json({"file": str(file), **counts})
    else:
        click.echo(f"{counts['same']} pairs of one person and {counts['different']} of two people are in {file}.")
