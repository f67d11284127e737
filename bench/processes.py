"""What a process has used so far, from Linux' /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """``cpu_s``: user and system time of all threads, seconds. ``rss_mb``: the most that was ever resident, MB."""

    cpu_s: float
    rss_mb: float


def usage(pid: int) -> Usage:
    """The usage of a running process of ours."""
    folder = Path("/proc") / str(pid)
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    peak_kb = next(
        int(line.split()[1]) for line in (folder / "status").read_text().splitlines() if line.startswith("VmHWM:")
    )
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS_PER_S, peak_kb / 1_024)
