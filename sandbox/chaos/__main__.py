"""``python -m sandbox.chaos``: what ``make chaos`` runs."""

import argparse
import logging
import signal
import sys
from pathlib import Path

import orjson
from rich.console import Console

from sandbox.chaos.report import show
from sandbox.chaos.run import Options, run
from shared.observability import logs
from shared.service.exits import FAILED, guarded

FOLDER = Path("var/chaos/run")
REPORT = Path("var/chaos/report.json")
LONGEST_MINUTES = 60.0


def main() -> None:
    """Run the chaos; exits with 1 if anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.chaos", description="Prove that nothing is lost or twice.")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other faults at other moments")
    parser.add_argument("--minutes", type=_minutes, default=5.0, help="how long it is shaken, from 1 (default 5)")
    given = parser.parse_args()
    logs.configure(level="error")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that Kafka is away is part of the plan
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console(width=None if sys.stdout.isatty() else 120)
    report = run(Options(given.seed, given.minutes * 60, FOLDER), console)
    content = orjson.dumps(report.to_json(), option=orjson.OPT_INDENT_2) + b"\n"
    for path in (REPORT, REPORT.with_stem(f"report-{given.seed}")):  # so that ten seeds leave ten reports
        path.write_bytes(content)
    show(report, console)
    console.print(f"The same as data: {REPORT}. Logs and stores: {FOLDER}.")
    if not report.good:
        sys.exit(FAILED)


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 1.0 <= minutes <= LONGEST_MINUTES:
        raise argparse.ArgumentTypeError(f"from 1 to {LONGEST_MINUTES:g}, not {text}")
    return minutes


if __name__ == "__main__":
    guarded(main)
