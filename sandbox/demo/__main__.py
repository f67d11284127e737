"""``python -m sandbox.demo``: what ``make demo`` and ``make up`` run."""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console

from sandbox.demo.progress import Display
from sandbox.demo.report import show
from sandbox.demo.run import Demo, Options
from sandbox.demo.world import outside_world
from sandbox.deployment.deployment import Deployment, on_usual_ports, prepare, running
from sandbox.kafka.choose import local_or_given
from sandbox.ministries.feed import Feed
from sandbox.population.scenario import SCENARIOS
from sandbox.providers.accounts import write_accounts
from shared.observability import logs
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.service.exits import FAILED, guarded

FOLDER = Path("var/demo/run")
SUMMARY = Path("var/demo/summary.json")
POLICY = Path("deploy/policy")


def main() -> None:
    """Run the demo; exits with 1 if an invariant fails or a record is unaccounted for."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description="The whole chain on this machine.")
    parser.add_argument("--applications", type=int, default=10_000, help="how many applications are sent")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="mature", help="how bad the feed is")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another population")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    given = parser.parse_args()
    options = Options(given.applications, given.seed, given.scenario, SCENARIOS[given.scenario])
    logs.configure(level="error")
    # aiokafka tells of topics that were made a moment ago and of brokers that it asks again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # Wide enough for the tables where nobody looks at a terminal.
    console = Console(width=None if sys.stdout.isatty() else 120)
    shutil.rmtree(FOLDER, ignore_errors=True)
    good = _demo(options, given.keep, console)
    if not good:
        sys.exit(FAILED)


def _demo(options: Options, keep: bool, console: Console) -> bool:
    policy = load_policy(POLICY)
    accounts = FOLDER / "accounts.csv"
    today = policy_date(datetime.now(UTC))
    write_accounts(accounts, Feed(options.seed, options.scenario, policy, today, options.applications).truths())
    console.print("Starting Kafka, six services and the providers; their delays are compressed.")
    with local_or_given(os.environ.get("DSR_KAFKA"), FOLDER / "kafka") as bootstrap:
        prepared = on_usual_ports(asyncio.run(prepare(FOLDER, bootstrap, policy, POLICY)))
        with running(prepared) as deployment, outside_world(deployment, accounts, options.seed) as world:
            with Display(console, options.applications) as display:
                summary = asyncio.run(Demo(deployment, world, options, display).run())
            SUMMARY.parent.mkdir(parents=True, exist_ok=True)
            SUMMARY.write_bytes(orjson.dumps(summary.to_json(), option=orjson.OPT_INDENT_2))
            show(summary, policy, console)
            console.print(f"The same as data: {SUMMARY}")
            if keep:
                _stay(deployment, console)
    return not summary.faults


def _stay(deployment: Deployment, console: Console) -> None:
    """Print how to speak to it, and wait for Ctrl-C."""
    settings = deployment.settings()
    console.print("\n[bold]It goes on running. Services:[/]")
    for stage in deployment.services:
        console.print(f"  {stage:<10} {settings.url(stage)}   (/health/ready, /metrics, /openapi.json)")
    console.print(f"  Kafka      {deployment.bootstrap}")
    path = deployment.folder / "env.sh"
    lines = [f"export {name}='{value}'" for name, value in deployment.environment.items()]
    lines.append(f"export DSR_API_KEY_FILE='{deployment.secrets.key_file('operator')}'")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    console.print(f"To use dsr in another terminal: source {path}\nCtrl-C ends everything.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print("Stopping.")


if __name__ == "__main__":
    guarded(main)
