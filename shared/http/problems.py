"""Errors as RFC 9457 problem details that list every mistake, and repeat nothing of what was sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from shared.contracts.status import Reason
from shared.errors import DsrError
from shared.http.mistakes import reason_of
from shared.observability import logs
from shared.stage.ports import KafkaAway, SendRefused, TopicRefused
from shared.store.port import StoreAway

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:dsr:problem:"
RETRY_AFTER_S = 5

_log = logs.get(__name__)


class Problem(DsrError):
    """An answer that is a refusal. ``code`` names its kind for programs, ``detail`` is a sentence for people.

    ``reasons`` lists every single mistake, in both languages, none of them quoting what was sent.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        reasons: Sequence[Reason] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.reasons, self.headers = tuple(reasons), dict(headers or {})
        super().__init__(detail)

    def response(self) -> Response:
        """The HTTP answer."""
        content: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.reasons:
            content["errors"] = msgspec.to_builtins(list(self.reasons))
        return Response(orjson.dumps(content), self.status, self.headers, MEDIA_TYPE)


_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem (RFC 9457)",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": f"{TYPE_PREFIX}<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people."},
        "errors": {
            "type": "array",
            "description": "Every single mistake; none quotes what was sent.",
            "items": {
                "type": "object",
                "required": ["code", "text_en", "text_bn"],
                "properties": {name: {"type": "string"} for name in ("code", "text_en", "text_bn", "field")},
            },
        },
    },
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an address, for its OpenAPI description."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
        for status in statuses
    }


def not_now(code: str, detail: str) -> Problem:
    """A dependency is away: nothing was done, and the same request may be sent again."""
    return Problem(503, code, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def defect(error: BaseException) -> Problem:
    """What nobody foresaw: the log has the place, the caller gets a sentence."""
    _log.error("A request failed unexpectedly", exc_info=error)
    return Problem(500, "unexpected", "This failed unexpectedly; the operators find the cause in the log.")


def install(app: FastAPI) -> None:
    """Have ``app`` answer every error as a problem."""

    async def problem(request: Request, error: Exception) -> Response:
        return _problem_of(error).response()

    for kind in (DsrError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, problem)


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return invalid([reason_of(detail) for detail in error.errors()])
        case HTTPException():
            phrase = HTTPStatus(error.status_code).phrase
            code = phrase.lower().replace(" ", "_").replace("-", "_")
            return Problem(
                error.status_code, code, _HTTP_DETAIL.get(error.status_code, f"{phrase}."), headers=error.headers
            )
        case StoreAway():
            return not_now("store_away", "The store is away; nothing was changed. Try again.")
        case KafkaAway():
            return not_now("kafka_away", "Kafka is away. Send the same again; sending twice does no harm.")
        case TopicRefused():
            return not_now("topic_away", "Kafka has no open topic for this; an operator has to look. Try again.")
        case SendRefused():
            return Problem(413, "refused_by_kafka", "Kafka does not take this; it is too large.")
        case _:
            return defect(error)


def invalid(reasons: Sequence[Reason]) -> Problem:
    """The request cannot be read: 400 where it is no JSON at all, otherwise 422 with every mistake."""
    if any(reason.code == "json_invalid" for reason in reasons):
        return Problem(400, "not_json", "The body is no JSON.", reasons)
    count = "One thing is" if len(reasons) == 1 else f"{len(reasons)} things are"
    return Problem(422, "invalid_request", f"{count} wrong in the request.", reasons)


_HTTP_DETAIL = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is too large.",
}
