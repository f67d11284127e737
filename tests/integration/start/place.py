"""A deployment in a folder of its own of which a test starts single services, and reads how they end."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

import httpx
import orjson

from sandbox.deployment.deployment import ROOT, Deployment, environment_of, log_of, start_service
from sandbox.deployment.secrets import make_secrets
from sandbox.server_process import ServerProcess, make_folder
from shared import topics
from shared.kafka.reading import committed_offsets, log_bounds
from shared.policy import Policy, load_policy

POLICY = ROOT / "deploy" / "policy"
END_S = 40.0
"""A service that is to end has ended by then, on two cores that other tests use, too."""
WAIT_S = 60.0
NOWHERE = "127.0.0.1:1"


class Ended(NamedTuple):
    """How a service ended: its exit code, what it wrote, and after how many seconds."""

    code: int | None
    said: str
    seconds: float

    @property
    def sentence(self) -> str:
        """What stands last, for a person to read: all that is no log line."""
        return "\n".join(line for line in self.said.splitlines() if not line.startswith("{"))


@dataclass(frozen=True)
class Place:
    """Folder, secrets and settings; ``with_`` changes settings by their name without ``DSR_``."""

    deployment: Deployment

    @classmethod
    def make(cls, folder: Path, bootstrap: str = NOWHERE, **settings: object) -> "Place":
        """Secrets and folders are made, nothing is started. Every port is one that nobody uses."""
        secrets = make_secrets(folder / "secrets", policy())
        make_folder(folder / "data")
        make_folder(folder / "logs")
        environment = environment_of(folder, bootstrap, secrets, POLICY)
        return cls(Deployment(folder, bootstrap, policy(), secrets, environment, {})).with_(**settings)

    def with_(self, **settings: object) -> "Place":
        """The same place under other settings."""
        given = {f"DSR_{name.upper()}": str(value) for name, value in settings.items()}
        bootstrap = str(settings.get("kafka", self.deployment.bootstrap))
        environment = {**self.deployment.environment, **given}
        return Place(replace(self.deployment, environment=environment, bootstrap=bootstrap))

    def start(self, stage: str) -> ServerProcess:
        """Start a service and do not wait for anything."""
        return start_service(self.deployment, stage)

    @contextmanager
    def running(self, stage: str) -> Iterator[ServerProcess]:
        """A service that is ready; killed at the end of the block if it still runs."""
        process = self.start(stage)
        try:
            until(lambda: process.exit_code is not None or self.missing(stage) == {}, f"{stage} to be ready")
            assert process.exit_code is None, self.said(stage)
            yield process
        finally:
            process.kill()

    def ended(self, process: ServerProcess, stage: str, within_s: float = END_S) -> Ended:
        """Wait until a service has ended by itself; one that has not is killed, and has no exit code."""
        begun = monotonic()
        code = process.exit_code if process.wait(within_s) else None
        process.kill()
        return Ended(code, self.said(stage), monotonic() - begun)

    def ends(self, stage: str) -> Ended:
        """Start a service that is to refuse its start."""
        return self.ended(self.start(stage), stage)

    def said(self, stage: str) -> str:
        """Everything that a service has written so far."""
        return log_of(self.deployment.folder, stage).read_text(encoding="utf-8")

    def lives(self, stage: str) -> bool:
        """Whether ``/health/live`` sees no reason to restart it."""
        url = self.deployment.settings().url(stage)
        return httpx.get(f"{url}/health/live", trust_env=False, timeout=5).status_code == 200

    def metrics(self, stage: str) -> str:
        """What Prometheus would read."""
        return httpx.get(f"{self.deployment.settings().url(stage)}/metrics", trust_env=False, timeout=5).text

    def dsr(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command of an operator's, with ``--json``."""
        environment = {**self.deployment.environment, "DSR_API_KEY": self.deployment.secrets.keys["operator"]}
        command = [sys.executable, "-m", "services.cli", *arguments, "--json"]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)

    def missing(self, stage: str) -> Mapping[str, str] | None:
        """What ``/health/ready`` says is missing; None while nobody answers."""
        try:
            answer = httpx.get(f"{self.deployment.settings().url(stage)}/health/ready", trust_env=False, timeout=5)
        except httpx.HTTPError:
            return None
        missing: Mapping[str, str] = orjson.loads(answer.content)["missing"]
        return missing


@cache
def policy() -> Policy:
    """The policy that ships."""
    return load_policy(POLICY)


def until(look: Any, what: str, within_s: float = WAIT_S) -> Any:
    """Look until what is seen is true, and give it; fails after ``within_s`` seconds."""
    deadline = monotonic() + within_s
    while not (seen := look()):
        assert monotonic() < deadline, f"waited in vain for {what}"
        sleep(0.05)
    return seen


async def progress(bootstrap: str, stage: str, names: Iterable[str]) -> tuple[int, int]:
    """How many records of these topics a stage has committed, and how many there are."""
    bounds = await log_bounds(bootstrap, list(names))
    committed = await committed_offsets(bootstrap, topics.GROUPS[stage])
    return sum(committed.get(where, 0) for where in bounds), sum(bound.end for bound in bounds.values())
