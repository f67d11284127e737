"""A server for the wire test of the Mongo adapter; production uses MongoDB itself."""

import socket
import time
from pathlib import Path
from typing import Final

from sandbox.mongo.build import built_server
from sandbox.mongo.errors import MongoDidNotStart
from sandbox.ports import LOOPBACK, free_ports
from sandbox.server_process import ServerProcess, make_folder

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0


class LocalMongo:
    """FerretDB on a free port of the loopback address, with its data under ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._port: int | None = None
        self._process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """Its address for clients; known once it has been started."""
        if self._port is None:
            raise RuntimeError("a LocalMongo has no address before its first start")
        return f"mongodb://{LOOPBACK}:{self._port}/"

    def start(self) -> None:
        """Build it if need be (a minute, once), start it, and wait until it listens.

        Raises:
            MongoUnavailable: why there is none.
            FolderUnusable: the directory cannot be made or written.
        """
        if self._process is not None:
            return
        program = built_server()
        make_folder(self._directory / "data")
        if self._port is None:
            (self._port,) = free_ports(1)
        self._process = ServerProcess(
            [str(program), f"{LOOPBACK}:{self._port}", "data"], self._directory, self._directory / "ferretdb.log", {}
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._listens():
            if self._process.wait(0.05) or time.monotonic() > deadline:
                tail = self._process.log_tail()
                self.kill()
                raise MongoDidNotStart(tail)

    def stop(self) -> None:
        """End it in good order. Nothing if it does not run."""
        if self._process is not None:
            self._process.stop(_STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End it as a crash would (SIGKILL); ``start`` brings it back with its data."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _listens(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self._port or 0), timeout=1).close()
        except OSError:
            return False
        return True
