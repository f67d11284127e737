"""A verdict is taken back and given again, and a ministry asks meanwhile: dedup and enrolment on a real Kafka."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from sandbox.ports import free_ports
from shared import topics
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.person import Name, NationalId
from shared.http.keys import fingerprint
from shared.kafka.admin import create_topics
from shared.kafka.reading import read_topic
from shared.policy import load_policy
from shared.stage.records import Record
from tests.integration.dedup.test_service import send
from tests.integration.processes import until_ready
from tests.unit.dedup.people import person, scored

ROOT = Path(__file__).parents[3]
SOON_S = 30
ROLES = {
    "salma": "reviewer:5549",
    "rahim": "reviewer",
    "nadia": "reviewer:30",
    "kamal": "operator",
    "msw": "source:msw",
}
CURL = re.search(r"^```sh\n(.*?)^```$", (ROOT / "docs" / "lookup.md").read_text(), re.MULTILINE | re.DOTALL)


@dataclass
class Services:
    """Dedup and enrolment, running."""

    kafka: str
    environment: dict[str, str]
    folder: Path

    def dsr(self, who: str, *arguments: str, ends: int = 0) -> Any:
        """A command of ``dsr dedup`` with somebody's key: what it prints."""
        command = [sys.executable, "-m", "services.cli", "dedup", *arguments, "--json"]
        environment = self.environment | {"DSR_API_KEY": who}
        ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert ended.returncode == ends, ended.stderr or ended.stdout
        return orjson.loads(ended.stdout) if ended.stdout else ended.stderr

    def lookup(self, who: dict[str, Any]) -> dict[str, Any]:
        """What the ministry is told."""
        question = {"programme": "old_age", "clerk": "dss.kurigram.17", "person": who}
        url = f"http://127.0.0.1:{self.environment['DSR_DEDUP_PORT']}/v1/people/lookup"
        headers = {"Authorization": "Bearer msw"}
        answer = httpx.post(url, json=question, headers=headers, trust_env=False)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def changes(self, application_id: str) -> list[str]:
        """What enrolment has told payments of an application, in order."""

        async def read() -> list[EntitlementChanged]:
            found = [
                item async for item in read_topic(self.kafka, topics.ENTITLEMENT_CHANGED) if isinstance(item, Record)
            ]
            return [EntitlementChanged.read(item.value or b"") for item in found]

        events = [event for event in asyncio.run(read()) if event.application_id == application_id]
        return [event.change for event in sorted(events, key=lambda event: (event.revision, event.n))]


@pytest.fixture
def services(kafka: str, tmp_path: Path) -> Iterator[Services]:
    policy = load_policy(ROOT / "deploy" / "policy")
    asyncio.run(create_topics(kafka, topics.all_topics(policy.sources, policy.providers)))
    keys = [f"{{principal: {who}, roles: ['{role}'], sha256: {fingerprint(who)}}}" for who, role in ROLES.items()]
    (tmp_path / "keys.yaml").write_text(f"keys: [{', '.join(keys)}]")
    (tmp_path / "pseudonym.key").write_text("ab" * 32)
    (tmp_path / "msw.key").write_text("msw")
    dedup_port, enrolment_port = free_ports(2)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DSR_")},
        "DSR_KAFKA": kafka,
        "DSR_STORE": f"sqlite:///{tmp_path}",
        "DSR_KEYS_FILE": str(tmp_path / "keys.yaml"),
        "DSR_PSEUDONYM_KEY_FILE": str(tmp_path / "pseudonym.key"),
        "DSR_DEDUP_PORT": str(dedup_port),
        "DSR_ENROLMENT_PORT": str(enrolment_port),
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"services.{stage}"], env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for stage in ("dedup", "enrolment")
    ]
    try:
        for stage, process in zip(("DEDUP", "ENROLMENT"), running, strict=True):
            until_ready(f"http://127.0.0.1:{environment[f'DSR_{stage}_PORT']}", process)
        yield Services(kafka, environment, tmp_path)
    finally:
        for process in running:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {SOON_S} s: {what}"
        time.sleep(0.1)


