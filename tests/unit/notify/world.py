"""Status lines through the real runtime into notify's store, and a client for its HTTP door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.notify.http import status_router
from services.notify.line_refs import LINE_REFS
from services.notify.stage import NotifyStage
from shared import topics
from shared.contracts.status import StatusLine
from shared.envelope import Envelope, event_id
from shared.http.app import make_app
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability.metrics import Metrics
from shared.privacy import Pseudonyms
from shared.stage.lease import Lease
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Record
from shared.stage.runner import Runner
from shared.store.memory import MemoryStore
from shared.store.tables import COMMON
from tests.unit.stage.echo import ListSink

PSEUDONYMS = Pseudonyms(b"k" * 32)
ID = PSEUDONYMS.application_id("dss", "r-1")
AT = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
KEYS = {
    "dss-key": Principal("dss-mis", frozenset({"source:dss"})),
    "lgd-key": Principal("lgd-mis", frozenset({"source:lgd"})),
    "both-key": Principal("both", frozenset({"source:dss", "source:lgd"})),
    "operator-key": Principal("desk", frozenset({"operator"})),
}


def line(stage: Any, state: str, n: int | None = 1, **changes: Any) -> StatusLine:
    """A line on the application r-1 of the source dss."""
    fields: dict[str, Any] = {
        "application_id": ID,
        "source": "dss",
        "source_ref": "r-1",
        "revision": 1,
        "stage": stage,
        "n": n,
        "state": state,
        "next": "nobody",
        "reasons": (),
        "about": "application",
        "at": AT + timedelta(seconds=n or 0),
    }
    return StatusLine(**(fields | changes))


def answer(state: str, submission: str, **changes: Any) -> StatusLine:
    """What intake says of one submitted record."""
    return line("intake", state, None, about="submission", submission=submission, **changes)


class World:
    """Notify on a store in memory. Lines get the offsets of their partition, in the order in which they are told."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.now_us = 1
        self._ends: dict[tuple[str, int], int] = {}
        self._runner = Runner(
            NotifyStage(self.store), self.store, ListSink(), group="g", now_us=lambda: self.now_us, observer=Silent()
        )

    def record(self, said: StatusLine, partition: int = 0) -> Record:
        """The line as a stage publishes it."""
        topic = topics.status(said.source)
        offset = self._ends.get((topic, partition), 0)
        self._ends[topic, partition] = offset + 1
        id_ = event_id(said.stage, "application.status.v1", said.submission or ID, said.revision, said.n or 0)
        headers = Envelope(id_, f"/dsr/{said.stage}", "application.status.v1", said.application_id).to_headers()
        return Record(Origin(topic, partition, offset), said.application_id.encode(), said.write(), headers, 1)

    async def tell(self, *said: StatusLine, partition: int = 0) -> "World":
        """Lines in one batch."""
        return await self.take(*(self.record(each, partition) for each in said))

    async def take(self, *records: Record) -> "World":
        """Records in one batch."""
        await self.store.open((*COMMON, UNDELIVERED, LINE_REFS))
        await self._runner.process(Batch(records), Lease(1.0, lambda: 0.0))
        return self

    @asynccontextmanager
    async def client(self, key: str = "dss-key") -> AsyncIterator[httpx.AsyncClient]:
        """A ministry's program with that key."""
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app), base_url="http://notify", headers=headers
        ) as client:
            yield client

    @cached_property
    def _app(self) -> FastAPI:
        """The HTTP side: one for all that a test asks."""
        return make_app(
            "notify",
            "DSR status",
            [status_router(self.store, PSEUDONYMS, lambda: self.now_us)],
            keys=KeyRing([(fingerprint(text), who) for text, who in KEYS.items()]),
            metrics=Metrics(CollectorRegistry()),
            probes=[],
            max_bytes=1_000,
            new_id=uuid4,
        )
