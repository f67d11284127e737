"""Whether a Kafka answers."""

import time
from collections.abc import Callable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from sandbox.kafka.errors import KafkaNotAnswering


def wait_until_ready(bootstrap: str, seconds: float, is_lost: Callable[[], bool] = lambda: False) -> None:
    """Wait until the Kafka at ``bootstrap`` answers with its metadata and at least one broker.

    Raises:
        KafkaNotAnswering: not within ``seconds``, or ``is_lost`` said that waiting longer is no use.
    """
    admin = AdminClient(
        {
            "bootstrap.servers": bootstrap,
            "log_level": 0,  # that nobody listens yet is what we wait for, not news
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 200,
        }
    )
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not is_lost():
        try:
            if admin.list_topics(timeout=min(1.0, left)).brokers:
                return
        except KafkaException:
            continue
    raise KafkaNotAnswering(bootstrap, seconds)
