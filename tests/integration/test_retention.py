"""What a sender's clock does to a record where it counts, and that it does not count on our topics (design.md §3)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.admin import NewTopic

from sandbox.kafka.broker import LocalKafka
from shared.kafka.admin import create_topics
from shared.kafka.reading import log_bounds, read_topic
from shared.stage.records import Record
from shared.topics import all_topics
from tests.contract.kafka_worlds import Real

pytestmark = pytest.mark.anyio

QUICK = {"log.retention.check.interval.ms": "200", "log.initial.task.delay.ms": "0"}
"""A Kafka that looks every moment for what is too old, instead of every five minutes."""
PATIENCE_S = 60.0


async def test_a_record_stamped_1970_is_deleted_unread_where_the_senders_time_counts_and_stays_on_our_topics(
    tmp_path: Path,
) -> None:
    ours = replace(next(one for one in all_topics(("lgd",), ()) if one.outside), partitions=1)
    trap = {**ours.config(), "message.timestamp.type": "CreateTime"}
    with LocalKafka(tmp_path / "kafka", also=QUICK) as kafka:
        await create_topics(kafka.bootstrap, [ours])
        outsider = await Real.open(kafka.bootstrap)
        await outsider.admin.create_topics([NewTopic("trap", 1, 1, topic_configs=trap)])
        await outsider.producer.send_and_wait(ours.name, b"a form", partition=0, timestamp_ms=1_000)
        async with asyncio.timeout(PATIENCE_S):
            for round_ in (1, 2):  # between the two it has looked at every topic
                await outsider.producer.send_and_wait("trap", b"a form", partition=0, timestamp_ms=1_000)
                while (await log_bounds(kafka.bootstrap, ["trap"]))["trap", 0].start < round_:
                    pass
        await outsider.close()
        kept = [item async for item in read_topic(kafka.bootstrap, ours.name)]
    assert [item.value for item in kept if isinstance(item, Record)] == [b"a form"]
