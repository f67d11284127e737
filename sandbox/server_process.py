"""A server program that the sandbox starts, waits for, and ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from shared.errors import DsrError

_LEASH = Path(__file__).with_name("leash.py")


class FolderUnusable(DsrError):
    """A folder for data cannot be made or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        self.reason = reason
        super().__init__(f"The data folder {folder} cannot be used: {reason}. Name a folder that can be written.")


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it.

    Raises:
        FolderUnusable: it is a file, lies below one, or may not be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise FolderUnusable(folder, "it may not be written")
    except OSError as error:
        reason = "it is a file" if folder.is_file() else (error.strerror or str(error)).lower()
        raise FolderUnusable(folder, reason) from error


class ServerProcess:
    """One run of a server: started here, in a session of its own, and never outliving this program.

    A session of its own keeps the terminal's Ctrl-C from it: who started it decides when it ends. Should this
    program die without ending it, a leash does (see ``sandbox/leash.py``; Linux only).
    """

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        log: Path,
        environment: Mapping[str, str],
        keep_open: Collection[int] = (),
    ) -> None:
        """Start ``argv`` in ``folder`` with what ``environment`` adds to ours; its output is appended to ``log``.

        The descriptors of ``keep_open`` stay open in it until it ends: a lock on one of them lasts as long as it.
        """
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                list(argv),
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=keep_open,
            )
        self._leash = self._put_on_leash()

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended by itself, for at most ``seconds``; say whether it has."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def ask_to_stop(self) -> None:
        """Ask it to end (SIGTERM) without waiting, so that several can end side by side."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float) -> None:
        """Ask it to end (SIGTERM); end it (SIGKILL) where it has not after ``seconds``."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)
            if not self.wait(seconds):
                self._process.kill()
        self._reap()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        if self.exit_code is None:
            self._process.kill()
        self._reap()

    def log_tail(self, lines: int = 8) -> str:
        """The last lines that this run has written, without Java's stack frames, and none longer than a few rows."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            text = log.read().decode(errors="replace")
        told = [line[:300] for line in text.splitlines() if line.strip() and not line.startswith("\tat ")]
        return "\n".join(told[-lines:])

    def _put_on_leash(self) -> subprocess.Popen[bytes] | None:
        if not hasattr(os, "pidfd_open"):
            return None
        server = os.pidfd_open(self._process.pid)
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH), str(server), "15"],
                stdin=subprocess.PIPE,
                start_new_session=True,
                pass_fds=[server],
            )
        finally:
            os.close(server)

    def _reap(self) -> None:
        self._process.wait()
        if self._leash is not None and self._leash.stdin is not None:
            self._leash.stdin.close()
            self._leash.wait()  # it ends with the server
