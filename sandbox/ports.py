"""TCP ports of this machine for the servers that the sandbox starts."""

import errno
import random
import socket

from shared.errors import DsrError

LOOPBACK = "127.0.0.1"

# Below Linux' ephemeral range (32768-60999): a client that keeps dialling a server that is down could be given
# the server's own port for its side of the connection, reach itself, and keep the server from coming back.
FIRST, LAST = 10_000, 32_767


class PortTaken(DsrError):
    """Another program listens where a server was to listen."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"Port {port} on {LOOPBACK} is taken: stop what listens there, or name another port.")


class NoFreePort(DsrError):
    """No port of the sandbox' range is free."""

    def __init__(self) -> None:
        super().__init__(f"No port from {FIRST} to {LAST} on {LOOPBACK} is free: stop some of the servers there.")


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections of a server that has just ended do not count as one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def free_ports(count: int) -> list[int]:
    """Pick ``count`` different free ports, at random, so that two runs side by side seldom pick the same.

    Raises:
        NoFreePort: fewer are free.
    """
    found: list[int] = []
    for port in random.sample(range(FIRST, LAST + 1), LAST + 1 - FIRST):
        if is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise NoFreePort


def require_free(port: int) -> None:
    """Raise PortTaken unless ``port`` is free."""
    if not is_free(port):
        raise PortTaken(port)
