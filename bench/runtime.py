"""``make bench-runtime``: what the stage runtime itself costs, beside a raw aiokafka loop that sends the same messages.

The stage decides nothing that takes thought: each record becomes one decision, one fate and one event of the same
bytes, all durable in SQLite. The raw loop (``bench.reference``) consumes, sends the same and commits; it neither parses
nor stores. Both work off the same backlog, alone, in turn and several times, and are timed between the first and the
last record that they write. The bar is 0.4 of the raw loop's records a second, by the middle one of the rounds: a round
lasts seconds, and what the machine does beside it can halve either side.
"""

import argparse
import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from random import SystemRandom
from statistics import median
from time import monotonic
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry

from bench.processes import usage
from bench.reference import Hop, Output
from sandbox.deployment.deployment import ROOT
from sandbox.kafka.choose import local_or_given
from sandbox.server_process import ServerProcess, make_folder
from shared import topics
from shared.envelope import Envelope, event_id, traceparent_of
from shared.errors import DsrError
from shared.kafka.admin import create_topics
from shared.kafka.consumer import KafkaSource
from shared.kafka.producer import KafkaSink
from shared.memory import settle_memory
from shared.observability.metrics import Metrics
from shared.observability.observer import MetricsObserver
from shared.service.assembly import now_us
from shared.service.exits import guarded
from shared.stage.digests import digest_of_content
from shared.stage.loop import StageLoop
from shared.stage.numbering import next_number, repeated
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.runner import Runner
from shared.stage.stage import Decide, Draft, History, Input, Kind, Message, Settled, Verdict
from shared.store.sqlite import SqliteStore
from shared.store.tables import COMMON

REPORT = Path("var/bench/runtime.json")
FOLDER = Path("var/bench/runtime")
IN = "bench.runtime.in.v1"
ROUNDS = 5
TYPES = frozenset({"bench.runtime.v1"})
VALUE_BYTES = 1_550
"""About the size of an application's event, as in the other bench."""
LONGEST_S = 300.0
SEND_AT_ONCE = 5_000
BAR = 0.4


class Stuck(DsrError):
    """A run did not come to its end."""

    def __init__(self, name: str, tail: str) -> None:
        super().__init__(f"The run of {name} did not end. The last lines of its log:\n{tail}")


class EmptyStage:
    """One decision and one event for each record, and no thought."""

    name = "bench"
    policy = "none"

    def __init__(self, output: str) -> None:
        self._output = output

    def read(self, record: Record) -> Input[None]:
        """The envelope, and a digest of the value."""
        envelope = Envelope.from_headers(record.headers, TYPES)
        return Input(record, envelope, None, envelope.subject or "", 1, digest_of_content(record.value or b""))

    async def decide(self, inputs: Sequence[Input[None]], history: History) -> Sequence[Verdict]:
        """A first decision for each."""
        return [
            repeated(item, history[item.subject], lower=Kind.SUPERSEDED)
            or Decide((Draft(item.subject, 1, next_number(history[item.subject], 1, item.record.origin), "ok", b"{}"),))
            for item in inputs
        ]

    async def emit(self, settled: Sequence[Settled[None]]) -> Sequence[Sequence[Message]]:
        """The same value again."""
        return [[_message(item, self._output)] for item in settled]


def _message(settled: Settled[None], output: str) -> Message:
    (row,) = settled.decisions
    named = event_id("bench", "bench.runtime.v1", row.subject, row.revision, row.n)
    return Message(
        output,
        row.subject,
        "bench.runtime.v1",
        row.subject,
        named,
        row.at_us,
        settled.record.value or b"",
        same_key=True,
    )


def topic_of(side: str, turn: int) -> str:
    """Where ``raw`` or ``ours`` writes in a round."""
    return f"bench.runtime.{side}.{turn}.v1"


async def run_stage(bootstrap: str, turn: int) -> None:
    """The runtime around the empty stage, until the process is ended."""
    store = SqliteStore(FOLDER / f"ours-{turn}.db")
    await store.open([*COMMON, UNDELIVERED])
    sink = KafkaSink(bootstrap, "bench-runtime")
    await sink.start()
    observer = MetricsObserver(Metrics(CollectorRegistry()))
    group = f"bench-runtime-ours-{turn}"
    stage = EmptyStage(topic_of("ours", turn))
    runner: Runner[None] = Runner(stage, store, sink, group=group, now_us=now_us, observer=observer)
    source = KafkaSource(bootstrap, group, (IN,), client_id="bench-runtime")
    settle_memory()
    await StageLoop(
        "bench", runner, source, store, breaker=None, observer=observer, random=SystemRandom(), now_us=now_us
    ).run()


