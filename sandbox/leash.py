"""Ends a server when the program that started it is gone, however it went (``kill -9`` included).

Run as a program of its own, beside the server: ``leash.py PIDFD SECONDS``. Its standard input is a pipe whose other
end only the starter holds, so end of file means that the starter is gone; then the server gets SIGTERM, and
SIGKILL after SECONDS. PIDFD is an inherited process descriptor, which never means another process that happens
to have got the same number. Linux' PR_SET_PDEATHSIG would do without a helper, but fires when the *thread* that
started the server ends.

Imports nothing but small parts of the standard library: it starts in milliseconds and lives as long as the server.
"""

import select
import signal
import sys


def main() -> None:
    """Wait for the server's end or the starter's, whichever comes first."""
    server, seconds = int(sys.argv[1]), float(sys.argv[2])
    starter = sys.stdin.fileno()
    poll = select.poll()
    poll.register(server, select.POLLIN)
    poll.register(starter, select.POLLIN)
    if server in dict(poll.poll()):
        return
    poll.unregister(starter)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            signal.pidfd_send_signal(server, number)
        except ProcessLookupError:
            return
        if poll.poll(seconds * 1000):
            return


if __name__ == "__main__":
    main()
