"""A running system that is fed poison: what became of each record, and whether a log has learnt what was in it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from time import monotonic, sleep
from typing import Any, TypeVar

import anyio
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from sandbox.deployment.deployment import ROOT, log_of
from shared.stage.deadletters import PREFIX
from shared.stage.records import Origin
from shared.store.opening import open_store
from shared.store.tables import FATES, Fate
from tests.integration.bad_input.ears import PATIENCE_S
from tests.integration.bad_input.people import Form
from tests.integration.bad_input.world import World

T = TypeVar("T")
GZIP = 1
"""As a batch's attributes spell it."""


class Site(World):
    """A world of some stages, with what only these tests do to it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._secrets = count(1)
        self._planted: list[str] = []
        self._admin = AdminClient({"bootstrap.servers": self.deployment.bootstrap, "log_level": 0})

    def secret(self) -> str:
        """A word that stands for a person's data; no log may hold any that was given out."""
        self._planted.append(f"rahima{next(self._secrets)}begum")
        return self._planted[-1]

    def told(self) -> dict[str, list[str]]:
        """By stage the log lines that hold a planted word."""
        return {
            stage: [line for line in self.said(stage).splitlines() if any(word in line for word in self._planted)]
            for stage in self.deployment.services
        }

    def said(self, stage: str) -> str:
        """All that a service has logged."""
        return log_of(self.deployment.folder, stage).read_text(encoding="utf-8", errors="replace")

    def form(self, **leaves: Any) -> Form:
        """A form without a fault, with a planted word in it where nobody looks."""
        return self.people.form("old_age", **leaves)

    def fates(self, stage: str, origins: Sequence[Origin]) -> list[Fate]:
        """The stored fates of these records, as soon as each has one."""

        async def read() -> dict[Any, Fate]:
            store = open_store(self.deployment.settings().store_url(stage))
            await store.open([FATES])
            try:
                return await store.get(FATES, list(origins))
            finally:
                await store.close()

        deadline = monotonic() + PATIENCE_S
        while len(found := anyio.run(read)) < len(origins):
            assert monotonic() < deadline, f"{len(found)} of {len(origins)} records have a fate"
            sleep(0.1)
        return [found[origin] for origin in origins]

    def until(self, look: Callable[[], T], what: str) -> T:
        """What is seen as soon as it is true."""
        deadline = monotonic() + PATIENCE_S
        while not (seen := look()):
            assert monotonic() < deadline, f"waited in vain for {what}"
            sleep(0.1)
        return seen

    def letters_of(self, origin: Origin, group: str) -> int:
        """How many dead letters of a record have come so far."""
        return sum(
            record.header(PREFIX + "offset") == b"%d" % origin.offset
            and record.header(PREFIX + "partition") == b"%d" % origin.partition
            for record in self.heard(f"{origin.topic}.{group}.dlq")
        )

    @contextmanager
    def topic_set(self, topic: str, max_bytes: int) -> Iterator[None]:
        """A topic whose limit is another one for the length of the block."""
        before = self._limit(topic)
        self._set_limit(topic, max_bytes)
        try:
            yield
        finally:
            self._set_limit(topic, before)

    def _limit(self, topic: str) -> int:
        resource = ConfigResource(ResourceType.TOPIC, topic)
        found = self._admin.describe_configs([resource])[resource].result()
        return int(found["max.message.bytes"].value)

    def _set_limit(self, topic: str, max_bytes: int) -> None:
        entry = ConfigEntry("max.message.bytes", str(max_bytes), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        self._admin.incremental_alter_configs([resource])[resource].result()
        deadline = monotonic() + PATIENCE_S
        while self._limit(topic) != max_bytes:
            assert monotonic() < deadline, "the topic does not take its setting"
            sleep(0.05)

    def compressed(self, topic: str, value: bytes, partition: int = 0) -> Origin:
        """Send one record in a batch that is compressed; raises what the broker answers."""

        async def send() -> Origin:
            await self._producer.partitions_for(topic)
            batch = self._producer.create_batch()
            # The producer is without compression; its builder is exchanged for one that compresses.
            batch._builder = DefaultRecordBatchBuilder(2, GZIP, 0, -1, -1, 0, 1 << 30)
            assert batch.append(timestamp=None, key=b"bomb", value=value, headers=[]) is not None
            sent = await (await self._producer.send_batch(batch, topic, partition=partition))
            return Origin(topic, partition, sent.offset)

        origin: Origin = self._portal.call(send)
        return origin

    def dsr(self, *arguments: str, code: int = 0) -> Any:
        """A ``dsr`` command as an operator, with ``--json``: what it prints."""
        environment = {**self.deployment.environment, "DSR_API_KEY": self.deployment.secrets.keys["operator"]}
        ended = subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments, "--json"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == code, ended.stderr or ended.stdout
        return json.loads(ended.stdout) if ended.stdout else ended.stderr
