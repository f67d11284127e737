"""The stores and the Kafkas that the suites run on."""

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.store import sqlite_young
from shared.store.memory import Memory, MemoryStore
from shared.store.opening import open_store
from shared.store.port import Store
from tests.contract.kafka_worlds import InMemory, Real, World
from tests.contract.store_tables import TABLES


@dataclass
class Place:
    """Where rows are kept; ``url`` for other processes, None where there can be none."""

    make: Callable[[], Store]
    url: str | None = None
    made: list[Store] = field(default_factory=list)

    def store(self) -> Store:
        """One more store on this place, not opened; closed when the test ends."""
        self.made.append(self.make())
        return self.made[-1]

    async def opened(self) -> Store:
        """One more store on this place."""
        store = self.store()
        await store.open(TABLES)
        return store


@pytest.fixture(params=["memory", "sqlite", "sqlite_aging", "mongo"])
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, unique: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    """An empty place of each kind; on ``sqlite_aging`` hardly any row stays in a young tree."""
    if request.param == "sqlite_aging":
        monkeypatch.setattr(sqlite_young, "YOUNG_ROWS_MAX", 3)
    if request.param == "memory":
        memory = Memory()
        place = Place(lambda: MemoryStore(memory))
    else:
        url = f"sqlite:///{tmp_path}/rows.db"
        if request.param == "mongo":
            server, _, options = request.getfixturevalue("mongo_url").partition("?")
            url = f"{server.rstrip('/')}/{unique}{options and '?' + options}"
        place = Place(lambda: open_store(url), url)
    yield place
    for store in place.made:
        await store.close()


@pytest.fixture
async def store(place: Place) -> Store:
    """An open, empty store."""
    return await place.opened()


@pytest.fixture
def child_environment() -> dict[str, str]:
    """For other Python processes of a test: they find the project where this one does."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture(params=["fake", "real"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A Kafka of each kind."""
    opened = InMemory() if request.param == "fake" else await Real.open(request.getfixturevalue("kafka"))
    yield opened
    await opened.close()
