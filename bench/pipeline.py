"""``make bench``: applications a second through the whole chain, beside two references in the same run.

Every programme is made rolling with room for all, so that an application that qualifies goes all the way to a payment
and its report. The references are ``bench.reference``'s raw loops on the same broker: the same topics, messages,
headers and sizes as ours were found to be (``same_flow``), and five bare hops of one message each (``bare_hops``).
What is timed is the same for all three: from the first record sent to the last one written, on a Kafka that is warm by
then. A machine may change its speed between ours and the reference, so all of it is done in several turns, each on a
Kafka of its own, and the turn with the middle ratio counts.

The processor time of a service counts from when all were ready; what it took to start stands apart. In ours the
sandbox's providers parse and keep books, where the reference's hop in their place only copies. They share the
processors with the services, so that is in the ratio; their processor time stands beside. Reports that stand for days
and weeks later come at once, and repeated ones after half a second: the reference's hop has nothing to wait for
either.
"""

import argparse
import asyncio
import logging
import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from time import process_time, time
from typing import Any

import orjson

from bench.flow import bare_hops, observed, run_reference, until_quiet
from bench.processes import usage
from sandbox.demo.world import World, outside_world
from sandbox.deployment.deployment import Deployment, prepare, running
from sandbox.kafka.choose import local_or_given
from sandbox.ministries.feed import Feed, Submission
from sandbox.ministries.send import send
from sandbox.population.scenario import MATURE
from shared import topics
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.service.exits import guarded
from shared.settings import load

SEED = 20261122
REPORT = Path("var/bench/pipeline.json")
FOLDER = Path("var/bench/run")
QUIET_S = 5.0
"""The run is over when nothing has come to any topic for this long; the quiet itself is not timed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of ours: applications a second, and what each service used.

    ``start_cpu_s`` is what it took to become ready. ``beside`` is the processor time of what is not ours: the sandbox's
    providers, and the bench itself, which sends and watches.
    """

    applications: int
    seconds: float
    rss_mb: dict[str, float]
    cpu_us_per_application: dict[str, float]
    start_cpu_s: dict[str, float]
    beside_cpu_us_per_application: dict[str, float]

    @property
    def per_second(self) -> float:
        """Applications a second through the whole chain."""
        return self.applications / self.seconds


def rolling_policy(source: Path, target: Path) -> Path:
    """The shipped policy with every programme rolling and a place for everybody."""
    shutil.copytree(source, target)
    programmes = target / "programmes.yaml"
    text = programmes.read_text(encoding="utf-8").replace("selection: round", "selection: rolling")
    programmes.write_text(re.sub(r"per_cell: \d+", "per_cell: 1000000", text), encoding="utf-8")
    return target


async def measure_ours(
    deployment: Deployment, world: World, submissions: Sequence[Submission], applications: int
) -> Measured:
    """Send everything as fast as Kafka takes it, and wait until the chain is quiet."""

    def require_alive() -> None:
        deployment.require_alive()
        world.require_alive()

    def us_each(cpu_s: float) -> float:
        return round(cpu_s / applications * 1e6, 1)

    services, providers = deployment.services, world.providers.pid
    before = {stage: usage(process.pid).cpu_s for stage, process in services.items()}
    beside = {"providers": usage(providers).cpu_s, "bench": process_time()}
    begun = time()
    await send(submissions, deployment.bootstrap)
    written = [topic.name for topic in topics.all_topics(deployment.policy.sources, deployment.policy.providers)]
    ended = await until_quiet(deployment.bootstrap, written, QUIET_S, require_alive)
    after = {stage: usage(process.pid) for stage, process in services.items()}
    beside_after = {"providers": usage(providers).cpu_s, "bench": process_time()}
    return Measured(
        applications,
        ended - begun,
        {stage: round(used.rss_mb, 1) for stage, used in after.items()},
        {stage: us_each(used.cpu_s - before[stage]) for stage, used in after.items()},
        {stage: round(cpu_s, 2) for stage, cpu_s in before.items()},
        {who: us_each(cpu_s - beside[who]) for who, cpu_s in beside_after.items()},
    )


async def measure(applications: int, bootstrap: str, policy_dir: Path) -> dict[str, Any]:
    """All three runs of one turn."""
    policy = load_policy(policy_dir)
    # Generated beforehand, so that the generator's work is not measured.
    submissions = list(Feed(SEED, MATURE, policy, policy_date(datetime.now(UTC)), applications))
    # With the real time for reports: under full load a compressed one would measure inquiries instead of payments.
    prepared = await prepare(FOLDER, bootstrap, policy, policy_dir, report_wait_factor=1.0)
    # The bare hops go first: they warm up Kafka, whose own start would otherwise be counted as ours.
    hops = bare_hops(bootstrap, policy.sources)
    bare = applications / (await run_reference(hops, bootstrap, submissions, FOLDER / "reference")).seconds
    _say("bare hops", bare)
    with running(prepared) as deployment, outside_world(deployment, late_s=0.0, return_s=0.0) as world:
        world.open_cycles(expected_applications=applications)
        ours = await measure_ours(deployment, world, submissions, applications)
    _say("ours", ours.per_second)
    flow = await observed(bootstrap, policy)
    reference = await run_reference(flow, bootstrap, submissions, FOLDER / "reference")
    same = applications / reference.seconds
    _say("same flow", same)
    return {
        "applications": applications,
        "applications_per_s": round(ours.per_second, 1),
        "bare_hops_per_s": round(bare, 1),
        "same_flow_per_s": round(same, 1),
        "ratio": round(ours.per_second / same, 3),
        "rss_mb": ours.rss_mb,
        "cpu_us_per_application": ours.cpu_us_per_application,
        "start_cpu_s": ours.start_cpu_s,
        "beside_cpu_us_per_application": ours.beside_cpu_us_per_application,
        "same_flow_cpu_us_per_application": {
            hop: round(cpu_s / applications * 1e6, 1) for hop, cpu_s in reference.cpu_s.items()
        },
    }


def _say(what: str, per_second: float) -> None:
    sys.stdout.write(f"{what:12}{per_second:8.0f} applications/s\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and write the report."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of topics that were made a moment ago
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description=str(__doc__).splitlines()[0])
    parser.add_argument("--applications", type=int, default=50_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    given = os.environ.get("DSR_KAFKA")
    turns: list[dict[str, Any]] = []
    # On a Kafka that was given a second turn would find the records of the first.
    for turn in range(1 if given else options.turns):
        sys.stdout.write(f"Turn {turn + 1}\n")
        shutil.rmtree(FOLDER, ignore_errors=True)
        policy_dir = rolling_policy(load().policy_dir, FOLDER / "policy")
        with local_or_given(given, FOLDER / "kafka") as bootstrap:
            turns.append(asyncio.run(measure(options.applications, bootstrap, policy_dir)))
    turns.sort(key=itemgetter("ratio"))
    ratios = [turn["ratio"] for turn in turns]
    middle = turns[len(turns) // 2] | {"ratios": ratios}
    REPORT.write_bytes(orjson.dumps(middle, option=orjson.OPT_INDENT_2))
    sys.stdout.write(
        f"ratio       {middle['ratio']:8.3f} of the same flow, the middle of {', '.join(map(str, ratios))}; "
        f"written to {REPORT}\n"
    )


if __name__ == "__main__":
    guarded(main)
