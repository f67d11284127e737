"""Runs a service's parts in order, and stops them in the opposite one.

Start: port, store, Kafka, checks, consumers, HTTP. Stop: HTTP, consumers (each finishes its batch, commits and leaves
the group), producer, store. A part that ends by itself ends the service: a process that looks alive and does nothing
is worse than one that is restarted.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import FastAPI

from shared.errors import DsrError
from shared.memory import settle_memory
from shared.observability import logs
from shared.observability.tracebacks import name_of
from shared.service.exits import FAILED
from shared.service.waiting import wait_for
from shared.service.web import WebServer
from shared.settings import Settings
from shared.stage.ports import Sink
from shared.store.port import Store, Table

CLOSE_S = 5.0

_log = logs.get(__name__)


class Worker(Protocol):
    """A task of the service: runs until it is told to stop. ``shared.stage.loop.StageLoop`` is one."""

    name: str

    async def run(self) -> None:
        """Work until ``stop``. Raises what only a person can mend."""

    def stop(self) -> None:
        """Finish what is in hand, then return from ``run``."""


@dataclass(frozen=True, slots=True)
class Service:
    """What ``app.py`` wires: the parts of one service, none of them started.

    ``checks`` run once Kafka and the store are there and before anything is consumed: the Kafka cluster is the one
    that the store's rows came from, the topics exist. They raise a ``DsrError`` to refuse the start.
    """

    stage: str
    app: FastAPI
    store: Store
    tables: Sequence[Table[Any]]
    sink: Sink
    workers: Sequence[Worker]
    checks: Sequence[Callable[[], Awaitable[None]]] = field(default=())


class WorkerEnded(DsrError):
    """A part of the service ended by itself. The exit code is that of what ended it."""

    def __init__(self, stage: str, worker: str, error: BaseException | None) -> None:
        self.stage, self.worker, self.error = stage, worker, error
        self.exit_code = error.exit_code if isinstance(error, DsrError) else FAILED
        if isinstance(error, DsrError):
            why = str(error)
        elif error is not None:
            why = f"It ended by a defect of the program ({name_of(error)}); the log has the place."
        else:
            why = "It ended without a reason."
        super().__init__(f"{stage} stops because its part {worker} ended. {why}")


class StopTooSlow(DsrError):
    """Not everything ended in time. Nothing is lost: what was not committed is done again."""

    def __init__(self, stage: str, limit_s: float, parts: Sequence[str]) -> None:
        self.stage, self.limit_s, self.parts = stage, limit_s, tuple(parts)
        super().__init__(
            f"{stage} was cut off after {limit_s:g} s while {' and '.join(parts)} had not finished; "
            "nothing is lost, the batch in hand will be done again."
        )


async def host(service: Service, settings: Settings, stop: asyncio.Event) -> None:
    """Run ``service`` until ``stop`` is set or a part of it ends.

    Raises ``PortTaken``, ``NotThere``, ``StoreUnusable``, what a check raises, ``WorkerEnded`` and ``StopTooSlow``.
    """
    stage = service.stage
    variable = f"DSR_{stage.upper()}_PORT"
    web = WebServer(service.app, settings.http_host, settings.port(stage), variable, settings.stop_s / 2)
    try:
        await _prepare(service, settings)
        settle_memory()
        parts = {worker.name: asyncio.create_task(worker.run(), name=worker.name) for worker in service.workers}
        parts["http"] = asyncio.create_task(web.run(), name="http")
        _log.info("Started", url=f"http://{web.host}:{web.port}", port=web.port)
        await _until_stopped(service, parts, web, stop, settings.stop_s)
    finally:
        web.close()
        await _close("producer", service.sink.stop)
        await _close("store", service.store.close)
    _log.info("Stopped")


async def _prepare(service: Service, settings: Settings) -> None:
    async def open_store() -> None:
        await service.store.open(service.tables)
        await service.store.ping()

    limit_s = settings.kafka_wait_s
    await wait_for("The store", "See DSR_STORE.", open_store, limit_s)
    await wait_for(f"Kafka at {settings.kafka}", "Start it, or set DSR_KAFKA=host:port.", service.sink.start, limit_s)
    for check in service.checks:
        await wait_for(f"Kafka at {settings.kafka}", "Start it, or set DSR_KAFKA=host:port.", check, limit_s)


async def _until_stopped(
    service: Service, parts: dict[str, "asyncio.Task[None]"], web: WebServer, stop: asyncio.Event, limit_s: float
) -> None:
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({told, *parts.values()}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    ended = [task for task in parts.values() if task.done()]
    web.stop()
    for worker in service.workers:
        worker.stop()
    _, late = await asyncio.wait(parts.values(), timeout=limit_s)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=1.0)
    # A part that failed while it stopped is told as well, unless another one came first.
    failed = [*ended, *(task for task in parts.values() if task.done() and not task.cancelled() and task.exception())]
    if failed:
        error = None if failed[0].cancelled() else failed[0].exception()
        if error is not None and not isinstance(error, DsrError):
            _log.error("A part of the service ended by a defect", worker=failed[0].get_name(), exc_info=error)
        raise WorkerEnded(service.stage, failed[0].get_name(), error)
    if late:
        raise StopTooSlow(service.stage, limit_s, sorted(task.get_name() for task in late))


async def _close(name: str, close: Callable[[], Awaitable[None]]) -> None:
    """All that was sent is acknowledged by now, so one that cannot say goodbye is left behind."""
    try:
        await asyncio.wait_for(close(), CLOSE_S)
    except Exception as error:
        _log.warning("Closed without its goodbye", name=name, cause=name_of(error))


@contextlib.contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set ``stop``; a second SIGINT interrupts at once."""
    loop = asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        _log.info("Told to stop; the batch in hand is finished first", signal=number.name)
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
