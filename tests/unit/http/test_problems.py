"""Errors that HTTP callers see."""

import asyncio
import io
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.http.conftest import MAX_BYTES, Small


def request(small: Small, method: str, path: str, **more: object) -> httpx.Response:
    async def go() -> httpx.Response:
        async with small.client() as client:
            return await client.request(method, path, **more)  # type: ignore[arg-type]

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, "not_found"),
        ("DELETE", "/v1/commands", None, 405, "method_not_allowed"),
        ("POST", "/v1/commands", b"{", 400, "not_json"),
        ("POST", "/v1/commands", b"x" * (MAX_BYTES + 1), 413, "content_too_large"),
        ("GET", "/v1/commands/1990123456789", None, 422, "invalid_request"),
    ],
)
def test_every_error_is_a_problem(
    small: Small, method: str, path: str, content: bytes | None, status: int, code: str
) -> None:
    answer = request(small, method, path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:dsr:problem:{code}"
    assert "1990123456789" not in answer.text


def test_a_body_that_does_not_say_its_size_is_cut_off_at_the_limit(small: Small) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 4_096

    answer = request(small, "POST", "/v1/commands", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_a_defect_is_answered_without_a_word_of_its_cause(small: Small, logged: io.StringIO) -> None:
    answer = request(small, "GET", "/broken/1990123456789")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:dsr:problem:unexpected"
    assert "1990123456789" not in answer.text
    assert "KeyError" not in answer.text
    assert "KeyError" in logged.getvalue()
    assert "1990123456789" not in logged.getvalue()


def test_requests_are_counted_by_route_and_never_by_path(small: Small) -> None:
    request(small, "GET", "/v1/commands/00000000-0000-0000-0000-000000000009")
    request(small, "GET", "/secret-reference")
    text = small.metrics.text().decode()
    assert 'method="GET",route="/v1/commands/{command_id}",stage="payments",status="202"' in text
    assert 'route="unmatched",stage="payments",status="404"' in text
    assert "secret-reference" not in text
