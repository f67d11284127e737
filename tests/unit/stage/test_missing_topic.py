"""A topic that is missing, or that we may not write, must not empty the input into the dead letters."""

import pytest

from shared import topics
from shared.kafka.fake import FakeKafka
from shared.stage.observer import Silent
from shared.stage.ports import Batch, TopicRefused
from shared.stage.publishing import UNDELIVERED
from shared.stage.runner import Runner
from shared.store.memory import Memory, MemoryStore
from shared.store.tables import COMMON
from tests.unit.stage.echo import GROUP, OUT, TOPIC, EchoStage, record
from tests.unit.stage.test_runner import lasting

pytestmark = pytest.mark.anyio


async def test_a_missing_topic_stops_the_consumer_and_nothing_is_given_up() -> None:
    dead = topics.dead_letters(TOPIC, GROUP)
    kafka = FakeKafka({dead: 4}, now_ms=lambda: 0)
    store = MemoryStore(Memory())
    await store.open((*COMMON, UNDELIVERED))
    runner = Runner(EchoStage(), store, kafka.sink(), group=GROUP, now_us=lambda: 1, observer=Silent())
    batch = Batch((record(0, "a"), record(1, "b")))
    with pytest.raises(TopicRefused, match=OUT):
        await runner.process(batch, lasting())
    assert kafka.contents(dead) == []
    assert [row async for row in store.scan(UNDELIVERED)] == []
    kafka.partitions[OUT] = 4
    await runner.process(batch, lasting())
    assert len(kafka.contents(OUT)) == 2
    assert kafka.contents(dead) == []
