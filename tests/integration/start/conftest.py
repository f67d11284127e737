"""A place for each test to start services in, and one Kafka and one store of intake that the folder's tests share."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from sandbox.kafka.broker import LocalKafka
from shared.kafka.admin import create_topics
from shared.topics import all_topics
from tests.integration.start.feeding import Site
from tests.integration.start.place import Place, policy

DISK = "32m"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where a service may be started; there is no Kafka."""
    return Place.make(tmp_path, kafka_wait_s=1)


@pytest.fixture(scope="package")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A folder on a disk of its own that a test may fill; None where this user cannot mount one."""
    folder = tmp_path_factory.mktemp("disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], capture_output=True).returncode:
        yield None
        return
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, small_disk: Path | None) -> Iterator[Site]:
    """Intake's store, on the small disk where there is one, and a Kafka with all topics."""
    folder = tmp_path_factory.mktemp("site")
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(folder / "kafka"))
        anyio.run(create_topics, kafka.bootstrap, all_topics(policy().sources, policy().providers))
        # Small batches, so that a feed is many of them and a stop comes in between.
        yield Site(
            Place.make(folder, kafka.bootstrap, store=f"sqlite:///{small_disk or folder / 'data'}", batch_records=5),
            kafka,
        )
