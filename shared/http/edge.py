"""The outermost layer of every service's HTTP side: trace, time, size, and an answer to what nobody foresaw."""

from collections.abc import Callable
from time import perf_counter
from uuid import UUID

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.envelope import continue_trace
from shared.http.problems import Problem, defect
from shared.observability import trace
from shared.observability.metrics import Metrics


class Edge:
    """ASGI middleware. Handlers find the request's trace as ``request.state.traceparent``.

    No access log: a path may hold a ministry's own reference. Counts by route template stand in for it.
    """

    def __init__(self, app: ASGIApp, stage: str, metrics: Metrics, max_bytes: int, new_id: Callable[[], UUID]) -> None:
        self._app, self._stage, self._metrics = app, stage, metrics
        self._max_bytes, self._new_id = max_bytes, new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        traceparent = continue_trace(headers.get("traceparent"), str(self._new_id()))
        scope.setdefault("state", {})["traceparent"] = traceparent
        started, status = perf_counter(), 0

        async def counted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with trace.bound(traceparent):
            try:
                if _declared_length(headers) > self._max_bytes:
                    await self._too_large().response()(scope, receive, counted_send)
                else:
                    await self._app(scope, self._bounded(receive), counted_send)
            except Exception as error:
                answer = defect(error)
                if not status:
                    await answer.response()(scope, receive, counted_send)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                method = scope["method"] if route != "unmatched" else "any"
                self._metrics.http_seconds.observe(
                    perf_counter() - started, self._stage, method, route, str(status or 500)
                )

    def _bounded(self, receive: Receive) -> Receive:
        total = 0

        async def bounded() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._max_bytes:
                raise HTTPException(413)
            return message

        return bounded

    def _too_large(self) -> Problem:
        return Problem(413, "content_too_large", f"The body is too large; at most {self._max_bytes} bytes are read.")


def _declared_length(headers: Headers) -> int:
    value = headers.get("content-length", "0")
    return int(value) if value.isascii() and value.isdigit() else 0
