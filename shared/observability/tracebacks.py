"""An exception as data for a log line: where it happened, and no values.

Neither locals nor the exception's own text are kept, as both may quote an application: ``KeyError`` quotes the key, a
validation error quotes the input. Texts of our own errors and of the operating system are kept; they quote neither.
"""

from types import TracebackType
from typing import Any

from shared.errors import DsrError

FRAMES_MAX = 30
"""The innermost frames are kept; a recursion would otherwise fill a disk."""


def traceback_of(error: BaseException) -> list[dict[str, Any]]:
    """The exception and what caused it, outermost first, each as type, perhaps text, and frames."""
    chain: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        chain.append(_facts(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def name_of(error: BaseException) -> str:
    """The qualified name of an exception's type."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _facts(error: BaseException) -> dict[str, Any]:
    facts: dict[str, Any] = {"type": name_of(error)}
    if isinstance(error, DsrError):
        facts["text"] = str(error)
    elif isinstance(error, OSError) and error.strerror:
        facts["text"] = error.strerror
    facts["frames"] = _frames(error.__traceback__)
    if isinstance(error, BaseExceptionGroup):
        facts["group"] = [_facts(inner) for inner in error.exceptions[:FRAMES_MAX]]
    return facts


def _frames(traceback: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_qualname}")
        traceback = traceback.tb_next
    return frames[-FRAMES_MAX:]
