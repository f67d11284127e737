"""The services' processes: two of each, and what can be done to one."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import httpx

from sandbox.chaos.orders import ORDER_VARIABLE, Act, Boundary, give, withdraw
from sandbox.chaos.schedule import ADDED, INSTANCES
from sandbox.deployment.deployment import ROOT, Deployment, log_of
from sandbox.ports import LOOPBACK, free_ports
from sandbox.server_process import ServerProcess
from shared.errors import DsrError
from shared.topics import STAGES

READY_S = 180.0
KAFKA_WAIT_S = 150.0
"""Of a start while Kafka is away, which comes back slowly where many processes share few cores."""
STOP_S = 30.0
OBEY_S = 12.0
"""An order that finds no batch at its boundary for so long is withdrawn."""
ENDINGS_MAX = 3
"""So often an instance that ends by itself is started again."""
_POLL_S = 0.05
_ASK_S = 0.3


class InstanceNotReady(DsrError):
    """An instance was started and did not become ready."""

    def __init__(self, name: str, seconds: float, missing: str, log: Path) -> None:
        self.name = name
        super().__init__(f"{name} was not ready {seconds:g} s after its start: {missing}. Its log is {log}.")


class Exit(NamedTuple):
    """A process that ended though nobody had ended it, or not as it should have."""

    name: str
    code: int | None
    tail: str


class KeepsEnding(DsrError):
    """An instance ends by itself again and again: nothing can be learned from that."""

    def __init__(self, gone: Exit, log: Path) -> None:
        self.gone = gone
        super().__init__(
            f"{gone.name} has ended by itself {ENDINGS_MAX + 1} times, at last with exit code {gone.code}. "
            f"The last lines of {log}:\n{gone.tail}"
        )


class Instance:
    """One instance of a service, over all its processes."""

    def __init__(self, deployment: Deployment, stage: str, instance: str, port: int, orders: Path) -> None:
        self.stage, self.instance, self.port = stage, instance, port
        self.name = f"{stage}-{instance}"
        """Also its member's name in the stage's group."""
        self.log = log_of(deployment.folder, self.name)
        self._order = orders / self.name
        self._environment = {
            **deployment.environment,
            "DSR_INSTANCE": instance,
            "DSR_KAFKA_WAIT_S": str(KAFKA_WAIT_S),
            f"DSR_{stage.upper()}_PORT": str(port),
            ORDER_VARIABLE: str(self._order),
        }
        self._process: ServerProcess | None = None
        self._is_to_end = False

    @property
    def runs(self) -> bool:
        """Whether it has a process, be it frozen."""
        return self._process is not None and self._process.exit_code is None

    @property
    def gone(self) -> Exit | None:
        """How it ended, if it did by itself."""
        if self._is_to_end or self._process is None or self._process.exit_code is None:
            return None
        return Exit(self.name, self._process.exit_code, self._process.log_tail())

    def set_policy(self, folder: Path) -> None:
        """From its next start on."""
        self._environment["DSR_POLICY_DIR"] = str(folder)

    def start(self) -> None:
        """Start it; nothing if it runs."""
        if not self.runs:
            withdraw(self._order)
            self._is_to_end = False
            argv = [sys.executable, "-m", "sandbox.chaos.launch", self.stage]
            self._process = ServerProcess(argv, ROOT, self.log, self._environment)

    async def ready(self, seconds: float = READY_S) -> None:
        """Return when it answers that it is ready, or has ended. Raises ``InstanceNotReady``."""
        until, missing = monotonic() + seconds, "it does not answer"
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while self.runs:
                try:
                    answer = await client.get(f"http://{LOOPBACK}:{self.port}/health/ready")
                    if answer.is_success:
                        return
                    missing = " ".join(answer.json().get("missing", {}).values())
                except (httpx.HTTPError, ValueError):
                    missing = "it does not answer"
                if monotonic() > until:
                    raise InstanceNotReady(self.name, seconds, missing, self.log)
                await asyncio.sleep(_ASK_S)

    def kill(self) -> None:
        """SIGKILL, which ends a frozen one, too."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
        withdraw(self._order)

    async def kill_at(self, boundary: Boundary) -> bool:
        """Have it kill itself there; says whether it came there in time, and kills it otherwise."""
        self._is_to_end = True
        give(self._order, Act.DIE, boundary)
        until = monotonic() + OBEY_S
        while monotonic() < until:
            if not self.runs:
                break
            await asyncio.sleep(_POLL_S)
        obeyed = not self.runs
        self.kill()
        return obeyed

    async def freeze_at(self, boundary: Boundary) -> bool:
        """Have it freeze there; says whether it came there in time, and freezes it otherwise."""
        assert self._process is not None, "only what runs can freeze"
        give(self._order, Act.FREEZE, boundary)
        until = monotonic() + OBEY_S
        while self.runs and monotonic() < until:
            if _is_stopped(self._process.pid):
                return True
            await asyncio.sleep(_POLL_S)
        withdraw(self._order)
        self.signal(signal.SIGSTOP)
        return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process, if it has one."""
        if self._process is not None and self._process.exit_code is None:
            os.kill(self._process.pid, number)

    async def stop(self, seconds: float = STOP_S) -> Exit | None:
        """End it in good order (SIGTERM). What it says if it did not end well."""
        process, self._process = self._process, None
        if process is None:
            return None
        await asyncio.to_thread(process.stop, seconds)
        return Exit(self.name, process.exit_code, process.log_tail()) if process.exit_code else None


def _is_stopped(pid: int) -> bool:
    """Whether a process of this machine is frozen (proc(5): the state comes after the name in parentheses)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "T"


