"""The references: the same Kafka work by a raw aiokafka loop that neither parses nor stores.

``python -m bench.reference HOP`` is one hop of it: it consumes batches, sends what the plan says for each record,
waits for the acknowledgements and commits. A hop is a process, as a service is.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.structs import ConsumerRecord

BATCH_RECORDS = 1_000


@dataclass(frozen=True, slots=True)
class Output:
    """So many records of ``value_bytes`` for each input record; a fraction is carried over to the next ones.

    ``headers`` are of one of our records of the topic, names and values; None sends those on that came.
    """

    topic: str
    per_input: float
    value_bytes: int
    headers: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One process: a group, what it reads, what it sends for each record."""

    name: str
    bootstrap: str
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]

    def to_json(self) -> str:
        """As the argument of the hop's process."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> "Hop":
        """The inverse of ``to_json``."""
        content = orjson.loads(text)
        return cls(
            content["name"],
            content["bootstrap"],
            tuple(content["inputs"]),
            tuple(Output(**output) for output in content["outputs"]),
        )


class _Filler:
    """How many records each output is due, and their bytes; JSON-like text, so that it compresses as ours does."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = outputs
        self._due = [0.0] * len(outputs)

    def take(self, inputs: int) -> list[tuple[Output, int]]:
        taken: list[tuple[Output, int]] = []
        for place, output in enumerate(self._outputs):
            self._due[place] += inputs * output.per_input
            count = int(self._due[place])
            self._due[place] -= count
            taken.append((output, count))
        return taken


class _Seen(ConsumerRebalanceListener):  # type: ignore[misc]
    async def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing is kept by partition."""

    async def on_partitions_assigned(self, assigned: object) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()


async def run(hop: Hop) -> None:
    """Consume until the process is ended."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=hop.bootstrap,
        group_id=f"reference-{hop.name}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_poll_interval_ms=300_000,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=hop.bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        max_batch_size=1_048_576,
        max_request_size=4_194_304,
        linger_ms=0,
    )
    await producer.start()
    consumer.subscribe(list(hop.inputs), listener=_Seen())
    await consumer.start()
    fillers: dict[int, _Filler] = defaultdict(lambda: _Filler(hop.outputs))
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=BATCH_RECORDS)
        sends = []
        for place, records in batches.items():
            for output, count in fillers[place.partition].take(len(records)):
                sends += await _send(producer, output, place.partition, records, count)
        if sends:
            await asyncio.gather(*sends)
            await consumer.commit()


async def _send(
    producer: AIOKafkaProducer,
    output: Output,
    partition: int,
    records: Sequence[ConsumerRecord[bytes, bytes]],
    count: int,
) -> list["asyncio.Future[object]"]:
    """Whole batches to one partition, the fastest way that aiokafka has; bytes are those that came, cut or repeated."""
    sends: list[asyncio.Future[object]] = []
    ours = None if output.headers is None else [(name, value.encode()) for name, value in output.headers]
    builder = producer.create_batch()
    for turn in range(count):
        record = records[turn % len(records)]
        value = _bytes_like(record.value or b"{}", output.value_bytes)
        headers = list(record.headers) if ours is None else ours
        if builder.append(key=record.key, value=value, timestamp=None, headers=headers) is None:
            sends.append(await producer.send_batch(builder, output.topic, partition=partition))
            builder = producer.create_batch()
            builder.append(key=record.key, value=value, timestamp=None, headers=headers)
    if builder.record_count():
        sends.append(await producer.send_batch(builder, output.topic, partition=partition))
    return sends


def _bytes_like(value: bytes, size: int) -> bytes:
    return (value * (size // max(len(value), 1) + 1))[:size]


if __name__ == "__main__":
    uvloop.run(run(Hop.from_json(sys.argv[1])))
