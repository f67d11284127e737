"""Everything that a deployment sets: the ``DSR_*`` environment variables, read once when a process starts.

Policy (sources, programmes, rates, models) is not here: it is data of its own, its hash on every decision.
``python -m shared.settings`` prints ``docs/configuration.md`` from this model.
"""

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import DsrError

PREFIX = "DSR_"
FOREIGN_PREFIXES = ("DSR_TEST_", "DSR_SANDBOX_", "DSR_DEMO_", "DSR_BENCH_")
"""Variables of the tests, the sandbox and the benches: not ours, so not unknown settings."""

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Share = Annotated[float, Field(gt=0, le=1)]


class Fault(NamedTuple):
    """One wrong setting: the variable's name, and what is wrong with it."""

    variable: str
    text: str


class SettingsInvalid(DsrError):
    """Settings are wrong; ``faults`` names every one of them. Nothing was started."""

    exit_code = 2

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        count = "One setting is" if len(faults) == 1 else f"{len(faults)} settings are"
        lines = "".join(f"\n  {fault.variable}: {fault.text}" for fault in faults)
        super().__init__(f"{count} wrong:{lines}\nAll settings are described in docs/configuration.md.")


def _bootstrap(value: str) -> str:
    for server in value.split(","):
        host, colon, port = server.strip().rpartition(":")
        if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("give host:port, or several separated by commas")
    return value.replace(" ", "")


def _store(value: str) -> str:
    if value.startswith("sqlite:///") and value != "sqlite:///":
        return value.rstrip("/")
    if value.startswith(("mongodb://", "mongodb+srv://")) and urlsplit(value).hostname:
        return value
    raise ValueError("give sqlite:///<folder> or mongodb://<host>:<port>")


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("give http://host:port or https://…")
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]


