"""Runs tests on a copy and says what they told."""

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from tests.mutation.copies import Copy
from tests.mutation.mutant import Mutant

LIMIT_S = 180.0
"""A mutant may make its tests wait for ever; a hang is no answer, so its tests have to be made to fail instead."""
_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)


class Outcome(StrEnum):
    """What a run of tests said."""

    GREEN = "green"
    RED = "red"
    NO_ANSWER = "no answer"
    """The tests could not be run, or did not end: neither green nor red."""


@dataclass(frozen=True, slots=True)
class Told:
    """``by`` is the test that failed first; ``output`` the end of what pytest printed. ``seconds`` of wall clock."""

    outcome: Outcome
    by: str
    seconds: float
    output: str


def run_tests(copy: Copy, tests: Sequence[str], *, limit_s: float = LIMIT_S) -> Told:
    """Run these tests on the copy up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rf", "--tb=short", "-p", "no:cacheprovider", *tests]
    started = monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=copy.root,
            env=copy.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired:
        return Told(Outcome.NO_ANSWER, "", monotonic() - started, f"not ended after {limit_s:.0f} s")
    seconds = monotonic() - started
    failed = _FAILED.search(done.stdout)
    output = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
    if done.returncode == 0:
        return Told(Outcome.GREEN, "", seconds, output)
    # 1 says that tests ran and some failed; anything else, that they could not be collected or run.
    if done.returncode == 1 and failed is not None:
        return Told(Outcome.RED, failed[1], seconds, output)
    return Told(Outcome.NO_ANSWER, "", seconds, output)


def run_mutant(copy: Copy, mutant: Mutant) -> Told:
    """Take the safeguard out, run the tests that must miss it, and put it back."""
    before = copy.written(mutant.files(copy.root))
    try:
        return run_tests(copy, mutant.tests)
    finally:
        copy.written(before)
