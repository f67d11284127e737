"""A feed on a real Kafka: everything arrives, unchanged, and in the order of each key."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from sandbox.ministries.feed import Feed, Submission
from sandbox.ministries.send import send
from sandbox.population.scenario import BAD_2020
from shared.policy import load_policy
from shared.topics import submitted

pytestmark = pytest.mark.anyio

Sent = tuple[bytes | None, tuple[tuple[str, bytes], ...]]


async def _create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 4, 1)])
    await admin.close()


async def _read(bootstrap: str, topic: str, records: int) -> dict[bytes, list[Sent]]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    by_key: defaultdict[bytes, list[Sent]] = defaultdict(list)
    try:
        for _ in range(records):
            record = await consumer.getone()
            by_key[record.key].append((record.value, tuple(record.headers)))
    finally:
        await consumer.stop()
    return by_key


async def test_everything_sent_arrives_unchanged_and_in_the_order_of_its_key(kafka: str) -> None:
    policy = load_policy(Path(__file__).parents[3] / "deploy" / "policy")
    source = f"test-{uuid4().hex[:8]}"
    feed: list[Submission] = [
        replace(submission, source=source) for submission in Feed(6, BAD_2020, policy, date(2026, 11, 22), 700)
    ]
    await _create(kafka, submitted(source))
    heard: list[int] = []

    sent = await send(feed, kafka, progress=heard.append)

    expected: defaultdict[bytes, list[Sent]] = defaultdict(list)
    for submission in feed:
        expected[submission.key].append((submission.value, submission.headers))
    assert sent[source] == len(feed) == heard[-1]
    assert heard == sorted(heard)
    assert await _read(kafka, submitted(source), len(feed)) == expected