class Fleet:
    """All instances; a third one of each stage stands by and is not started."""

    def __init__(self, deployment: Deployment, orders: Path) -> None:
        orders.mkdir(parents=True, exist_ok=True)
        self._endings: Counter[str] = Counter()
        names = [(stage, instance) for stage in STAGES for instance in (*INSTANCES, ADDED)]
        self._instances = {
            (stage, instance): Instance(deployment, stage, instance, port, orders)
            for (stage, instance), port in zip(names, free_ports(len(names)), strict=True)
        }

    def of(self, stage: str, instance: str) -> Instance:
        """One of them."""
        return self._instances[stage, instance]

    def __iter__(self) -> Iterator[Instance]:
        return iter(self._instances.values())

    def ports(self, instance: str) -> Mapping[str, str]:
        """The settings by which a client finds the instances of this name."""
        return {f"DSR_{stage.upper()}_PORT": str(self._instances[stage, instance].port) for stage in STAGES}

    def logs(self) -> list[Path]:
        """The logs of those that were ever started."""
        return [each.log for each in self._instances.values() if each.log.exists()]

    async def start(self) -> None:
        """Start two of each and wait until all are ready."""
        chosen = [self._instances[stage, instance] for instance in INSTANCES for stage in STAGES]
        for each in chosen:
            each.start()
        await asyncio.gather(*(each.ready() for each in chosen))

    def ended(self) -> list[Exit]:
        """Those that ended by themselves; they are started again, as a supervisor would. Raises ``KeepsEnding``."""
        found = []
        for each in self._instances.values():
            if (gone := each.gone) is not None:
                found.append(gone)
                self._endings[each.name] += 1
                if self._endings[each.name] > ENDINGS_MAX:
                    raise KeepsEnding(gone, each.log)
                each.start()
        return found

    async def stop(self) -> list[Exit]:
        """Stop all in good order; how those ended that did not do so well."""
        ends = await asyncio.gather(*(each.stop() for each in self._instances.values()))
        return [end for end in ends if end is not None]

    def kill(self) -> None:
        """End all at once, however they are."""
        for each in self._instances.values():
            each.kill()
