"""Opening the store of a stage to look at it, without making what is not there."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from shared.errors import DsrError
from shared.kafka.admin import cluster_id
from shared.service.identity import KAFKA_CLUSTER, OtherKafka
from shared.settings import Settings
from shared.store.opening import open_store
from shared.store.port import Store, Table
from shared.store.sqlite import SqliteStore
from shared.store.tables import COMMON, IDENTITY


class NothingStored(DsrError):
    """A stage has no store yet: it never ran with these settings, so nothing can be said of it."""

    exit_code = 3

    def __init__(self, stage: str, path: Path) -> None:
        self.stage, self.path = stage, path
        super().__init__(f"{stage} has stored nothing at {path}, so it cannot be checked. Set DSR_STORE as it was set.")


@contextlib.asynccontextmanager
async def stage_store(settings: Settings, stage: str, tables: Sequence[Table[Any]] = ()) -> AsyncIterator[Store]:
    """The store of ``stage``, open, with ``tables`` beside the common ones.

    Raises ``NothingStored``, ``OtherKafka`` where its rows are not of the Kafka that answers, and what opening raises.
    """
    store = open_store(settings.store_url(stage))
    if isinstance(store, SqliteStore) and not store.path.exists():
        raise NothingStored(stage, store.path)
    try:
        await store.open((*COMMON, *tables))
        known = (await store.get(IDENTITY, [(KAFKA_CLUSTER,)])).get((KAFKA_CLUSTER,))
        found = await cluster_id(settings.kafka)
        if known is not None and known.value != found:
            raise OtherKafka(known.value, found)
        yield store
    finally:
        await store.close()