class Settings(BaseSettings):
    """The settings of any process of ours; frozen. Make it with ``load``, which names all faults at once."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True, extra="forbid")

    kafka: Annotated[str, AfterValidator(_bootstrap)] = Field(
        default="127.0.0.1:9092",
        description="Kafka's bootstrap servers, `host:port`, several separated by commas.",
    )
    kafka_wait_s: Seconds = Field(
        default=30.0,
        description="How long a service waits at its start for Kafka and the store before it gives up.",
    )
    store: Annotated[str, AfterValidator(_store)] = Field(
        default="sqlite:///var/data",
        description="Where decisions are kept. `sqlite:///<folder>` (`sqlite:////` and an absolute path): "
        "one file a service, `<folder>/<stage>.db`, for one machine. `mongodb://…`: one database a service, "
        "`dsr_<stage>` (or `<name>_<stage>` where the URL names a database), for several machines.",
    )
    store_cache_mb: int = Field(
        default=16,
        ge=2,
        le=4_096,
        description="What a service keeps of its SQLite file in memory at most, MiB, taken as it is needed. With 256, "
        "dedup takes some 7 % less CPU an event at a million people; at 100,000 the default is enough (decisions 0022, "
        "0024).",
    )
    policy_dir: Path = Field(default=Path("deploy/policy"), description="The folder of the policy files.")
    matching_model: Path = Field(
        default=Path("deploy/matching/bangladesh.json"),
        description="The model that duplicate detection compares people with; `dsr dedup train` makes one.",
    )
    keys_file: Path = Field(
        default=Path("var/secrets/api-keys.yaml"),
        description="API keys as SHA-256 by principal and role (YAML or JSON). Never part of the policy.",
    )
    pseudonym_key_file: Path = Field(
        default=Path("var/secrets/pseudonym.key"),
        description="The secret that ids of people and applications are made with. It is never rotated: with "
        "another key every id would change. Never part of the policy.",
    )
    manifest_key_file: Path = Field(
        default=Path("var/secrets/manifest.key"),
        description="The secret with which payments signs the manifests of frozen payrolls: at least 32 random bytes "
        "in hexadecimal digits. Who has it can check a manifest, and make one. Never part of the policy.",
    )
    instance: str = Field(
        default="1",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="The name of this instance of a service. Two that run at the same time need two names; "
        "one that restarts under its name is back at work at once.",
    )
    http_host: str = Field(default="127.0.0.1", min_length=1, description="The address services listen on.")
    intake_port: Port = Field(default=8101, description="HTTP port of intake; 0 takes any free one.")
    scoring_port: Port = Field(default=8102, description="HTTP port of scoring.")
    dedup_port: Port = Field(default=8103, description="HTTP port of dedup.")
    enrolment_port: Port = Field(default=8104, description="HTTP port of enrolment.")
    payments_port: Port = Field(default=8105, description="HTTP port of payments.")
    notify_port: Port = Field(default=8106, description="HTTP port of notify.")
    intake_url: Url | None = Field(default=None, description="Where `dsr` finds intake, if not on this machine.")
    scoring_url: Url | None = Field(default=None, description="Where `dsr` finds scoring, if not on this machine.")
    dedup_url: Url | None = Field(default=None, description="Where `dsr` finds dedup, if not on this machine.")
    enrolment_url: Url | None = Field(default=None, description="Where `dsr` finds enrolment, if not on this machine.")
    payments_url: Url | None = Field(default=None, description="Where `dsr` finds payments, if not on this machine.")
    notify_url: Url | None = Field(default=None, description="Where `dsr` finds notify, if not on this machine.")
    http_max_bytes: int = Field(
        default=8_388_608,
        ge=1024,
        le=1 << 30,
        description="The largest HTTP request body that is read, in bytes.",
    )
    api_key: SecretStr | None = Field(default=None, description="The API key that `dsr` presents.")
    api_key_file: Path | None = Field(
        default=None, description="A file that holds that key, if it is not in `DSR_API_KEY`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe level that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="`json` for machines, `console` for people; `auto` looks if stderr is a terminal.",
    )
    batch_records: int = Field(
        default=1_000,
        ge=1,
        le=10_000,
        description="The most records that a stage takes at a time (2,000 gain nothing more).",
    )
    breaker_window: int = Field(
        default=1_000,
        ge=1,
        le=1_000_000,
        description="The breaker looks at this many latest records of a consumer.",
    )
    breaker_share: Share = Field(
        default=0.5, description="The breaker opens when more than this share of the window are dead letters."
    )
    breaker_minimum: int = Field(
        default=50,
        ge=1,
        le=1_000_000,
        description="The breaker never opens for fewer dead letters than this.",
    )
    report_wait_factor: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Payments waits for a provider's report this share of the time that the policy gives it: 1 in "
        "production; a demonstration, whose providers answer in seconds, sets it near 0.",
    )
    lookups_per_minute: int = Field(
        default=60,
        ge=1,
        le=100_000,
        description="How many people a principal may look up in a minute, on average, at each instance of dedup.",
    )
    lookup_burst: int = Field(
        default=20, ge=1, le=10_000, description="How many of them at once, before the average counts."
    )
    stall_s: Seconds = Field(
        default=60.0,
        description="A consumer that has records to read and does not move for this long is reported.",
    )
    stop_s: Seconds = Field(
        default=20.0,
        description="How long a service that is told to stop (SIGTERM) may take to finish and commit the batch in "
        "hand; it has ended 11 s later at the latest. Set the orchestrator's grace period 15 s above it.",
    )

    def port(self, stage: str) -> int:
        """The HTTP port of a stage."""
        port: int = getattr(self, f"{stage}_port")
        return port

    def url(self, stage: str) -> str:
        """Where a client finds a stage, without a trailing slash."""
        url: str | None = getattr(self, f"{stage}_url")
        host = "127.0.0.1" if self.http_host in ("0.0.0.0", "::") else self.http_host  # noqa: S104
        return url or f"http://{host}:{self.port(stage)}"

    def store_url(self, stage: str) -> str:
        """The URL of the store that a stage owns, for ``shared.store.opening``; it may hold a password."""
        if self.store.startswith("sqlite:"):
            return f"{self.store}/{stage}.db"
        parts = urlsplit(self.store)
        return urlunsplit(parts._replace(path=f"/{parts.path.strip('/') or 'dsr'}_{stage}"))


def load(**overrides: Any) -> Settings:
    """Read the environment; ``overrides`` win over it. Raises ``SettingsInvalid`` with every fault."""
    unknown = tuple(_unknown(os.environ))
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsInvalid((*(_fault(detail) for detail in error.errors()), *unknown)) from None
    if unknown:
        raise SettingsInvalid(unknown)
    return settings


def _unknown(environ: Mapping[str, str]) -> Iterator[Fault]:
    """A misspelt variable would otherwise leave the default in force, unnoticed."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in sorted(environ):
        if name.startswith(PREFIX) and not name.startswith(FOREIGN_PREFIXES) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            yield Fault(name, "there is no such setting" + (f"; did you mean {near[0]}?" if near else ""))


def _fault(detail: ErrorDetails) -> Fault:
    name = str(detail["loc"][0])
    text = detail["msg"].removeprefix("Value error, ")
    secret = name in Settings.model_fields and Settings.model_fields[name].annotation == SecretStr | None
    # A store's URL may hold a password.
    given = "" if secret or name == "store" else f" (it is {str(detail['input'])[:80]!r})"
    return Fault(f"{PREFIX}{name.upper()}", text + given)


def page() -> str:
    """``docs/configuration.md``."""
    rows = "\n".join(
        f"| `{PREFIX}{name.upper()}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    )
    foreign = ", ".join(f"`{prefix}`" for prefix in FOREIGN_PREFIXES)
    return f"""# Configuration

Every process reads these environment variables once, when it starts. A wrong or unknown `DSR_*` variable
stops it with exit code 2 and one message that names all faults. Names that begin with {foreign}
belong to the tests, the sandbox and the benches. Paths are relative to the working directory.

What ministries decide (sources, programmes, rates, models, overlaps, providers) is not set here but in the
policy files.

| variable | default | meaning |
|---|---|---|
{rows}

This page is made from `shared/settings.py` by `python -m shared.settings`.
"""


def _shown(default: object) -> str:
    return "not set" if default is None else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(page())
