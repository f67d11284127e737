"""What tests on a real Kafka share: one a session."""

import os
from collections.abc import Iterator

import pytest

from sandbox.kafka.choose import local_or_given


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka for the whole session: of DSR_KAFKA, or a local one, started when first asked for.

    Do not stop or break it: a test of faults starts a LocalKafka of its own.
    """
    with local_or_given(os.environ.get("DSR_KAFKA"), tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap
