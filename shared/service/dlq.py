"""``dsr dlq``: see what could not be read, and decide about it: send it again, or put it away."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from shared import topics
from shared.http.client import Client, Unreachable
from shared.service import terminal
from shared.service.dlq_options import DHAKA, STAGE, Filter, NothingNamed, narrowing, path_of
from shared.service.exits import FAILED
from shared.stage.letters import BYTES_MAX, DISCARD, LETTERS_MAX, REPLAY

LISTED_MAX = 10_000


@click.group()
def dlq() -> None:
    """Dead letters: records that a stage could not read, or whose answer Kafka refused.

    Nothing of them is lost: their bytes wait in the dead-letter topics until retention deletes them. See why (list,
    show), mend the cause, then replay them; or discard what is rubbish. Each is decided once, and who did it and why
    stays on record.
    """


@dlq.command("list")
@click.argument("stage", type=click.Choice(topics.STAGES), required=False)
@narrowing
@click.option(
    "--state",
    type=click.Choice(["open", "replayed", "discarded", "all"]),
    default="open",
    show_default=True,
    help="What was decided about them.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, LISTED_MAX), help="At most so many.")
@terminal.json_option
def list_letters(
    stage: str | None,
    code: str | None,
    source: str | None,
    since: datetime | None,
    until: datetime | None,
    state: str,
    limit: int,
    as_json: bool,
) -> None:
    """The dead letters of STAGE (of all stages, if none is named), the newest first."""
    params = {**Filter.of(code, source, since, until).params, "state": state, "limit": str(limit)}
    found: list[dict[str, Any]] = []
    away: list[str] = []
    with terminal.client() as client:
        for one in (stage,) if stage is not None else topics.STAGES:
            try:
                found.append({"stage": one, **client.request("GET", one, "/v1/dead-letters", params=params).json()})
            except Unreachable as error:
                if stage is not None:
                    raise
                away.append(str(error))
    if as_json:
        terminal.show_json({"stages": found, "not_asked": away})
    else:
        counts = [(page["stage"], name, count) for page in found for name, count in page["by_code"].items()]
        terminal.show_table(
            "Dead letters" if state == "all" else f"Dead letters, {state}", ("stage", "code", "letters"), counts
        )
        _show_lines([line for page in found for line in page["letters"]])
        for page in found:
            if page["total"] > len(page["letters"]):
                click.echo(f"{page['stage']}: the newest {len(page['letters']):,} of {page['total']:,}; see --limit.")
    for sentence in away:
        click.echo(sentence, err=True)
    if away:
        raise click.exceptions.Exit(FAILED)


def _show_lines(lines: Sequence[Mapping[str, Any]]) -> None:
    """One line a letter, its name last and whole, so that it can be copied from any terminal."""
    if not lines:
        return
    width = max(len(line["code"]) for line in lines)
    click.echo(f"{'put aside (Dhaka)':19}  {'bytes':>9}  {'state':9}  {'code':{width}}  letter")
    for line in lines:
        at = datetime.fromisoformat(line["put_aside_at"]).astimezone(DHAKA)
        known = f"{at:%Y-%m-%d %H:%M:%S}  {line['size_bytes']:>9,}  {line['state']:9}  {line['code']:{width}}"
        click.echo(f"{known}  {line['letter']}")


@dlq.command("show")
@STAGE
@click.argument("letter")
@terminal.json_option
def show_letter(stage: str, letter: str, as_json: bool) -> None:
    """One dead letter of STAGE, by its name: why, what was decided, what became of a replay, and its structure.

    Every value that may be a person's is masked.
    """
    with terminal.client() as client:
        content = client.request("GET", stage, path_of(letter)).json()
    if as_json:
        terminal.show_json(content)
        return
    value, decided, returns, headers = (content.pop(name) for name in ("value", "decided", "returns", "headers"))
    rows = [*terminal.flat({name: said for name, said in content.items() if said is not None})]
    rows += [(f"header {name}", str(said)) for name, said in headers.items()]
    rows += [(f"decided: {name}", str(said)) for name, said in (decided or {}).items()]
    rows += [("came again as", f"{one['letter']}: {one.get('kind') or 'not decided yet'}") for one in returns]
    terminal.show_table("", ("", ""), rows)
    if value is not None:
        terminal.show_json(value)


@dlq.command("replay")
@STAGE
@click.argument("letters", nargs=-1)
@narrowing
@click.option("--all", "everything", is_flag=True, help="All that nobody has decided about.")
@click.option("--reason", required=True, help="Why, for instance what was mended; stays on record.")
@click.option("--dry-run", is_flag=True, help="Only say which would be sent again.")
@terminal.json_option
def replay(stage: str, letters: tuple[str, ...], dry_run: bool, reason: str, as_json: bool, **which: Any) -> None:
    """Send dead letters of STAGE back to the topic that they came from, their bytes unchanged; each only once.

    What still cannot be read becomes a dead letter again, under a new name. The time of receipt stays the first one's.

    Exit code 1: no letter could be taken, because each was decided before, or holds no bytes.
    """
    _decide(REPLAY, "replayed", stage, letters, dry_run, reason, as_json, which)


@dlq.command("discard")
@STAGE
@click.argument("letters", nargs=-1)
@narrowing
@click.option("--all", "everything", is_flag=True, help="All that nobody has decided about.")
@click.option("--reason", required=True, help="Why they are of no use to anybody; stays on record.")
@click.option("--dry-run", is_flag=True, help="Only say which would be put away.")
@terminal.json_option
def discard(stage: str, letters: tuple[str, ...], dry_run: bool, reason: str, as_json: bool, **which: Any) -> None:
    """Put dead letters of STAGE away for good: they are listed no longer and cannot be replayed.

    Exit code 1: no letter could be taken, because each was decided before.
    """
    _decide(DISCARD, "discarded", stage, letters, dry_run, reason, as_json, which)


def _decide(
    command: str,
    done: str,
    stage: str,
    letters: Sequence[str],
    dry_run: bool,
    reason: str,
    as_json: bool,
    which: Mapping[str, Any],
) -> None:
    narrowed = Filter.of(which["code"], which["source"], which["since"], which["until"])
    if not letters and not narrowed.params and not which["everything"]:
        raise NothingNamed
    with terminal.client() as client:
        lines = [_named(client, stage, letter) for letter in letters] if letters else _open(client, stage, narrowed)
        if dry_run:
            _show_plan(done, stage, lines, as_json)
            return
        taken, refusals, commands = _send(client, command, done, stage, lines, reason)
    if as_json:
        terminal.show_json({"stage": stage, done: taken, "of": len(lines), "not_taken": refusals, "commands": commands})
    else:
        rows = [(done, taken), *refusals.items()]
        terminal.show_table(f"Dead letters of {stage}", ("", "letters"), rows)
    if lines and not taken:
        raise click.exceptions.Exit(FAILED)


def _named(client: Client, stage: str, letter: str) -> dict[str, Any]:
    line: dict[str, Any] = client.request("GET", stage, path_of(letter)).json()
    return line


def _open(client: Client, stage: str, narrowed: Filter) -> list[dict[str, Any]]:
    """All open ones that match; the oldest first, as they are to go."""
    params = {**narrowed.params, "state": "open", "limit": str(LISTED_MAX)}
    page = client.request("GET", stage, "/v1/dead-letters", params=params).json()
    if page["total"] > len(page["letters"]):
        click.echo(
            f"The newest {len(page['letters']):,} of {page['total']:,} are taken now; run the same again for the rest.",
            err=True,
        )
    return list(reversed(page["letters"]))


def _show_plan(done: str, stage: str, lines: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    would = [line for line in lines if line["state"] == "open"]
    if as_json:
        terminal.show_json({"stage": stage, f"would_be_{done}": [line["letter"] for line in would], "of": len(lines)})
        return
    click.echo(f"Would be {done}: {len(would):,} of {len(lines):,}")
    _show_lines(lines)


def _send(
    client: Client, command: str, done: str, stage: str, lines: Sequence[Mapping[str, Any]], reason: str
) -> tuple[int, dict[str, int], list[str]]:
    """How many were taken, why the others were not, and the commands' ids."""
    taken, refusals, commands = 0, dict[str, int](), list[str]()
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal or len(lines) <= LETTERS_MAX) as progress:
        bar = progress.add_task("Letters", total=len(lines))
        for part in _parts(lines):
            names = [[line["topic"], line["partition"], line["offset"]] for line in part]
            told = {"letters": names, "reason": reason}
            result = client.send_command(stage, command, topics.GROUPS[stage], told, wait_s=120.0)
            commands.append(result.command_id)
            taken += int(result.result.get(done, 0))
            for name, count in result.result.items():
                if name.startswith("not_"):
                    text = name.removeprefix(f"not_{done}_")
                    refusals[text] = refusals.get(text, 0) + int(count)
            if result.state == "refused":
                text = " ".join(str(one["text_en"]) for one in result.reasons)
                refusals[text] = refusals.get(text, 0) + len(part)
            progress.advance(bar, len(part))
    return taken, refusals, commands


def _parts(lines: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """As many at a time as one command takes, by number and by bytes."""
    part: list[Mapping[str, Any]] = []
    size = 0
    for line in lines:
        if part and (len(part) == LETTERS_MAX or size + line["size_bytes"] > BYTES_MAX):
            yield part
            part, size = [], 0
        part.append(line)
        size += line["size_bytes"]
    if part:
        yield part
