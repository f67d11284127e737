"""What every test may ask for: asyncio under pytest's anyio plugin, a Kafka, a MongoDB, and names of its own."""

import gc
import os
import signal
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from sandbox.kafka.choose import local_or_given
from sandbox.mongo.errors import MongoUnavailable
from sandbox.mongo.server import LocalMongo
from shared.memory import settle_memory

# How long an example takes says something of the machine, and nothing of the code.
# A property is tried on a few dozen examples at every run, and on many when that is asked for:
# make test-unit ARGS=--hypothesis-profile=thorough. A test that a rare example must turn red says its own number.
settings.register_profile("dsr", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("dsr"), max_examples=1_000)
settings.load_profile("dsr")

# A shell has its background jobs ignore Ctrl-C, and what a test starts would inherit that from a run in one.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Python looks for garbage as seldom as in a service: a tenth of the computing went into looking.
settle_memory()


def pytest_collection_finish() -> None:
    """What the tests import lives as long as they do: it is left alone from here on, and not looked through before."""
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked ``anyio`` run on asyncio, which the services use; session-wide, so session fixtures can be async."""
    return "asyncio"


@pytest.fixture
def unique() -> str:
    """A short word, different in every test, to put into the names of its topics, groups and databases."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka for all tests of a worker: of DSR_KAFKA, or a local one, started when first asked for.

    Do not stop or break it: a test of faults starts a LocalKafka of its own.
    """
    with local_or_given(os.environ.get("DSR_KAFKA"), tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a MongoDB for all tests of a worker: of DSR_TEST_MONGO_URL, or FerretDB; skips with the reason."""
    given = os.environ.get("DSR_TEST_MONGO_URL")
    if given:
        yield given
        return
    try:
        server = LocalMongo(tmp_path_factory.mktemp("mongo"))
        server.start()
    except MongoUnavailable as reason:
        pytest.skip(str(reason))
    try:
        yield server.url
    finally:
        server.stop()
