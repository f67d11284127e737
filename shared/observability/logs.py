"""Structured logs: one JSON object a line on stderr for machines, readable lines for a person at a terminal.

Lines of the libraries (uvicorn, aiokafka, asyncio) go the same way through the same redactor.
"""

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, Literal, TextIO

import orjson
import structlog

from shared.observability.redaction import redactor
from shared.observability.tracebacks import traceback_of

Line = MutableMapping[str, Any]
QUIET = ("aiokafka", "asyncio", "faststream", "httpx", "pymongo", "uvicorn")
"""Libraries of which only warnings are wanted. At DEBUG aiokafka logs whole records: never let them speak freely."""


def configure(
    *,
    level: Literal["debug", "info", "warning", "error"] = "info",
    style: Literal["auto", "json", "console"] = "auto",
    stream: TextIO | None = None,
    on_left_out: Callable[[str], None] = lambda key: None,
    **always: str,
) -> None:
    """Set up logging for this process; ``always`` (stage, instance) stands on every line.

    ``on_left_out`` hears of each key that the redactor left out.
    """
    out = sys.stderr if stream is None else stream
    for_people = style == "console" or (style == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redactor(on_left_out),
                _for_people if for_people else _for_machines,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    logging.raiseExceptions = False  # a failing handler would print the arguments of the line
    root.setLevel(level.upper())
    for name in QUIET:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**always)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger. The event is a constant sentence; what varies goes into keys that the redactor knows."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _exception(logger: object, method: str, line: Line) -> Line:
    """``exc_info`` becomes data without locals or quoted values."""
    given = line.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else None
    if isinstance(given, tuple):
        error = given[1]
    elif given is True or given == 1:
        error = sys.exc_info()[1]
    if error is not None:
        line["exception"] = traceback_of(error)
    return line


def _first_line(logger: object, method: str, line: Line) -> Line:
    """asyncio puts the exception's ``repr`` into the lines after the first."""
    line["event"] = str(line.get("event", "")).split("\n", 1)[0]
    return line


def _for_machines(logger: object, method: str, line: Line) -> str:
    return orjson.dumps(line, default=str).decode()


def _for_people(logger: object, method: str, line: Line) -> str:
    exception = line.pop("exception", None)
    moment, level = str(line.pop("timestamp", ""))[11:19], str(line.pop("level", ""))
    line.pop("logger", None)
    event = line.pop("event", "")
    rest = " ".join(f"{key}={value}" for key, value in line.items())
    text = f"{moment} {level:7} {event}" + (f"  {rest}" if rest else "")
    for part in exception or ():
        text += f"\n    {part['type']}: {part.get('text', '(text withheld)')}"
        text += "".join(f"\n      {frame}" for frame in part["frames"])
    return text
