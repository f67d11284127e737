"""``dsr dlq``: what an operator reads and sends."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from shared.http.client import Client
from shared.service import terminal
from shared.service.dlq import dlq
from shared.service.dlq_options import Moment, NothingNamed, WrongLetter
from shared.settings import load
from shared.stage.letters import LETTERS_MAX

TOPIC = "lgd.application.submitted.v1"


def line(offset: int, state: str = "open") -> dict[str, Any]:
    return {
        "letter": f"{TOPIC}/0/{offset}",
        "topic": TOPIC,
        "partition": 0,
        "offset": offset,
        "code": "not_json",
        "received_at": "2026-11-22T08:00:00Z",
        "put_aside_at": "2026-11-22T08:30:05Z",
        "size_bytes": 1_234,
        "state": state,
    }


@dataclass
class Service:
    """A stage whose letters are ``lines``; takes what it is sent, but for the offsets that were ``taken`` before."""

    lines: list[dict[str, Any]]
    taken: set[int] = field(default_factory=set)
    asked: list[dict[str, Any]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json=self._decided(json.loads(request.content)))
        if request.url.path == "/v1/dead-letters":
            self.queries.append(dict(request.url.params))
            content = {"total": len(self.lines), "by_code": {"not_json": len(self.lines)}, "letters": self.lines}
            return httpx.Response(200, json=content)
        offset = int(request.url.path.rpartition("/")[2])
        return httpx.Response(200, json=next(one for one in self.lines if one["offset"] == offset))

    def _decided(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(asked)
        offsets = {offset for _, _, offset in asked["arguments"]["letters"]}
        before, now = offsets & self.taken, offsets - self.taken
        self.taken |= now
        if not now:
            return {"command_id": "c", "state": "refused", "reasons": [{"text_en": "It was replayed before."}]}
        result = {"replayed": len(now)} | ({"not_replayed_letter_replayed": len(before)} if before else {})
        return {"command_id": "c", "state": "done", "result": result}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service([line(offset) for offset in (9, 8, 7)])
    monkeypatch.setenv("DSR_API_KEY", "key")
    monkeypatch.setattr(terminal, "client", lambda: Client(load(), transport=httpx.MockTransport(made.answer)))
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(dlq, list(arguments))


def test_the_list_names_each_letter_whole_and_counts_by_code(service: Service) -> None:
    said = run("list", "intake", "--code", "not_json", "--source", "lgd", "--since", "2026-11-22").output
    assert [row.split()[-1] for row in said.splitlines()[-3:]] == [f"{TOPIC}/0/{offset}" for offset in (9, 8, 7)]
    assert "2026-11-22 14:30:05" in said, "in Bangladesh's time"
    (query,) = service.queries
    assert (query["code"], query["source"], query["state"]) == ("not_json", "lgd", "open")
    assert query["since"] == "2026-11-22T00:00:00+06:00"


def test_a_replay_goes_oldest_first_in_parts_with_the_reason_and_counts_what_was_taken(service: Service) -> None:
    service.lines = [line(offset) for offset in reversed(range(LETTERS_MAX + 5))]
    service.taken = {0, 1}
    ended = run("replay", "intake", "--all", "--reason", "mended", "--json")
    assert ended.exit_code == 0
    said = json.loads(ended.output)
    assert (said["replayed"], said["of"], said["not_taken"]) == (
        LETTERS_MAX + 3,
        LETTERS_MAX + 5,
        {"letter_replayed": 2},
    )
    assert [len(asked["arguments"]["letters"]) for asked in service.asked] == [LETTERS_MAX, 5]
    assert service.asked[0]["arguments"]["letters"][0] == [TOPIC, 0, 0]
    assert {(asked["name"], asked["arguments"]["reason"]) for asked in service.asked} == {
        ("dead_letters.replay", "mended")
    }


def test_a_dry_run_sends_nothing(service: Service) -> None:
    said = run("discard", "intake", f"{TOPIC}/0/8", "--reason", "rubbish", "--dry-run").output
    assert "Would be discarded: 1 of 1" in said
    assert service.asked == []


def test_a_letter_that_was_decided_before_ends_with_code_1_and_the_reason(service: Service) -> None:
    service.taken = {8}
    ended = run("replay", "intake", f"{TOPIC}/0/8", "--reason", "again")
    assert ended.exit_code == 1
    assert "replayed before" in ended.output


@pytest.mark.usefixtures("service")
def test_letters_are_named_or_narrowed_or_all_is_said() -> None:
    assert isinstance(run("replay", "intake", "--reason", "in haste").exception, NothingNamed)
    for wrong in ("17", f"{TOPIC}/x/1", f"{TOPIC}/1"):
        assert isinstance(run("show", "intake", wrong).exception, WrongLetter)
    assert run("replay", "intake", "--all").exit_code == 2, "why is never left out"
    assert run("list", "intake", "--since", "yesterday").exit_code == 2


def test_a_time_may_be_how_long_ago() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    moment = Moment(lambda: now)
    assert moment.convert("90m", None, None).isoformat() == "2026-11-22T10:30:00+00:00"
    assert moment.convert("2d", None, None).isoformat() == "2026-11-20T12:00:00+00:00"
    assert moment.convert("2026-11-22T10:00:00Z", None, None).isoformat() == "2026-11-22T10:00:00+00:00"
