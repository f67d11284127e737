"""Starts the six services as processes of this machine, waits until all are ready, and stops them."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import httpx

from sandbox.deployment.secrets import Secrets, make_secrets
from sandbox.ports import free_ports, is_free
from sandbox.server_process import ServerProcess, make_folder
from shared import settings as settings_module
from shared import topics
from shared.errors import DsrError
from shared.http.client import Client, Unreachable
from shared.kafka.admin import create_topics
from shared.kafka.reading import log_bounds
from shared.policy import Policy
from shared.settings import Settings
from shared.stage.ports import KafkaAway

READY_S = 90.0
TOPICS_S = 60.0
STOP_S = 20.0
_POLL_S = 0.2
REPORT_WAIT_FACTOR = 5e-5
"""The sandbox's providers answer in seconds: a day that a provider has for its report is 4.3 s here."""
_USUAL_PORTS = {stage: Settings.model_fields[f"{stage}_port"].default for stage in topics.STAGES}
ROOT = Path(__file__).resolve().parents[2]


class ServiceEnded(DsrError):
    """A service ended while the deployment was to run."""

    def __init__(self, stage: str, exit_code: int | None, tail: str, log: Path) -> None:
        self.stage, self.log = stage, log
        super().__init__(f"The service {stage} ended (exit code {exit_code}). The last lines of {log}:\n{tail}")


class NotReady(DsrError):
    """Services did not become ready in time."""

    def __init__(self, missing: Mapping[str, str], seconds: float, logs: Path) -> None:
        self.missing = dict(missing)
        lines = "".join(f"\n  {stage}: {what}" for stage, what in missing.items())
        super().__init__(f"Not ready after {seconds:g} s:{lines}\nTheir logs are in {logs}.")


class KafkaInUse(DsrError):
    """The given Kafka holds records of another run, which a new store knows nothing of."""

    exit_code = 3

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(
            f"The Kafka of DSR_KAFKA already holds records in {topic}. A new run needs one without them: delete its "
            "topics and groups, or unset DSR_KAFKA to use a local one."
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running system. ``environment`` is what a command such as ``dsr`` needs to speak to it."""

    folder: Path
    bootstrap: str
    policy: Policy
    secrets: Secrets
    environment: Mapping[str, str]
    services: Mapping[str, ServerProcess]

    def settings(self, principal: str = "operator") -> Settings:
        """The deployment's settings, as this principal would have them."""
        given = {name.removeprefix("DSR_").lower(): value for name, value in self.environment.items()}
        return settings_module.Settings(**{**given, "api_key": self.secrets.keys[principal]})  # type: ignore[arg-type]

    def client(self, principal: str = "operator") -> Client:
        """An HTTP client with a principal's key; a context manager."""
        return Client(self.settings(principal))

    def require_alive(self) -> None:
        """Raise ``ServiceEnded`` if a service has ended."""
        for stage, process in self.services.items():
            if process.exit_code is not None:
                raise ServiceEnded(stage, process.exit_code, process.log_tail(), log_of(self.folder, stage))


def log_of(folder: Path, stage: str) -> Path:
    """The log file of a service."""
    return folder / "logs" / f"{stage}.log"


def environment_of(
    folder: Path, bootstrap: str, secrets: Secrets, policy_dir: Path, report_wait_factor: float = REPORT_WAIT_FACTOR
) -> dict[str, str]:
    """The ``DSR_*`` variables of a local deployment, on ports that are free, so that several can start at once."""
    return {
        "DSR_KAFKA": bootstrap,
        "DSR_STORE": f"sqlite:///{folder / 'data'}",
        "DSR_POLICY_DIR": str(policy_dir),
        "DSR_KEYS_FILE": str(secrets.keys_file),
        "DSR_PSEUDONYM_KEY_FILE": str(secrets.pseudonym_key_file),
        "DSR_MANIFEST_KEY_FILE": str(secrets.manifest_key_file),
        "DSR_LOG_FORMAT": "json",
        "DSR_REPORT_WAIT_FACTOR": str(report_wait_factor),
        **_ports(dict(zip(topics.STAGES, free_ports(len(topics.STAGES)), strict=True))),
    }


def on_usual_ports(prepared: Deployment) -> Deployment:
    """The deployment on the ports that the documents name, if all of them are free; for one that people look at."""
    if not all(is_free(port) for port in _USUAL_PORTS.values()):
        return prepared
    return replace(prepared, environment={**prepared.environment, **_ports(_USUAL_PORTS)})


def _ports(ports: Mapping[str, int]) -> dict[str, str]:
    return {f"DSR_{stage.upper()}_PORT": str(port) for stage, port in ports.items()}


async def prepare(
    folder: Path,
    bootstrap: str,
    policy: Policy,
    policy_dir: Path,
    report_wait_factor: float = REPORT_WAIT_FACTOR,
) -> Deployment:
    """Secrets and topics, no service yet. Raises ``KafkaInUse`` if the topics hold records already.

    ``report_wait_factor`` is the share of the time that policy gives providers after which payments asks them.
    """
    secrets = make_secrets(folder / "secrets", policy)
    all_topics = topics.all_topics(policy.sources, policy.providers)
    until = monotonic() + TOPICS_S
    while True:
        try:
            await create_topics(bootstrap, all_topics)
            ends = await log_bounds(bootstrap, [topic.name for topic in all_topics])
            break
        except KafkaAway:  # one that has just started, on a busy machine, and is to make hundreds of partitions
            if monotonic() > until:
                raise
    for (topic, _), bounds in ends.items():
        if bounds.end > 0:
            raise KafkaInUse(topic)
    make_folder(folder / "data")
    make_folder(folder / "logs")
    environment = environment_of(folder, bootstrap, secrets, policy_dir, report_wait_factor)
    return Deployment(folder, bootstrap, policy, secrets, environment, {})


@contextmanager
def running(prepared: Deployment, stages: Sequence[str] = topics.STAGES) -> Iterator[Deployment]:
    """Run the services until the end of the block; ready when it is entered. Raises ``NotReady``, ``ServiceEnded``."""
    with ExitStack() as stack:
        services: dict[str, ServerProcess] = {}
        stack.callback(_stop_all, services)
        for stage in stages:
            services[stage] = start_service(prepared, stage)
        deployment = Deployment(
            prepared.folder,
            prepared.bootstrap,
            prepared.policy,
            prepared.secrets,
            prepared.environment,
            services,
        )
        wait_until_ready(deployment)
        yield deployment


def start_service(deployment: Deployment, stage: str) -> ServerProcess:
    """Start one service of a deployment."""
    return ServerProcess(
        [sys.executable, "-m", f"services.{stage}"],
        ROOT,
        log_of(deployment.folder, stage),
        dict(deployment.environment),
    )


def wait_until_ready(deployment: Deployment, seconds: float = READY_S) -> None:
    """Return when every service answers that it is ready."""
    until = monotonic() + seconds
    waiting = list(deployment.services)
    missing: dict[str, str] = {}
    with deployment.client() as client:
        while waiting:
            deployment.require_alive()
            stage = waiting[0]
            try:
                missing = dict(client.readiness(stage))
            except (Unreachable, httpx.HTTPError):
                missing = {stage: "it does not answer"}
            if not missing:
                waiting.pop(0)
            elif monotonic() > until:
                raise NotReady({stage: " ".join(missing.values())}, seconds, deployment.folder / "logs")
            else:
                sleep(_POLL_S)


def _stop_all(services: Mapping[str, ServerProcess]) -> None:
    for process in services.values():
        process.ask_to_stop()
    for process in services.values():
        process.stop(STOP_S)
