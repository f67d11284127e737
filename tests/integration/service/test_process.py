"""A service as a real process: its signals, its exit codes, and what a person reads."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

PROGRAM = """
import asyncio
from fastapi import FastAPI
from shared.errors import DsrError
from shared.service.host import Service
from shared.service.run import run
from shared.store.memory import MemoryStore

class Sink:
    async def start(self): ...
    async def stop(self): ...

class Consumer:
    name = "scoring"
    def __init__(self): self.stopping = asyncio.Event()
    async def run(self):
        print("running", flush=True)
        await self.stopping.wait()
        print("batch finished", flush=True)
    def stop(self): self.stopping.set()

async def build(settings, metrics):
    {build}
    return Service("scoring", FastAPI(), MemoryStore(), (), Sink(), [Consumer()])

run("scoring", build)
"""


def start(build: str = "", **environment: str) -> "subprocess.Popen[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(build=build or "pass")],
        cwd=ROOT,
        env={**clean, "DSR_SCORING_PORT": "0", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_its_batch_and_ends_well(number: signal.Signals) -> None:
    process = start()
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "batch finished\n"), err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("build", "environment", "code", "sentence"),
    [
        ("", {"DSR_STOP_S": "soon"}, 2, "DSR_STOP_S"),
        ('raise DsrError("The policy has 3 mistakes.")', {}, 1, "The policy has 3 mistakes."),
        ('{}["1990123456789"]', {}, 1, "defect of the program (KeyError)"),
        ('open("/nowhere/policy.yaml")', {}, 1, "No such file or directory (/nowhere/policy.yaml)"),
    ],
)
def test_what_goes_wrong_at_the_start_is_a_sentence_and_an_exit_code(
    build: str, environment: dict[str, str], code: int, sentence: str
) -> None:
    process = start(build, **environment)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    assert sentence in err.splitlines()[-1] or sentence in err
    assert "Traceback" not in err
    assert "1990123456789" not in err
