"""How the commands of ``dsr dlq`` are told which letters: by name, by code, source and time."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import click

from shared import topics
from shared.errors import DsrError

DHAKA = ZoneInfo("Asia/Dhaka")
_AGO = re.compile(r"([0-9]{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class WrongLetter(DsrError):
    """What was given is no name of a dead letter."""

    exit_code = 2

    def __init__(self, given: str) -> None:
        self.given = given
        super().__init__(
            f"{given[:80]} names no dead letter. A name is topic/partition/offset, as dsr dlq list shows it."
        )


class NothingNamed(DsrError):
    """No letters were named: never all by oversight."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "Say which letters: name them, narrow them with --code, --source, --since, --until, or say --all."
        )


class Moment(click.ParamType[datetime]):
    """A time: ISO 8601 (in Bangladesh's time where it names no zone), or how long ago: 90m, 24h, 7d."""

    name = "time"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment; an error of usage if it is none."""
        if (ago := _AGO.fullmatch(value)) is not None:
            return self._now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("give a date or a time as 2026-11-22T14:30, or how long ago as 90m, 24h or 7d", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=DHAKA)


class Filter(NamedTuple):
    """Which letters, as query parameters."""

    params: Mapping[str, str]

    @classmethod
    def of(cls, code: str | None, source: str | None, since: datetime | None, until: datetime | None) -> "Filter":
        """Those that are given."""
        given = {
            "code": code,
            "source": source,
            "since": None if since is None else since.isoformat(),
            "until": None if until is None else until.isoformat(),
        }
        return cls({name: value for name, value in given.items() if value is not None})


def narrowing(command: Callable[..., None]) -> Callable[..., None]:
    """The options that narrow down which letters; given to the command as code, source, since and until."""
    for option in (
        click.option("--until", type=Moment(), help="Put aside before then."),
        click.option("--since", type=Moment(), help="Put aside then or later: 2026-11-22T14:30, or 90m, 24h, 7d ago."),
        click.option("--source", help="Only of this source, provider or topic.", metavar="CODE"),
        click.option("--code", help="Only with this reason, as the list shows it.", metavar="CODE"),
    ):
        command = option(command)
    return command


STAGE = click.argument("stage", type=click.Choice(topics.STAGES))


def path_of(letter: str) -> str:
    """Where a service shows the letter of this name; raises ``WrongLetter``."""
    topic, _, rest = letter.partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic and partition.isdecimal() and offset.isdecimal()):
        raise WrongLetter(letter)
    return f"/v1/dead-letters/{topic}/{int(partition)}/{int(offset)}"
