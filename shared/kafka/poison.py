"""What to do about records that aiokafka cannot parse: read them by ourselves, so that the partition goes on.

How it shows in aiokafka 0.14. A fetched answer is parsed lazily, inside ``getmany``. A header name that is not UTF-8, a
wrong checksum or a body that does not decompress raises there (``UnicodeDecodeError``, ``CorruptRecordException``, the
codec's own error), without saying which partition it was, and three things go wrong:

- the good records before the bad one, and those taken from *other partitions in the same call*, are not returned, while
  the positions of those other partitions have already moved on: going on would lose them silently;
- the position of the bad partition stays, so that the next call fetches and fails again, for ever and at once;
- there is no setting for it, and no way past but ``seek``, for which one must know where the bad batch ends.

So ``KafkaSource`` keeps its own account of what it has handed out, goes back to it after any failure, and asks here for
the same records by a fetch of its own, read by ``shared.kafka.record_batch``: the records before and after the bad one
come out whole, only the bad one becomes ``Unreadable`` (of a batch with a wrong checksum, each of its offsets). Then it
seeks behind what was read. Nothing is remembered: in the middle of a bad batch ``getmany`` fails again, and so
comes here again, until the position is behind it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NoError, for_code
from aiokafka.protocol.fetch import FetchRequest

from shared.kafka.failures import CLIENT_FAILURES, away
from shared.kafka.record_batch import Aborted, Tolerated, read_batches

READ_COMMITTED = 1
MAX_BYTES = 16 * 1_048_576
"""Of an answer, as stored; above the largest record that any topic takes, so that no batch comes in part."""
PARTITION_MAX_BYTES = 4 * 1_048_576
TIMEOUT_S = 15.0


async def read_tolerantly(
    bootstrap: str, positions: Mapping[TopicPartition, int], max_records: int
) -> dict[TopicPartition, Tolerated]:
    """Read from ``positions``, each partition at most its equal share of ``max_records``; raises ``KafkaAway``.

    Partitions that have nothing to read, or whose broker gives an error of its own, are left out: aiokafka deals
    with those.
    """
    client = AIOKafkaClient(bootstrap_servers=bootstrap, client_id="dsr-tolerant")
    share = max(1, max_records // max(1, len(positions)))
    found: dict[TopicPartition, Tolerated] = {}
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await client.bootstrap()
            client.set_topics({partition.topic for partition in positions})
            await client.force_metadata_update()
            for node, request in _requests(client, positions).items():
                found |= _parse(await client.send(node, request), positions, share)
    except CLIENT_FAILURES as error:
        raise away(error) from error
    finally:
        await client.close()
    return found


def _requests(client: AIOKafkaClient, positions: Mapping[TopicPartition, int]) -> dict[int, FetchRequest]:
    """One fetch for each broker that leads some of the partitions."""
    by_node: dict[int, dict[str, list[tuple[int, int, int]]]] = defaultdict(lambda: defaultdict(list))
    for partition, offset in positions.items():
        leader = client.cluster.leader_for_partition(partition)
        if leader is not None and leader >= 0:
            by_node[leader][partition.topic].append((partition.partition, offset, PARTITION_MAX_BYTES))
    return {
        node: FetchRequest(0, 0, MAX_BYTES, READ_COMMITTED, list(topics.items())) for node, topics in by_node.items()
    }


def _parse(response: Any, positions: Mapping[TopicPartition, int], share: int) -> dict[TopicPartition, Tolerated]:
    """Since version 4 a partition's answer is: number, error, end, stable end, …, aborted, [replica,] bytes."""
    found: dict[TopicPartition, Tolerated] = {}
    for topic, partitions in response.topics:
        for number, code, end, *rest in partitions:
            partition, data = TopicPartition(topic, number), rest[-1]
            if for_code(code) is not NoError or not data:
                continue
            listed = rest[2] if response.API_VERSION >= 11 else rest[-2]
            aborted = [Aborted(*one) for one in listed or ()]
            found[partition] = read_batches(topic, number, data, positions[partition], end, aborted, share)
    return found
