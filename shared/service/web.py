"""The HTTP side inside the service's own event loop."""

import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from shared.errors import DsrError
from shared.service.exits import USAGE

BACKLOG = 1024


class PortTaken(DsrError):
    """Another process listens there already."""

    exit_code = USAGE

    def __init__(self, host: str, port: int, setting: str, cause: str) -> None:
        self.host, self.port = host, port
        super().__init__(f"Cannot listen on {host}:{port} ({cause}). End what uses it, or set {setting}.")


class WebServer:
    """Uvicorn without its own signal handling, on a socket that was taken before anything else was started."""

    def __init__(self, app: FastAPI, host: str, port: int, setting: str, grace_s: float) -> None:
        """Takes the port at once, so that a service that cannot have it stops early: raises ``PortTaken``.

        ``setting`` is the variable to name when it is taken. Nobody is answered before ``run``.
        """
        self._socket = _take(host, port, setting)
        self.host, self.port = host, int(self._socket.getsockname()[1])
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, int(grace_s)),
            backlog=BACKLOG,
        )
        self._server = _Quiet(config)

    async def run(self) -> None:
        """Serve until ``stop``."""
        await self._server.serve([self._socket])

    def stop(self) -> None:
        """Take no new connections, finish what is being answered."""
        self._server.should_exit = True

    def close(self) -> None:
        """Let go of the port; harmless twice."""
        self._socket.close()


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The host handles signals: it must finish the batch in hand before it lets go."""
        yield


def _take(host: str, port: int, setting: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(host, port, "DSR_HTTP_HOST", error.strerror or "no such address") from None
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        # Listening, too, is what fails if another process has bound the port meanwhile.
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        cause = "the port is taken" if error.errno == errno.EADDRINUSE else error.strerror or "refused"
        raise PortTaken(host, port, setting, cause) from None
    taken.setblocking(False)
    return taken
