"""Dedup as a process on a real Kafka: scored applications go in, and a reviewer ends a hold by ``dsr``."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.ports import free_ports
from services.dedup.checks import check
from shared import topics
from shared.contracts.chain import Cleared, Scored
from shared.contracts.person import Name, NationalId
from shared.http.keys import fingerprint
from shared.kafka.admin import create_topics
from shared.kafka.producer import KafkaSink
from shared.kafka.reading import read_topic
from shared.policy import load_policy
from shared.settings import Settings
from shared.stage.records import Origin, Outgoing, Record
from tests.integration.processes import until_ready
from tests.unit.dedup.people import person, record, scored

ROOT = Path(__file__).parents[3]
DECIDED_S = 20


async def send(kafka: str, events: list[Scored]) -> None:
    sink = KafkaSink(kafka, client_id="test-scoring")
    await sink.start()
    records = [record(event, 0) for event in events]
    await sink.send([Outgoing(topics.SCORED, r.key, r.value, r.headers, Origin("", -1, -1)) for r in records])
    await sink.stop()


async def cleared(kafka: str, unique: str) -> list[Cleared]:
    found = [item async for item in read_topic(kafka, topics.CLEARED) if isinstance(item, Record)]
    events = [Cleared.read(item.value or b"") for item in found]
    return [event for event in events if event.application_id.startswith(unique)]


def until_cleared(kafka: str, unique: str, count: int) -> list[Cleared]:
    deadline = time.monotonic() + DECIDED_S
    while time.monotonic() < deadline:
        events = asyncio.run(cleared(kafka, unique))
        if len(events) >= count:
            return events
        time.sleep(0.2)
    pytest.fail(f"only {len(events)} of {count} applications were cleared in {DECIDED_S} s")


def dsr(environment: dict[str, str], *arguments: str) -> Any:
    command = [sys.executable, "-m", "services.cli", "dedup", "review", *arguments, "--json"]
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return orjson.loads(ended.stdout)


def listed(environment: dict[str, str]) -> list[str]:
    return [one["application_id"] for one in dsr(environment, "list")["reviews"]]


def test_a_copy_is_refused_and_a_borrowed_id_waits_for_a_reviewer(kafka: str, tmp_path: Path, unique: str) -> None:
    policy = load_policy(ROOT / "deploy" / "policy")
    asyncio.run(create_topics(kafka, topics.all_topics(policy.sources, policy.providers)))
    (tmp_path / "keys.yaml").write_text(
        f"keys: [{{principal: salma, roles: [reviewer], sha256: {fingerprint('key')}}}]"
    )
    (tmp_path / "pseudonym.key").write_text("ab" * 32)
    (port,) = free_ports(1)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DSR_")},
        "DSR_KAFKA": kafka,
        "DSR_STORE": f"sqlite:///{tmp_path}",
        "DSR_KEYS_FILE": str(tmp_path / "keys.yaml"),
        "DSR_PSEUDONYM_KEY_FILE": str(tmp_path / "pseudonym.key"),
        "DSR_DEDUP_PORT": str(port),
        "DSR_API_KEY": "key",
    }
    first, copy, borrower = (f"{unique}-{name}" for name in ("first", "copy", "borrower"))
    mine = {"national_id": NationalId(n10=f"9{abs(hash(unique)) % 10**9:09}"), "mobile": None}
    events = [
        scored(first, person(**mine)),
        scored(copy, person(**mine), place=1),
        scored(borrower, person(**mine, name=Name(bn="লুৎফর রহমান")), place=2),
    ]
    asyncio.run(send(kafka, events))
    process = subprocess.Popen(
        [sys.executable, "-m", "services.dedup"], env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        until_ready(f"http://127.0.0.1:{port}", process)
        (event,) = until_cleared(kafka, unique, 1)
        assert event.application_id == first
        deadline = time.monotonic() + DECIDED_S
        while borrower not in (held := listed(environment)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert [name for name in held if name.startswith(unique)] == [borrower]
        (suspect,) = dsr(environment, "show", borrower)["suspects"]
        assert (suspect["application_id"], suspect["standing"]) == (first, "accepted")
        answer = dsr(environment, "decide", borrower, "distinct", "--reason", "a slip of the pen")
        assert (answer["state"], answer["result"]["state"]) == ("done", "cleared")
        assert {event.application_id for event in until_cleared(kafka, unique, 2)} == {first, borrower}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, process.communicate()[1]
        settings = Settings(kafka=kafka, store=environment["DSR_STORE"], policy_dir=ROOT / "deploy" / "policy")
        # Of the others, other tests that use the same Kafka with a store of their own would have something to say.
        findings = [finding for finding in asyncio.run(check(settings)) if finding.id in ("I6", "I10")]
        assert len(findings) == 2
        assert all(finding.holds for finding in findings), findings
    finally:
        process.kill()
        process.wait()
