"""The W3C trace that work belongs to, on every log line meanwhile. Deriving it is ``shared.envelope``'s."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars


@contextmanager
def bound(traceparent: str | None) -> Iterator[None]:
    """Log lines within carry ``trace_id``. ``traceparent`` is a valid one (``00-<trace>-<span>-<flags>``) or None."""
    if traceparent is None:
        yield
        return
    with bound_contextvars(trace_id=traceparent[3:35]):
        yield
