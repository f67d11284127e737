"""Intake as a process on a real Kafka: a file goes in by ``dsr``, and what becomes of it comes out."""

import asyncio
import csv
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from sandbox.ports import free_ports
from shared import topics
from shared.contracts.chain import Validated
from shared.contracts.status import StatusLine
from shared.http.keys import fingerprint
from shared.kafka.admin import create_topics
from shared.kafka.reading import read_topic
from shared.policy import load_policy
from shared.stage.records import Record
from tests.integration.processes import until_ready
from tests.unit.intake.forms import good_form

ROOT = Path(__file__).parents[3]


async def read(kafka: str, topic: str) -> list[bytes]:
    return [item.value or b"" async for item in read_topic(kafka, topic) if isinstance(item, Record)]


async def make_topics(kafka: str, wanted: Sequence[topics.Topic]) -> None:
    await create_topics(kafka, wanted)


def test_a_file_goes_in_and_its_fate_comes_out(kafka: str, tmp_path: Path, unique: str) -> None:
    policy = load_policy(ROOT / "deploy" / "policy")
    asyncio.run(make_topics(kafka, topics.all_topics(policy.sources, policy.providers)))
    (tmp_path / "keys.yaml").write_text(
        f"keys: [{{principal: lgd-mis, roles: ['source:lgd'], sha256: {fingerprint('key')}}}]"
    )
    (tmp_path / "pseudonym.key").write_text("ab" * 32)
    (port,) = free_ports(1)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    environment = {
        **clean,
        "DSR_KAFKA": kafka,
        "DSR_STORE": f"sqlite:///{tmp_path}",
        "DSR_KEYS_FILE": str(tmp_path / "keys.yaml"),
        "DSR_PSEUDONYM_KEY_FILE": str(tmp_path / "pseudonym.key"),
        "DSR_INTAKE_PORT": str(port),
        "DSR_API_KEY": "key",
    }
    forms = [good_form(source_ref=f"{unique}-1"), good_form(source_ref=f"{unique}-2", applicant__gender="X")]
    file = tmp_path / "a.ndjson"
    file.write_bytes(b"\n".join(map(orjson.dumps, forms)))

    service = subprocess.Popen(
        [sys.executable, "-m", "services.intake"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        until_ready(f"http://127.0.0.1:{port}", service)
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", "intake", "import", str(file), "--json"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        shares = subprocess.run(
            [sys.executable, "-m", "services.cli", "intake", "completeness"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        service.send_signal(signal.SIGTERM)
        _, log = service.communicate(timeout=40)

    assert done.returncode == 1, done.stderr + log
    total = orjson.loads(done.stdout)
    assert (total["rows"], total["taken"], total["accepted"], total["refused"]) == (2, 2, 1, 1)
    with Path(total["report"]).open(encoding="utf-8-sig", newline="") as report:
        assert [(row["row"], row["field"], row["code"]) for row in csv.DictReader(report)] == [
            ("2", "applicant.gender", "code_unknown")
        ]
    said = [StatusLine.read(value) for value in asyncio.run(read(kafka, topics.status("lgd")))]
    assert {line.source_ref: line.state for line in said if line.source_ref.startswith(unique)} == {
        f"{unique}-1": "accepted",
        f"{unique}-2": "rejected",
    }
    passed = [Validated.read(value) for value in asyncio.run(read(kafka, topics.VALIDATED))]
    assert [event.source_ref for event in passed if event.source_ref.startswith(unique)] == [f"{unique}-1"]
    assert "lgd" in shares.stdout
    assert service.returncode == 0, log
