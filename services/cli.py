"""``dsr``: one command for each thing that an operator does.

Each service brings its own group of commands, named under the entry-point group ``dsr.commands`` in pyproject.toml, so
that adding one is a line there. Nothing of a service is imported before one of its commands is asked for.
"""

import asyncio
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple, NoReturn

import click

from shared import topics
from shared.checks import GROUP as CHECKS
from shared.checks import Finding
from shared.errors import DsrError
from shared.http.client import Unreachable
from shared.kafka.admin import create_topics
from shared.observability import logs
from shared.policy import load_policy
from shared.service import terminal
from shared.service.dlq import dlq
from shared.service.exits import FAILED, MEANINGS, guarded
from shared.settings import Settings

COMMANDS = "dsr.commands"
_EXITS = "\b\nExit codes:\n" + "\n".join(f"  {code:3}  {meaning}" for code, meaning in MEANINGS.items())


class NotLoadable(DsrError):
    """A command or check is declared and its code is not there: the installation is older than the sources."""

    exit_code = 3

    def __init__(self, group: str, name: str, value: str, cause: str) -> None:
        self.group, self.name, self.value, self.cause = group, name, value, cause
        super().__init__(f"{group} names {name} as {value}, which cannot be loaded ({cause}). Run: make setup.")


class NothingToCheck(DsrError):
    """No check is declared; saying that all is well would be a lie."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__("No checks are installed, so nothing was verified. Run: make setup.")


class Groups(click.Group):
    """Our own commands, and those that the services declare."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted({*super().list_commands(ctx), *(point.name for point in entry_points(group=COMMANDS))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Our own command, or a service's group, loaded now."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        return next((_of(point) for point in entry_points(group=COMMANDS, name=cmd_name)), None)


def load(point: EntryPoint) -> object:
    """The object that an entry point names; raises ``NotLoadable``."""
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise NotLoadable(point.group, point.name, point.value, str(error)) from error


def _of(point: EntryPoint) -> click.Command:
    """A service's group. One that cannot be loaded is listed as that, and says why when it is asked for."""
    try:
        command = load(point)
        if not isinstance(command, click.Command):
            raise NotLoadable(COMMANDS, point.name, point.value, "it is no click command")
    except NotLoadable as error:
        return _Missing(error)
    return command


class _Missing(click.Command):
    def __init__(self, error: NotLoadable) -> None:
        super().__init__(error.name, short_help="(cannot be loaded; run: make setup)", add_help_option=False)
        self._error = error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        raise self._error


