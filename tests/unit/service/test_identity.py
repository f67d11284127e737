"""A store serves the one Kafka that its rows came from."""

import pytest

from shared.service import identity
from shared.service.identity import OtherKafka, same_kafka
from shared.store.memory import MemoryStore
from shared.store.tables import COMMON

pytestmark = pytest.mark.anyio


async def test_another_kafka_than_at_the_first_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = "one"

    async def cluster_id(bootstrap: str) -> str:
        return answers

    monkeypatch.setattr(identity, "cluster_id", cluster_id)
    store = MemoryStore()
    await store.open(COMMON)
    await same_kafka("somewhere", store)
    await same_kafka("moved, and still the same", store)
    answers = "another"
    with pytest.raises(OtherKafka, match="one, but the one that answers is another"):
        await same_kafka("somewhere", store)
