"""A small service with every building block, on a store in memory and a sink that keeps what it is given."""

import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from pydantic import Field

from shared.http.app import make_app
from shared.http.commands import RESUME, Arguments, CommandSpec, command_router
from shared.http.health import Probe
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability.metrics import Metrics
from shared.stage.records import Outgoing
from shared.store.memory import MemoryStore
from shared.store.tables import COMMON
from tests.unit.listening import listening

OPERATOR, REVIEWER, MINISTRY = "operator-key", "reviewer-key", "ministry-key"
NOW_US = 1_795_310_400_123_456
MAX_BYTES = 20_000


class OpenCycle(Arguments):
    year: int = Field(ge=2024)
    quarter: int = Field(ge=1, le=4)


@dataclass
class KeepingSink:
    """Keeps what is sent; raises ``failure`` instead, if one is set."""

    sent: list[Outgoing] = field(default_factory=list)
    failure: Exception | None = None

    async def start(self) -> None: ...

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent += outgoing

    async def stop(self) -> None: ...


@dataclass
class Small:
    """The service, and a door to it."""

    app: FastAPI
    store: MemoryStore
    sink: KeepingSink
    metrics: Metrics
    probes: list[Probe]

    @asynccontextmanager
    async def client(self, key: str | None = OPERATOR) -> AsyncIterator[httpx.AsyncClient]:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dsr", headers=headers) as client:
            await self.store.open(COMMON)
            yield client


@pytest.fixture(autouse=True)
def logged() -> Iterator[io.StringIO]:
    """What the service logs."""
    with listening() as stream:
        yield stream


def counting() -> Callable[[], UUID]:
    numbers: Iterator[int] = count(1)
    return lambda: UUID(int=(7 << 120) + next(numbers))


@pytest.fixture
def small() -> Small:
    store, sink, metrics, probes = MemoryStore(), KeepingSink(), Metrics(CollectorRegistry()), list[Probe]()
    commands = command_router(
        "payments",
        (CommandSpec("cycle.open", OpenCycle), RESUME, CommandSpec("verdict", Arguments, roles=("reviewer",))),
        store=store,
        sink=sink,
        now_us=lambda: NOW_US,
        new_id=counting(),
    )
    broken = APIRouter()

    @broken.get("/broken/{ref}")
    async def fail(ref: str) -> None:
        raise KeyError(ref)

    keys = KeyRing(
        [
            (fingerprint(OPERATOR), Principal("rahim", frozenset({"operator"}))),
            (fingerprint(REVIEWER), Principal("karim", frozenset({"reviewer"}))),
            (fingerprint(MINISTRY), Principal("dss-mis", frozenset({"source:dss"}))),
        ]
    )
    app = make_app(
        "payments",
        "Payments",
        [commands, broken],
        keys=keys,
        metrics=metrics,
        probes=probes,
        max_bytes=MAX_BYTES,
        new_id=counting(),
    )
    return Small(app, store, sink, metrics, probes)
