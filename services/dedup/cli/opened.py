"""The store of dedup, opened by a command that works on it directly."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from services.dedup.generation import require_current
from services.dedup.loading.prepare import engine_of
from services.dedup.matching.engine import Engine
from services.dedup.tables import TABLES
from shared.privacy import Pseudonyms
from shared.service import terminal
from shared.service.secrets import pseudonym_key
from shared.settings import Settings
from shared.store.opening import open_store
from shared.store.port import Store
from shared.store.tables import COMMON

T = TypeVar("T")


@contextmanager
def opened(settings: Settings, runner: asyncio.Runner, engine: Engine) -> Iterator[Store]:
    """It is closed at the end. Raises what an index of another normaliser raises."""
    store = open_store(settings.store_url("dedup"))
    try:
        runner.run(store.open((*COMMON, *TABLES)))
        runner.run(require_current(store, engine.normaliser.version))
        yield store
    finally:
        runner.run(store.close())


def run(work: Callable[[Store, Engine], Coroutine[Any, Any, T]]) -> T:
    """What ``work`` finds in it."""
    settings = terminal.settings()
    engine = engine_of(settings.matching_model, Pseudonyms(pseudonym_key(settings.pseudonym_key_file)))
    with asyncio.Runner() as runner, opened(settings, runner, engine) as store:
        return runner.run(work(store, engine))
