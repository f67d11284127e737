"""``make bench-payments``: every part in a process of its own, one after the other; fails if a bar is missed."""

import subprocess
import sys
from pathlib import Path

from bench.payments.result import PATH

PARTS = ("account_changes", "release", "check_and_trace", "lives", "kills")


def main() -> int:
    """Run the parts that are there; the exit code says whether all bars hold."""
    PATH.unlink(missing_ok=True)
    here = Path(__file__).parent
    missed = [
        part
        for part in PARTS
        if (here / f"{part}.py").exists()
        and subprocess.run([sys.executable, "-m", f"bench.payments.{part}"], check=False).returncode
    ]
    if missed:
        sys.stderr.write(f"A bar is missed in: {', '.join(missed)}.\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
