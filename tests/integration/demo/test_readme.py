"""The README as a new user takes it: ``make up``, then every command in it, in order, in one terminal."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
APPLICATIONS = 2_000
STARTED_S = 300.0
ENDED_S = 5.0
"""The leashes of what has ended notice it by themselves."""
MARK = f"STARTED_BY_{uuid.uuid4().hex}"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def running() -> list[str]:
    """The command lines of whatever ``make up`` started and still runs: all of it inherited the mark."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if MARK.encode() in (folder / "environ").read_bytes():
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found += [line] if line else []  # empty once it has ended
            except OSError:
                continue
    return found


@pytest.fixture(scope="module")
def up() -> Iterator["subprocess.Popen[bytes]"]:
    """``make up`` with 2,000 applications, when it has come to its end and goes on running."""
    said = ROOT / "var" / "demo" / "up.log"
    said.parent.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "sandbox.demo", "--keep", "--applications", str(APPLICATIONS)]
    with said.open("wb") as output:
        process = subprocess.Popen(
            argv, cwd=ROOT, env={**os.environ, MARK: "1"}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + STARTED_S
        while "Ctrl-C ends everything" not in said.read_text(encoding="utf-8", errors="replace"):
            assert process.poll() is None, said.read_text(encoding="utf-8", errors="replace")[-3_000:]
            assert time.monotonic() < until, "make up did not come to its end"
            time.sleep(0.2)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def test_the_demo_accounts_for_every_record_and_every_invariant_holds(up: "subprocess.Popen[bytes]") -> None:
    summary = json.loads((ROOT / "var/demo/summary.json").read_text(encoding="utf-8"))
    assert summary["submitted"] == sum(summary["by_fate"].values())
    assert all(count > 0 for count in summary["by_fate"].values()), summary["by_fate"]
    assert [row for row in summary["invariants"] if not row["holds"]] == []


def test_all_duplicates_with_an_equal_national_id_are_found(up: "subprocess.Popen[bytes]") -> None:
    summary = json.loads((ROOT / "var/demo/summary.json").read_text(encoding="utf-8"))
    found = summary["found_duplicates"]
    assert found["planted_equal_id"] > 0
    assert found["missed"] == 0
    assert summary["wrong_duplicates"] <= summary["unique_applicants"] / 1_000


def test_nothing_personal_and_no_traceback_is_in_any_log(up: "subprocess.Popen[bytes]") -> None:
    for log in sorted((ROOT / "var/demo/run/logs").glob("*.log")):
        text = log.read_text(encoding="utf-8")
        assert "Traceback" not in text, log.name
        assert not re.search(r"(?<!\d)01[3-9]\d{8}(?!\d)", text), log.name


def test_every_command_of_the_readme_works(up: "subprocess.Popen[bytes]") -> None:
    assert len(BLOCKS) >= 6
    script = "set -euo pipefail\n" + "\n".join(BLOCKS)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    assert "Traceback" not in done.stdout + done.stderr


def test_ctrl_c_ends_everything_and_leaves_nothing_running(up: "subprocess.Popen[bytes]") -> None:
    before = "\n".join(running())
    assert "-m services.payments" in before
    assert "-m sandbox.providers" in before
    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 0
    until = time.monotonic() + ENDED_S
    while left := running():
        assert time.monotonic() < until, left
        time.sleep(0.05)