def test_an_undone_verdict_suspends_and_a_new_one_resumes_and_a_ministry_is_told_so(
    services: Services, unique: str
) -> None:
    owner, borrower = f"{unique}-owner", f"{unique}-borrower"
    number = f"9{abs(hash(unique)) % 10**9:09}"
    mine = {"national_id": NationalId(n10=number), "mobile": None}
    other_name = Name(bn="লুৎফর রহমান", en="Lutfur Rahman")
    borrowing = person(**mine, name=other_name, mother=None, father=None)
    events = [
        scored(owner, person(**mine), programme="disability", rate_class="default"),
        scored(borrower, borrowing, place=1, programme="disability", rate_class="default"),
    ]
    asyncio.run(send(services.kafka, events))

    def held() -> list[str]:
        listed = services.dsr("salma", "review", "list", "--upazila", "55490052")["reviews"]
        return [one["application_id"] for one in listed if one["application_id"].startswith(unique)]

    until(lambda: held() == [borrower], "the borrower is held")
    assert services.dsr("salma", "review", "claim", borrower)["state"] == "done"
    taken = services.dsr("rahim", "review", "decide", borrower, "distinct", "--reason", "two people", ends=1)
    assert taken["reasons"][0]["code"] == "taken_by_another"
    assert "another area" in services.dsr("nadia", "review", "show", borrower, ends=2)
    assert services.dsr("salma", "review", "decide", borrower, "distinct", "--reason", "two people")["state"] == "done"
    until(lambda: services.changes(borrower) == ["granted"], "the borrower has a place")

    asked = {
        "national_id": number,
        "name": {"bn": "মোঃ আব্দুল করিম", "en": "Md. Abdul Karim"},
        "mother": {"name": {"bn": "রোকেয়া বেগম"}},
        "father": {"name": {"bn": "মোঃ আনোয়ার হোসেন"}},
        "date_of_birth": "1956-03-14",
        "gender": "M",
        "permanent_address": {"division": "55", "district": "49", "upazila": "52", "union": "11"},
    }
    until(lambda: services.lookup(asked)["may_enrol"] == "no", "the owner's place is known")
    (place,) = services.lookup(asked)["programmes"]
    assert (place["programme"], place["status"]) == ("disability", "receiving")

    alone = services.dsr("salma", "review", "undo", borrower, "--reason", "I was wrong", ends=1)
    assert alone["reasons"][0]["code"] == "second_person_needed"
    assert services.dsr("rahim", "review", "undo", borrower, "--reason", "she was wrong")["state"] == "done"
    until(lambda: services.changes(borrower) == ["granted", "suspended"], "the borrower's place is suspended")
    services.dsr("salma", "review", "decide", borrower, "distinct", "--reason", "asked the union")
    until(lambda: services.changes(borrower) == ["granted", "suspended", "resumed"], "the place is resumed")

    assert services.dsr("rahim", "review", "merge", owner, "--with", borrower, "--reason", "one man")["state"] == "done"
    until(lambda: services.changes(owner) == ["granted", "suspended"], "the owner's place is suspended")
    services.dsr("salma", "review", "undo", owner, "--reason", "two men")
    until(lambda: services.changes(owner) == ["granted", "suspended", "resumed"], "the owner's place is resumed")

    labels = services.folder / "labels.ndjson"
    assert services.dsr("kamal", "labels", str(labels))["different"] == 1
    (pair,) = map(orjson.loads, labels.read_bytes().splitlines())
    assert (pair["left"], pair["right"], pair["label"]) == (borrower, owner, "different")
    audit = services.dsr("kamal", "lookups", "--principal", "msw")["lookups"]
    assert {(line["clerk"], line["answer"]) for line in audit} >= {("dss.kurigram.17", "known")}


def test_the_example_of_the_page_on_look_ups_works(services: Services) -> None:
    assert CURL is not None
    environment = services.environment | {"DSR_API_KEY_FILE": str(services.folder / "msw.key")}
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", CURL[1]], env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert orjson.loads(ended.stdout)["answer"] in ("unknown", "known", "uncertain")
