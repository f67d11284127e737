"""``python -m services.<stage>``: settings, logs, metrics, wiring, and then the host."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import uvloop

from shared import settings as settings_module
from shared.observability import logs, metrics
from shared.observability.metrics import Metrics
from shared.service.exits import guarded
from shared.service.host import Service, host, stop_on_signals
from shared.settings import Settings

Build = Callable[[Settings, Metrics], Awaitable[Service]]
"""A stage's composition root: wires everything and starts nothing. Runs inside the event loop."""


def run(stage: str, build: Build) -> NoReturn:
    """Be the service ``stage`` until SIGTERM or SIGINT; ends the process with a code of ``exits.MEANINGS``."""

    def work() -> None:
        logs.configure(stage=stage)  # so that even a defect in reading the settings is told without values
        settings = settings_module.load()
        made = metrics.for_process()
        logs.configure(
            level=settings.log_level,
            style=settings.log_format,
            on_left_out=lambda key: made.left_out.add(1, key),
            stage=stage,
            instance=settings.instance,
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, made, build))

    guarded(work)


async def _serve(settings: Settings, made: Metrics, build: Build) -> None:
    asyncio.get_running_loop().set_exception_handler(_told)
    stop = asyncio.Event()
    with stop_on_signals(stop):
        await host(await build(settings, made), settings, stop)


def _told(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """The loop's own lines would quote the exception's text."""
    error = context.get("exception")
    logs.get(__name__).error(
        "The event loop reports a failure nobody waited for",
        cause=str(context.get("message", "")),
        exc_info=error if isinstance(error, BaseException) else None,
    )
