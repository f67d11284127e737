"""Which Kafka to work with: the one that was named, or a local one of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sandbox.kafka.broker import LocalKafka
from sandbox.kafka.ready import wait_until_ready

# How long a Kafka that was named may take to answer: one that has just been started, too.
GIVEN_SECONDS: Final = 20.0


@contextmanager
def local_or_given(given: str | None, directory: Path, port: int | None = None) -> Iterator[str]:
    """Yield the address (``host:port``) of a Kafka that answers.

    Where ``given`` (the value of DSR_KAFKA) names one, that one is used and left as it is. Otherwise a LocalKafka
    with its data under ``directory`` runs until the end of the block.

    Raises:
        KafkaNotAnswering: the given one does not answer within GIVEN_SECONDS.
        DsrError: what ``LocalKafka.start`` raises.
    """
    if given:
        wait_until_ready(given, GIVEN_SECONDS)
        yield given
        return
    with LocalKafka(directory, port) as kafka:
        yield kafka.bootstrap
