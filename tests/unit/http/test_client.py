"""What ``dsr`` makes of the services' answers."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from shared.http.client import Client, KeyMissing, Refused, Undecided, Unreachable
from shared.settings import Settings

Answer = Callable[[httpx.Request], httpx.Response]


def client_of(answer: Answer, **settings: object) -> tuple[Client, list[float]]:
    """A client whose clock is moved by its pauses alone."""
    pauses: list[float] = []
    made = Client(
        Settings(**{"api_key": "k", **settings}),  # type: ignore[arg-type]
        httpx.MockTransport(answer),
        clock=lambda: sum(pauses),
        pause=pauses.append,
    )
    return made, pauses


def test_a_command_is_asked_for_and_awaited() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) < 4:
            return httpx.Response(202, json={"command_id": "c1", "state": "pending", "result": {}})
        return httpx.Response(200, json={"command_id": "c1", "state": "done", "result": {"payments": 3}})

    client, _ = client_of(answer)
    result = client.send_command("payments", "cycle.open", "old_age", {"year": 2026})
    assert (result.state, result.result) == ("done", {"payments": 3})
    assert [(request.method, str(request.url)) for request in asked] == [
        ("POST", "http://127.0.0.1:8105/v1/commands"),
        *[("GET", "http://127.0.0.1:8105/v1/commands/c1")] * 3,
    ]
    assert asked[0].headers["Authorization"] == "Bearer k"


def test_a_list_in_pages_is_read_only_as_far_as_it_is_looked_at() -> None:
    pages = {None: {"reviews": [{"n": 1}, {"n": 2}], "next": "2"}, "2": {"reviews": [{"n": 3}], "next": None}}
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        return httpx.Response(200, json=pages[request.url.params.get("after")])

    client, _ = client_of(answer)
    entries = client.entries("dedup", "/v1/reviews", "reviews", {"limit": 2})
    assert [next(entries)["n"], next(entries)["n"]] == [1, 2]
    assert asked == [{"limit": "2"}]
    assert [entry["n"] for entry in entries] == [3]
    assert asked == [{"limit": "2"}, {"limit": "2", "after": "2"}]


def test_waiting_ends() -> None:
    client, pauses = client_of(lambda _: httpx.Response(202, json={"command_id": "c1", "state": "pending"}))
    with pytest.raises(Undecided, match="dsr command payments c1") as caught:
        client.send_command("payments", "cycle.open", "old_age", wait_s=5.0)
    assert caught.value.exit_code == 5
    assert 5.0 <= sum(pauses) < 7.0


def test_who_does_not_wait_is_told_that_it_is_pending() -> None:
    client, pauses = client_of(lambda _: httpx.Response(202, json={"command_id": "c1", "state": "pending"}))
    assert client.send_command("payments", "cycle.open", "old_age", wait_s=0).state == "pending"
    assert not pauses


def test_every_mistake_that_a_service_names_is_told() -> None:
    problem = {
        "detail": "2 things are wrong in the request.",
        "errors": [
            {"field": "arguments.year", "text_en": "This is required.", "text_bn": "এটি আবশ্যক।"},
            {"text_en": "No.", "text_bn": "না।"},
        ],
    }
    client, _ = client_of(lambda _: httpx.Response(422, json=problem))
    with pytest.raises(Refused) as caught:
        client.send_command("payments", "cycle.open", "old_age")
    assert str(caught.value) == (
        "payments: 2 things are wrong in the request.\n  arguments.year: This is required.\n  No."
    )
    assert caught.value.exit_code == 2


def test_an_answer_that_is_no_problem_is_refused_by_its_status() -> None:
    client, _ = client_of(lambda _: httpx.Response(502, text="<html>"))
    with pytest.raises(Refused, match="answered 502") as caught:
        client.request("GET", "notify", "/v1/applications/a1")
    assert caught.value.exit_code == 1


def test_a_service_that_does_not_run_is_unreachable() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client, _ = client_of(refuse)
    with pytest.raises(Unreachable, match=r"set DSR_DEDUP_URL") as caught:
        client.send_command("dedup", "resume", "dsr-dedup")
    assert caught.value.exit_code == 3


def test_the_key_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("from-file\n", encoding="ascii")
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={})

    client, _ = client_of(answer, api_key=None, api_key_file=path)
    client.request("GET", "notify", "/v1/feed")
    assert seen == ["Bearer from-file"]


@pytest.mark.parametrize("path", [None, Path("/nowhere/key")])
def test_without_a_key_nothing_is_sent(path: Path | None) -> None:
    client, _ = client_of(lambda _: httpx.Response(200, json={}), api_key=None, api_key_file=path)
    with pytest.raises(KeyMissing, match="DSR_API_KEY"):
        client.request("GET", "notify", "/v1/feed")


def test_readiness_tells_what_is_missing() -> None:
    client, _ = client_of(lambda _: httpx.Response(503, json={"state": "not ready", "missing": {"store": "away"}}))
    assert client.readiness("intake") == {"store": "away"}