async def fill(bootstrap: str, records: int) -> None:
    """The backlog that both work off in every round."""
    written = [topic_of(side, turn) for side in ("raw", "ours") for turn in range(ROUNDS)]
    await create_topics(bootstrap, [topics.Topic(name, "one", (), (), ()) for name in (IN, *written)])
    sink = KafkaSink(bootstrap, "bench-fill")
    for start in range(0, records, SEND_AT_ONCE):
        await sink.send([_record(number) for number in range(start, min(records, start + SEND_AT_ONCE))])
    await sink.stop()


def _record(number: int) -> Outgoing:
    named = event_id("bench", "filled", str(number), 1, 1)
    text = "".join(event_id("bench", "text", f"{number}|{turn}", 1, 1) for turn in range(VALUE_BYTES // 36))
    envelope = Envelope(
        named, "/bench", "bench.runtime.v1", named, number, traceparent=traceparent_of(named)
    ).to_headers()
    return Outgoing(IN, named.encode(), orjson.dumps({"id": named, "text": text}), envelope, Origin("", -1, -1))


async def timed(bootstrap: str, name: str, argv: Iterable[str], output: str, records: int) -> Mapping[str, float]:
    """Run one of the two until it has written ``records``; records a second, and its CPU in µs a record."""
    log = FOLDER / f"{name}.log"
    process = ServerProcess([sys.executable, "-m", *argv], ROOT, log, dict(os.environ))
    try:
        first, begun, ended = await _written(bootstrap, output, records, lambda: _alive(name, process))
        used = usage(process.pid)
        return {
            "per_s": (records - first) / (ended - begun),
            "cpu_us": used.cpu_s / records * 1e6,
            "rss_mb": used.rss_mb,
        }
    finally:
        process.kill()


def _alive(name: str, process: ServerProcess) -> None:
    if process.exit_code is not None:
        raise Stuck(name, process.log_tail())


async def _written(bootstrap: str, topic: str, records: int, look: Callable[[], None]) -> tuple[int, float, float]:
    """How many records there were at the first look that found some, when that was, and when all were there."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in range(topics.PARTITIONS)]
        first, begun, until = 0, 0.0, monotonic() + LONGEST_S
        while monotonic() < until:
            look()
            count = sum((await consumer.end_offsets(places)).values())
            if count and not first:
                first, begun = count, monotonic()
            if count >= records:
                return first, begun, monotonic()
            await asyncio.sleep(0.02)
        raise Stuck(topic, "it took too long")
    finally:
        await consumer.stop()


async def measure(bootstrap: str, records: int) -> dict[str, Any]:
    """All rounds; the content of ``var/bench/runtime.json``. Each figure is the middle one of its rounds."""
    await fill(bootstrap, records)
    size = len(_record(0).value or b"")
    raw, ours = [], []
    for turn in range(ROUNDS):
        written = topic_of("raw", turn)
        hop = Hop(f"runtime-{turn}", bootstrap, (IN,), (Output(written, 1.0, size),))
        raw.append(await timed(bootstrap, "raw", ("bench.reference", hop.to_json()), written, records))
        stage = ("bench.runtime", "--stage", bootstrap, "--turn", str(turn))
        ours.append(await timed(bootstrap, "ours", stage, topic_of("ours", turn), records))
    ratios = [one["per_s"] / other["per_s"] for one, other in zip(ours, raw, strict=True)]
    return {
        "records": records,
        "value_bytes": size,
        "raw_per_s": round(_middle(raw, "per_s")),
        "ours_per_s": round(_middle(ours, "per_s")),
        "raw_cpu_us": round(_middle(raw, "cpu_us"), 1),
        "ours_cpu_us": round(_middle(ours, "cpu_us"), 1),
        "ours_rss_mb": round(_middle(ours, "rss_mb"), 1),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "ratio": round(median(ratios), 3),
        "bar": BAR,
    }


def _middle(rounds: Iterable[Mapping[str, float]], figure: str) -> float:
    return median(one[figure] for one in rounds)


def main() -> None:
    """Measure and write the report."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of topics that were made a moment ago
    parser = argparse.ArgumentParser(prog="python -m bench.runtime", description=str(__doc__).splitlines()[0])
    parser.add_argument("--records", type=int, default=40_000, help="in each round")
    parser.add_argument("--stage", metavar="BOOTSTRAP", help=argparse.SUPPRESS)
    parser.add_argument("--turn", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage is not None:
        uvloop.run(run_stage(options.stage, options.turn))
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    make_folder(FOLDER)
    with local_or_given(os.environ.get("DSR_KAFKA"), FOLDER / "kafka") as bootstrap:
        report = asyncio.run(measure(bootstrap, options.records))
    REPORT.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    sys.stdout.write(
        f"raw loop {report['raw_per_s']} records/s, the runtime {report['ours_per_s']}: "
        f"ratio {report['ratio']:.3f}, the middle of {report['ratios']} (bar {BAR}); written to {REPORT}\n"
    )


if __name__ == "__main__":
    guarded(main)
