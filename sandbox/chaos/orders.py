"""How a run tells a service to die or to freeze at a chosen step: a file that the service's launcher looks for.

A random moment rarely hits the window between two steps of the runtime (design.md §4). The process itself knows when it
is there: it looks whether its order file names the step that it has just ended, and if so does it to itself.
"""

import contextlib
import os
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

ORDER_VARIABLE: Final = "DSR_SANDBOX_CHAOS_ORDER"


class Boundary(StrEnum):
    """A place between two steps of the runtime, by what has just been done."""

    FETCHED = "fetched"
    """Nothing of the batch was looked at."""
    READ = "read"
    """Records are decoded, nothing is decided."""
    DECISIONS = "decisions"
    """Some decisions are stored."""
    DECIDED = "decide"
    """All decisions are stored, no fate."""
    FATES = "fates"
    """All fates are stored, nothing is published."""
    RECORDED = "record"
    """The same, and what to publish is known."""
    PUBLISHED = "publish"
    """All is acknowledged, no offset committed."""


class Act(StrEnum):
    """What the process does to itself."""

    DIE = "die"
    FREEZE = "freeze"


_SIGNALS = {Act.DIE: signal.SIGKILL, Act.FREEZE: signal.SIGSTOP}


def give(path: Path, act: Act, boundary: Boundary) -> None:
    """Order the process that looks at ``path`` to do this at the next such boundary."""
    written = path.with_suffix(".new")
    written.write_text(f"{act} {boundary}", encoding="ascii")
    written.replace(path)  # never seen half written


def withdraw(path: Path) -> None:
    """Take an order back that was not carried out; harmless if there is none."""
    path.unlink(missing_ok=True)


def obeying(path: Path) -> Callable[[str], None]:
    """What a launcher calls at each boundary: does what is ordered for it, once."""

    def reached(boundary: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            act, _, wanted = path.read_text(encoding="ascii").partition(" ")
            if wanted == boundary:
                path.unlink()
                os.kill(os.getpid(), _SIGNALS[Act(act)])

    return reached
