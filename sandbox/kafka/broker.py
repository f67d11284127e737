"""A Kafka of one node (KRaft, broker and controller in one process) that listens on the loopback address only."""

import base64
import fcntl
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sandbox.kafka.errors import FolderInUse, JavaMissing, KafkaDidNotStart, KafkaMissing, KafkaNotAnswering
from sandbox.kafka.properties import JVM_OPTIONS, server_properties
from sandbox.kafka.ready import wait_until_ready
from sandbox.ports import LOOPBACK, free_ports, require_free
from sandbox.server_process import FolderUnusable, ServerProcess, make_folder

# Where `make setup` puts the jars (deploy/local/kafka/fetch.sh).
JARS: Final = Path(__file__).parents[2] / "var" / "kafka" / "libs"

_FORMAT_SECONDS: Final = 60.0


class LocalKafka:
    """An Apache Kafka that belongs to this program: a context manager, or ``start`` and ``stop``.

    Its data lie under ``directory`` and are found again by the next one of the same directory. A port that is not
    given is chosen at the first start and kept for all later ones of this object, so clients find it again.
    """

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        jars: Path = JARS,
        start_seconds: float = 60.0,
        stop_seconds: float = 30.0,
        also: Mapping[str, str] | None = None,
    ) -> None:
        """``also`` are further settings of the broker, as Kafka spells them."""
        self._also = dict(also or {})
        self._directory = directory.absolute()
        self._port = port
        self._jars = jars
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._process: ServerProcess | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, ``host:port``; known once it has been started."""
        if self._port is None:
            raise RuntimeError("a LocalKafka has no address before its first start")
        return f"{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the broker that runs."""
        if self._process is None:
            raise RuntimeError("this LocalKafka does not run")
        return self._process.pid

    @property
    def log(self) -> Path:
        """The file with everything that the broker has written, over all its runs."""
        return self._directory / "kafka.log"

    def start(self) -> None:
        """Format the directory if it is new, start the broker, and wait until it answers (about 3 seconds).

        Raises:
            JavaMissing, KafkaMissing: what it runs with is not here.
            FolderUnusable: the directory cannot be made or written.
            FolderInUse: another Kafka runs on the directory.
            PortTaken: another program has the port.
            KafkaDidNotStart: it ended or did not answer in time, with the end of its log.
        """
        if self._process is not None:
            return
        java = _java()
        if not any(self._jars.glob("kafka_*.jar")):
            raise KafkaMissing(self._jars)
        make_folder(self._directory)
        make_folder(self._directory / "tmp")
        lock = self._lock()
        try:
            self._process = self._launch(java, lock)
        finally:
            os.close(lock)  # the broker holds it now, for as long as it lives
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """End it in good order (SIGTERM), or by SIGKILL where that takes too long. Nothing if it does not run."""
        if self._process is not None:
            self._process.stop(self._stop_seconds)
            self._process = None

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), for tests of faults; ``start`` brings it back with its data."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """Stop it in good order and start it again at the same address with the same data."""
        self.stop()
        self.start()

    def wait(self) -> None:
        """Wait until the broker ends by itself.

        Raises:
            KafkaDidNotStart: it has ended, with the end of its log.
        """
        if self._process is not None:
            self._process.wait()
            raise KafkaDidNotStart("has ended by itself", self.log, self._process.log_tail())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _lock(self) -> int:
        # Kafka's own lock comes too late: the second one has read the metadata log by then, and found it corrupt.
        lock = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise FolderInUse(self._directory) from error
        return lock

    def _launch(self, java: str, lock: int) -> ServerProcess:
        if self._port is None:
            self._port, controller_port = free_ports(2)
        else:
            require_free(self._port)
            (controller_port,) = free_ports(1)
        self._write_properties(self._port, controller_port)
        command = [java, *JVM_OPTIONS, "-cp", f"{self._jars}/*"]
        if not (self._directory / "data" / "meta.properties").exists():
            self._format(command, lock)
        return self._run([*command, "kafka.Kafka", "server.properties"], lock)

    def _write_properties(self, port: int, controller_port: int) -> None:
        text = server_properties(port, controller_port) + "".join(f"{key}={at}\n" for key, at in self._also.items())
        try:
            (self._directory / "server.properties").write_text(text)
        except OSError as error:
            raise FolderUnusable(self._directory, (error.strerror or str(error)).lower()) from error

    def _format(self, command: list[str], lock: int) -> None:
        options = ["-t", _new_cluster_id(), "-c", "server.properties", "--ignore-formatted"]
        tool = self._run([*command, "kafka.tools.StorageTool", "format", *options], lock)
        try:
            in_time = tool.wait(_FORMAT_SECONDS)
        finally:
            tool.kill()
        if not in_time or tool.exit_code != 0:
            raise KafkaDidNotStart("could not format its data folder", self.log, tool.log_tail())

    def _run(self, command: list[str], lock: int) -> ServerProcess:
        # Java decodes its working directory by the locale: without UTF-8 it fails in a folder with a Bangla name.
        return ServerProcess(command, self._directory, self.log, {"LC_ALL": "C.UTF-8"}, keep_open=[lock])

    def _wait_until_ready(self, process: ServerProcess) -> None:
        try:
            wait_until_ready(self.bootstrap, self._start_seconds, lambda: process.exit_code is not None)
        except KafkaNotAnswering as error:
            what = (
                f"did not answer within {self._start_seconds:g} seconds"
                if process.exit_code is None
                else f"ended with code {process.exit_code} while it started"
            )
            self.kill()
            raise KafkaDidNotStart(what, self.log, process.log_tail()) from error
        except BaseException:  # Ctrl-C while it starts leaves nothing running
            self.kill()
            raise


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if java is None:
        raise JavaMissing
    return java


def _new_cluster_id() -> str:
    """A fresh id as Kafka writes them: 16 bytes in URL-safe base64; a dash in front would read as an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if not text.startswith("-"):
            return text