@click.group(cls=Groups, epilog=_EXITS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dsr")
def dsr() -> None:
    """Operate the Dynamic Social Registry.

    The commands speak to the running services over HTTP: give the key as DSR_API_KEY, or its file as DSR_API_KEY_FILE.
    All settings are described in docs/configuration.md.
    """


dsr.add_command(dlq)


@dsr.command()
@terminal.json_option
def status(as_json: bool) -> None:
    """Which service runs, and what it is missing. Exit code 1 if one is not ready."""
    settings = terminal.settings()
    rows = []
    with terminal.client() as client:
        for stage in topics.STAGES:
            try:
                missing = client.readiness(stage)
            except Unreachable as error:
                missing = {"http": f"It does not answer ({error.cause})."}
            rows.append((stage, settings.url(stage), "no" if missing else "yes", " ".join(missing.values())))
    if as_json:
        names = ("stage", "url", "ready", "missing")
        terminal.show_json([dict(zip(names, (*row[:2], row[2] == "yes", row[3]), strict=True)) for row in rows])
    else:
        terminal.show_table("Services", ("service", "address", "ready", "missing"), rows)
    if any(row[2] == "no" for row in rows):
        raise click.exceptions.Exit(FAILED)


@dsr.command()
@click.argument("stage", type=click.Choice(topics.STAGES))
@click.option("--reason", required=True, help="Why it is safe to go on; stays on record.")
@click.option(
    "--group",
    type=click.Choice([*topics.GROUPS.values(), *topics.VIEW_GROUPS.values()]),
    metavar="GROUP",
    help="The consumer group, as the alert names it, where a stage has several.  [default: its main one]",
)
@terminal.json_option
def resume(stage: str, reason: str, group: str | None, as_json: bool) -> None:
    """Close the breaker of STAGE, once the cause of its dead letters is mended."""
    with terminal.client() as client:
        result = client.send_command(stage, "resume", group or topics.GROUPS[stage], {"reason": reason})
    terminal.show_result(result, as_json)


@dsr.command()
@click.argument("stage", type=click.Choice(topics.STAGES))
@click.argument("command_id", type=click.UUID)
@terminal.json_option
def command(stage: str, command_id: str, as_json: bool) -> None:
    """What became of a command that STAGE was given."""
    with terminal.client() as client:
        terminal.show_result(client.command(stage, str(command_id)), as_json)


@dsr.command()
@terminal.json_option
def check(as_json: bool) -> None:
    """Verify the invariants on live data. Exit code 1 if one does not hold."""
    findings = merged(_findings(terminal.settings()))
    if as_json:
        terminal.show_json([finding._asdict() for finding in findings])
    else:
        rows = [(finding.id, "holds" if finding.holds else "VIOLATED", finding.detail) for finding in findings]
        terminal.show_table("Invariants", ("invariant", "", "detail"), rows)
    if not all(finding.holds for finding in findings):
        raise click.exceptions.Exit(FAILED)


def _findings(settings: Settings) -> list[Finding]:
    """Of all declared checks, each in a process of its own, as each reads a whole store and what its stage wrote.

    A check that cannot look has failed: raises ``CheckFailed``.
    """
    points = sorted(entry_points(group=CHECKS), key=lambda point: point.name)
    if not points:
        raise NothingToCheck
    findings: list[Finding] = []
    with ProcessPoolExecutor(min(len(points), os.cpu_count() or 1)) as processes:
        for found in processes.map(_verify, points, [settings] * len(points)):
            if isinstance(found, _Failure):
                raise CheckFailed(*found)
            findings += found
    return findings


class _Failure(NamedTuple):
    """Why a check could not look, as it travels between processes."""

    sentence: str
    exit_code: int


class CheckFailed(DsrError):
    """A check could not look; the sentence and the exit code are of what hindered it."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(sentence)


def _verify(point: EntryPoint, settings: Settings) -> Sequence[Finding] | _Failure:
    """What one service's check finds."""
    try:
        verify = load(point)
        if not callable(verify):
            raise NotLoadable(CHECKS, point.name, point.value, "it cannot be called")
        return tuple(asyncio.run(verify(settings)))
    except DsrError as error:
        return _Failure(str(error), error.exit_code)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each invariant: it holds where it holds everywhere, and otherwise says where it does not."""
    by_id: dict[str, list[Finding]] = {}
    for finding in findings:
        by_id.setdefault(finding.id, []).append(finding)
    rows = []
    for name, those in sorted(by_id.items(), key=lambda item: (len(item[0]), item[0])):
        violated = [finding for finding in those if not finding.holds]
        rows.append(Finding(name, not violated, "\n".join(finding.detail for finding in violated or those)))
    return rows


@dsr.group(name="topics")
def topics_group() -> None:
    """The topics that the pipeline stands on: which there are, and making those that are missing."""


@topics_group.command(name="list")
@terminal.json_option
def list_topics(as_json: bool) -> None:
    """All topics of the sources and providers that the policy declares, dead-letter topics included."""
    declared = _topics(terminal.settings())
    if as_json:
        terminal.show_json([asdict(topic) | {"config": topic.config()} for topic in declared])
        return
    rows = [
        (topic.name, topic.partitions, topic.retention_hours, " ".join(topic.written_by), " ".join(topic.read_by))
        for topic in declared
    ]
    terminal.show_table("Topics", ("topic", "partitions", "hours kept", "written by", "read by"), rows)


@topics_group.command(name="create")
@terminal.json_option
def make_topics(as_json: bool) -> None:
    """Make the topics that are missing; say which of the others are set up otherwise, and leave them alone."""
    settings = terminal.settings()
    made = asyncio.run(create_topics(settings.kafka, _topics(settings)))
    if as_json:
        terminal.show_json({"created": made.created, "differences": [each._asdict() for each in made.differences]})
        return
    terminal.show_table("Topics made", ("topic",), [(name,) for name in made.created])
    if made.differences:
        rows = [(each.topic, each.setting, each.wanted, each.found or "not set") for each in made.differences]
        terminal.show_table("Set up otherwise", ("topic", "setting", "wanted", "found"), rows)


def _topics(settings: Settings) -> tuple[topics.Topic, ...]:
    policy = load_policy(settings.policy_dir)
    return topics.all_topics(policy.sources, policy.providers)


def main() -> NoReturn:
    """The entry point of ``dsr``: a sentence on stderr and an exit code for whatever goes wrong."""

    def work() -> None:
        logs.configure(level="warning")
        raise SystemExit(dsr.main(prog_name="dsr", standalone_mode=True))

    guarded(work)


if __name__ == "__main__":
    main()
