"""``dsr dedup review``: what a reviewer reads and says at a terminal."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from services.dedup.cli.labels import labels
from services.dedup.cli.review import review
from shared import topics
from shared.http.client import Client, Refused
from shared.service import terminal
from shared.settings import load
from shared.stage.records import Origin, Record
from tests.unit.dedup.door import client, door
from tests.unit.dedup.test_http import BORROWER
from tests.unit.dedup.world import Process, World


class Desk:
    """Dedup in the place of the one that ``dsr`` would call: it decides at once what is asked of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self._monkeypatch = World(), monkeypatch
        self.process: Process = asyncio.run(self.world.instance())
        self._app = door(self.process)
        self._taken = 0
        asyncio.run(self._begin())

    def run(self, command: Any, *arguments: str, key: str = "reviewer-key") -> str:
        """What it prints on a terminal of 120 columns, without the frames of tables."""
        return " ".join(self.printed(command, *arguments, key=key, columns=120).replace("│", " ").split())

    def printed(self, command: Any, *arguments: str, key: str = "reviewer-key", columns: int = 80) -> str:
        """What it prints, as it stands."""
        self._monkeypatch.setenv("DSR_API_KEY", key)
        handle = httpx.MockTransport(lambda request: asyncio.run(self._asked(request, key)))
        self._monkeypatch.setattr(terminal, "client", lambda: Client(load(), transport=handle))
        self._monkeypatch.setenv("COLUMNS", str(columns))
        return CliRunner().invoke(command, list(arguments), catch_exceptions=False).output

    async def _begin(self) -> None:
        await self.process.process(self.world.record("a1"))
        await self.process.process(self.world.record("a2", BORROWER, place=1))

    async def _asked(self, request: httpx.Request, key: str) -> httpx.Response:
        async with client(self._app, key) as http:
            url, headers = request.url.raw_path.decode(), {"content-type": "application/json"}
            answer = await http.request(request.method, url, content=request.content, headers=headers)
        for out in self.world.sink.sent[self._taken :]:
            record = Record(Origin(out.topic, 0, self.world.offset()), out.key, out.value, out.headers, 1_000)
            if out.topic == topics.REVIEW_DECIDED:
                await self.process.process(record)
            elif out.topic == topics.command("dedup"):
                await self.process.obey(record)
        self._taken = len(self.world.sink.sent)
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


def test_a_reviewer_sees_both_side_by_side_and_what_to_type_next(desk: Desk) -> None:
    listed = desk.run(review, "list")
    assert "a2 55490052" in listed
    assert "old_age, msw" in listed
    assert "dsr dedup review show a2" in listed
    shown = desk.run(review, "show", "a2")
    assert "It waits for a reviewer since" in shown
    assert "national_id = the same 4********7 4********7" in shown
    assert "name ≠ different ল** র** / L** R** ম** আ** ক** / M** A** K**" in shown
    assert "dsr dedup review decide a2 duplicate --of a1" in shown
    for secret in ("4601234567", "01712345678", "Karim"):
        assert secret not in shown


def test_what_is_taken_decided_and_taken_back_reads_so(desk: Desk) -> None:
    assert "state done" in desk.run(review, "claim", "a2")
    assert "state done" in desk.run(review, "release", "a2")
    decided = desk.run(review, "decide", "a2", "distinct", "--reason", "asked the union office")
    assert "state cleared" in decided
    shown = desk.run(review, "show", "a2")
    assert "It is not held for a reviewer: cleared since" in shown
    assert "salma distinct asked the union office" in shown
    assert "taken back by another reviewer" in desk.run(review, "undo", "a2", "--reason", "I was wrong")
    assert "a2" not in desk.run(review, "list")


def test_a_review_that_is_not_there_ends_with_a_sentence(desk: Desk) -> None:
    with pytest.raises(Refused, match="There is no such application here"):
        desk.run(review, "show", "a9")


def test_the_labels_hold_what_reviewers_have_found_and_no_person(desk: Desk, tmp_path: Path) -> None:
    desk.run(review, "decide", "a2", "distinct", "--reason", "two people")
    file = tmp_path / "labels.ndjson"
    said = desk.run(labels, str(file), key="operator-key")
    assert "0 pairs of one person and 1 of two people" in said
    (pair,) = map(json.loads, file.read_text().splitlines())
    assert (pair["left"], pair["right"], pair["label"]) == ("a2", "a1", "different")
    assert (pair["levels"]["national_id"], pair["levels"]["name"]) == ("equal", "differ")
    for secret in ("4601234567", "01712345678", "1956", "Karim", "L**"):
        assert secret not in file.read_text()
