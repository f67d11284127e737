"""The store belongs to one Kafka: its rows are named by offsets, and another Kafka's offsets mean other records."""

from shared.errors import DsrError
from shared.kafka.admin import cluster_id
from shared.store.port import Store
from shared.store.tables import IDENTITY, Identity

KAFKA_CLUSTER = "kafka_cluster_id"


class OtherKafka(DsrError):
    """The Kafka that answers is not the one that the store's rows came from. Nothing was consumed."""

    exit_code = 4

    def __init__(self, known: str, found: str) -> None:
        self.known, self.found = known, found
        super().__init__(
            f"This store's rows came from the Kafka cluster {known}, but the one that answers is {found}. Connect the "
            "Kafka that belongs to this store (DSR_KAFKA), or start with an empty store (DSR_STORE)."
        )


async def same_kafka(bootstrap: str, store: Store) -> None:
    """Store the cluster's id at the first start; raises ``OtherKafka`` when it is another later."""
    found = await cluster_id(bootstrap)
    (kept,) = await store.insert(IDENTITY, [Identity(KAFKA_CLUSTER, found)])
    if kept.value != found:
        raise OtherKafka(kept.value, found)
