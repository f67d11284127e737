"""``make bench-payments``: every part in a process of its own, one after the other; fails if a bar is missed."""

import subprocess
import sys
from time import perf_counter

from bench.payments.result import PATH, recorded, table

PARTS = ("account_changes", "release", "check_and_trace", "lives", "kills")


def main() -> int:
    """Run all parts, and show the bars; the exit code says whether all hold."""
    PATH.unlink(missing_ok=True)
    missed: list[str] = []
    for part in PARTS:
        started = perf_counter()
        code = subprocess.run([sys.executable, "-m", f"bench.payments.{part}"], check=False).returncode
        sys.stdout.write(f"{part}: {perf_counter() - started:.0f} s\n")
        sys.stdout.flush()
        if code:
            missed.append(part)
    sys.stdout.write(table(recorded()) + "\n")
    if missed:
        sys.stderr.write(f"A bar is missed in: {', '.join(missed)}.\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
