"""What is logged while a test runs."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import structlog

from shared.observability import logs


@contextmanager
def listening(
    style: Literal["json", "console"] = "json", on_left_out: Callable[[str], None] = lambda key: None
) -> Iterator[io.StringIO]:
    """What a service's process writes under these settings; afterwards handlers, level and context are as they were."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.configure(style=style, stream=stream, on_left_out=on_left_out, stage="intake")
    try:
        yield stream
    finally:
        root.handlers, root.level = handlers, level
        structlog.contextvars.clear_contextvars()
