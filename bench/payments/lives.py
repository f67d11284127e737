"""10,000 whole lives of payments against honest providers: ``python -m bench.payments.lives``."""

import os
import subprocess
import sys
from time import perf_counter

import click

from bench.payments.result import Bar, record

TEST = "tests/unit/payments/test_lives.py"


@click.command()
@click.option("--lives", type=click.IntRange(1), default=10_000, show_default=True)
def main(lives: int) -> None:
    """Run the model-based test with so many lives, on both cores; the figures go into var/bench/payments.json."""
    started = perf_counter()
    half = lives // 2
    running = [
        subprocess.Popen([sys.executable, "-m", "pytest", TEST, "-q"], env={**os.environ, "DSR_TEST_LIVES": part})
        for part in (f"0-{half}", f"{half}-{lives}")
    ]
    codes = [process.wait() for process in running]
    broken = any(codes)
    figures = {"lives": lives, "broken": broken, "seconds": round(perf_counter() - started, 1)}
    held = "broken" if broken else "none broken"
    sys.exit(0 if record("lives", figures, [Bar(f"{lives:,} lives of payments", held, not broken)]) else 1)


if __name__ == "__main__":
    main()
