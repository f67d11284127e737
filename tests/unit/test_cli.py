"""``dsr``: what it prints, and how it ends."""

import json
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from services import cli
from shared.checks import Finding
from shared.service.exits import MEANINGS, guarded
from shared.settings import Settings
from shared.stage.ports import KafkaAway

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
DECLARED = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["entry-points"]


@click.group()
def greetings() -> None:
    """Say hello."""


@greetings.command()
def hello() -> None:
    """Say it."""
    click.echo("hello")


async def good(settings: Settings) -> Sequence[Finding]:
    return [Finding("I10", True, "3 reviews"), Finding("I4", True, "12 payments")]


async def bad(settings: Settings) -> Sequence[Finding]:
    return [Finding("I8", False, "Sylhet has 101 of 100 places taken.")]


async def blind(settings: Settings) -> Sequence[Finding]:
    raise KafkaAway("nothing listens there")


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[EntryPoint]]:
    """The entry points that ``dsr`` finds, by group."""
    points: dict[str, list[EntryPoint]] = {}

    def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [point for point in points.get(group, []) if name in (None, point.name)]

    monkeypatch.setattr(cli, "entry_points", entry_points)
    return points


def point(group: str, name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, group)


def test_a_service_brings_its_commands_by_an_entry_point(declared: dict[str, list[EntryPoint]]) -> None:
    declared["dsr.commands"] = [point("dsr.commands", "greetings", f"{__name__}:greetings")]
    assert "Say hello." in CliRunner().invoke(cli.dsr, ["--help"]).output
    assert CliRunner().invoke(cli.dsr, ["greetings", "hello"]).output == "hello\n"


def test_a_command_that_cannot_be_loaded_is_shown_and_says_why(declared: dict[str, list[EntryPoint]]) -> None:
    declared["dsr.commands"] = [point("dsr.commands", "gone", "services.gone.cli:gone")]
    assert "cannot be loaded" in CliRunner().invoke(cli.dsr, ["--help"]).output
    with pytest.raises(cli.NotLoadable, match="make setup"):
        CliRunner().invoke(cli.dsr, ["gone", "now"], catch_exceptions=False)


def test_the_help_lists_every_exit_code() -> None:
    output = CliRunner().invoke(cli.dsr, ["--help"], terminal_width=200).output
    for code, meaning in MEANINGS.items():
        assert f"{code:3}  {meaning}" in output


def test_check_tells_each_invariant_in_order(declared: dict[str, list[EntryPoint]]) -> None:
    declared["dsr.checks"] = [point("dsr.checks", "good", f"{__name__}:good")]
    result = CliRunner().invoke(cli.dsr, ["check", "--json"])
    assert result.exit_code == 0
    assert [finding["id"] for finding in json.loads(result.output)] == ["I4", "I10"]


def test_check_fails_if_one_invariant_does_not_hold(declared: dict[str, list[EntryPoint]]) -> None:
    declared["dsr.checks"] = [point("dsr.checks", name, f"{__name__}:{name}") for name in ("good", "bad")]
    result = CliRunner().invoke(cli.dsr, ["check"])
    assert result.exit_code == 1
    assert "VIOLATED" in result.output


def test_a_check_that_cannot_look_is_no_good_news(declared: dict[str, list[EntryPoint]]) -> None:
    declared["dsr.checks"] = [point("dsr.checks", name, f"{__name__}:{name}") for name in ("good", "blind")]
    with pytest.raises(cli.CheckFailed, match="Kafka is away"):
        CliRunner().invoke(cli.dsr, ["check"], catch_exceptions=False)


def test_the_topics_of_the_policy_are_listed_with_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_POLICY_DIR", str(PYPROJECT.parent / "deploy" / "policy"))
    told = json.loads(CliRunner().invoke(cli.dsr, ["topics", "list", "--json"], catch_exceptions=False).output)
    names = {topic["name"] for topic in told}
    assert {"registry.application.validated.v1", "intake.command.v1", "payments.report.bkash.v1"} <= names
    assert {topic["config"]["message.timestamp.type"] for topic in told} == {"LogAppendTime"}
    assert CliRunner().invoke(cli.dsr, ["topics", "list"], catch_exceptions=False).output.startswith("Topics")


def test_check_never_calls_it_well_when_nothing_was_looked_at(declared: dict[str, list[EntryPoint]]) -> None:
    with pytest.raises(cli.NothingToCheck):
        CliRunner().invoke(cli.dsr, ["check"], catch_exceptions=False)


def test_status_says_of_each_service_that_it_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("INTAKE", "SCORING", "DEDUP", "ENROLMENT", "PAYMENTS", "NOTIFY"):
        monkeypatch.setenv(f"DSR_{stage}_URL", "http://127.0.0.1:1")
    result = CliRunner().invoke(cli.dsr, ["status", "--json"])
    assert result.exit_code == 1
    assert [row["ready"] for row in json.loads(result.output)] == [False] * 6


@pytest.mark.parametrize(
    "declared_as",
    [EntryPoint(name, value, group) for group, names in DECLARED.items() for name, value in names.items()],
)
def test_every_declared_command_and_check_is_there(declared_as: EntryPoint) -> None:
    assert callable(cli.load(declared_as))


def test_a_defect_is_a_sentence_and_never_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise KeyError("1990123456789")

    with pytest.raises(SystemExit) as caught:
        guarded(broken)
    err = capsys.readouterr().err
    assert caught.value.code == 1
    assert "defect of the program (KeyError)" in err.splitlines()[-1]
    assert sys.exc_info()[0] is None
