"""What flowed through the chain, as hops that a raw loop can repeat; and the running of such hops."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, time

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.processes import usage
from bench.reference import Hop, Output
from sandbox.deployment.deployment import ROOT
from sandbox.ministries.feed import Submission
from sandbox.ministries.send import send
from sandbox.server_process import ServerProcess, make_folder
from shared import topics
from shared.errors import DsrError
from shared.kafka.admin import create_topics
from shared.kafka.reading import read_topic
from shared.policy import Policy
from shared.stage.records import Headers, Record

BARE_HOPS = 5
BARE_VALUE_BYTES = 1_550
"""About the size of an application's event."""
READY_S = 60.0
QUIET_S = 4.0
ASKED_EACH_S = 2.0
LONGEST_S = 600.0


class ReferenceStuck(DsrError):
    """A reference did not come to its end."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The reference run did not end: {what}. Its logs are in var/bench/run/reference.")


@dataclass(frozen=True, slots=True)
class Flow:
    """Hops, and the prefix that keeps their topics apart from ours."""

    prefix: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class ReferenceRun:
    """How long a reference took, from the first record sent to the last one written, and the CPU seconds of each hop.

    As with our services, what a hop took to start is not among them.
    """

    seconds: float
    cpu_s: dict[str, float]


async def observed(bootstrap: str, policy: Policy) -> Flow:
    """Read back what our run left in its topics: by stage how many records of which size went where for each input.

    The headers of each output are those of our last record there: all are of one length, but for a few characters.
    """
    known = topics.all_topics(policy.sources, policy.providers)
    flowing = [topic for topic in known if not topic.name.endswith((".dlq", ".command.v1"))]
    written: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    headers: dict[tuple[str, str], Headers] = {}
    for topic in flowing:
        async for record in read_topic(bootstrap, topic.name):
            if isinstance(record, Record):
                place = _writer(topic, record), topic.name
                written[place][0] += 1
                written[place][1] += len(record.value or b"")
                headers[place] = record.headers
    read_by_stage = {stage: topics.main_topics(stage, policy.sources, policy.providers) for stage in topics.STAGES}
    read_by_stage["providers"] = tuple(topics.instruction(provider) for provider in policy.providers)
    counts: dict[str, int] = defaultdict(int)
    for (_, name), (count, _) in written.items():
        counts[name] += count
    hops = [
        Hop(
            stage,
            bootstrap,
            tuple(f"same.{name}" for name in inputs),
            tuple(
                Output(
                    f"same.{name}",
                    count / max(1, sum(counts[one] for one in inputs)),
                    size // count,
                    tuple((header, value.decode()) for header, value in headers[writer, name]),
                )
                for (writer, name), (count, size) in sorted(written.items())
                if writer == stage and count
            ),
        )
        for stage, inputs in read_by_stage.items()
    ]
    return Flow("same", tuple(hops))


def _writer(topic: topics.Topic, record: Record) -> str:
    """The stage that wrote a record; a provider's reports count as the providers'."""
    source = (record.header("ce_source") or b"").decode(errors="replace")
    if source.startswith("/dsr/"):
        return source.removeprefix("/dsr/")
    return "providers" if topic.name.startswith("payments.report.") else "outside"


def bare_hops(bootstrap: str, sources: Iterable[str]) -> Flow:
    """Five processes in a row: consume, produce one, commit; nothing else."""
    first = tuple(topics.submitted(f"bare.{source}") for source in sources)
    inputs = [first, *((f"bare.{hop}",) for hop in range(1, BARE_HOPS))]
    hops = tuple(
        Hop(f"bare-{place}", bootstrap, read, (Output(f"bare.{place + 1}", 1.0, BARE_VALUE_BYTES),))
        for place, read in enumerate(inputs)
    )
    return Flow("bare", hops)


async def run_reference(flow: Flow, bootstrap: str, submissions: Sequence[Submission], folder: Path) -> ReferenceRun:
    """Run the hops over the same submissions."""
    make_folder(folder)
    names = sorted({name for hop in flow.hops for name in (*hop.inputs, *(output.topic for output in hop.outputs))})
    outside = {topics.submitted(f"{flow.prefix}.{one.source}") for one in submissions}
    made = [topics.Topic(name, "as ours", (), (), (), outside=name in outside) for name in sorted({*names, *outside})]
    await create_topics(bootstrap, made)
    feed = [replace(one, source=f"{flow.prefix}.{one.source}") for one in submissions]
    with ExitStack() as stack:
        running: list[tuple[ServerProcess, Path]] = []
        pids: dict[str, int] = {}
        for hop in flow.hops:
            log = folder / f"{flow.prefix}-{hop.name}.log"
            process = ServerProcess([sys.executable, "-m", "bench.reference", hop.to_json()], ROOT, log, {})
            stack.callback(process.kill)
            running.append((process, log))
            pids[hop.name] = process.pid
        await _until_ready(running)
        before = {name: usage(pid).cpu_s for name, pid in pids.items()}
        begun = time()
        await send(feed, bootstrap)
        ended = await until_quiet(bootstrap, [topic.name for topic in made], QUIET_S)
        return ReferenceRun(ended - begun, {name: usage(pid).cpu_s - before[name] for name, pid in pids.items()})


async def _until_ready(running: Sequence[tuple[ServerProcess, Path]]) -> None:
    until = monotonic() + READY_S
    for process, log in running:
        while "ready" not in log.read_text(encoding="utf-8", errors="replace"):
            if process.exit_code is not None or monotonic() > until:
                raise ReferenceStuck(f"a hop did not start: {process.log_tail(3)}")
            await asyncio.sleep(0.1)


async def until_quiet(
    bootstrap: str, names: Sequence[str], quiet_s: float, look: Callable[[], None] = lambda: None
) -> float:
    """When the last record was written, by Kafka's clock, seconds since 1970 UTC; nothing came for ``quiet_s`` then.

    ``look`` is called again and again, and raises if there is nothing to wait for any more. Kafka is asked seldom, and
    the records themselves tell the time: hundreds of partitions are asked for, on the processors that are measured.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = [TopicPartition(name, partition) for name in names for partition in range(topics.PARTITIONS)]
        began = changed = monotonic()
        ends: Mapping[TopicPartition, int] = {}
        while monotonic() - changed < quiet_s:
            look()
            now = await consumer.end_offsets(places)
            if now != ends:
                ends, changed = now, monotonic()
            if changed - began > LONGEST_S:
                raise ReferenceStuck(f"still moving after {LONGEST_S:g} s")
            await asyncio.sleep(ASKED_EACH_S)
        return await _last_written(consumer, {place: end - 1 for place, end in ends.items() if end})
    finally:
        await consumer.stop()


async def _last_written(consumer: AIOKafkaConsumer, last: Mapping[TopicPartition, int]) -> float:
    """The latest of the times at which Kafka wrote these offsets; topics are stamped by the broker."""
    consumer.assign(list(last))
    for place, offset in last.items():
        consumer.seek(place, offset)
    written: dict[TopicPartition, int] = {}
    while written.keys() != last.keys():
        for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
            written[place] = records[-1].timestamp
    return max(written.values()) / 1_000
