"""Builds the server of ``main.go`` once, and again only when its sources change."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from sandbox.mongo.errors import GoMissing, MongoNotBuilt

SOURCES: Final = Path(__file__).parent
BUILDS: Final = SOURCES.parents[1] / "var" / "ferretdb"

# The modules may have to be fetched first; about a minute on two cores.
_BUILD_SECONDS: Final = 600.0


def built_server(builds: Path = BUILDS) -> Path:
    """The server's program, built into ``builds`` unless it is there already.

    Raises:
        GoMissing: there is no Go, and no earlier build of the same sources.
        MongoNotBuilt: Go could not build it, with the end of what it said.
    """
    program = builds / f"ferretdb-{_digest_of_sources()}"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise GoMissing
    builds.mkdir(parents=True, exist_ok=True)
    with (builds / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two who want it at once, one builds and the other waits
        if not program.exists():
            unfinished = builds / "unfinished"
            _build(go, unfinished)
            unfinished.rename(program)  # whole or not there at all
    return program


def _build(go: str, target: Path) -> None:
    try:
        run = subprocess.run(
            [go, "build", "-trimpath", "-o", str(target), "."],
            cwd=SOURCES,
            env={**os.environ, "GOTOOLCHAIN": "local"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MongoNotBuilt(f"nothing for {_BUILD_SECONDS:g} seconds") from error
    if run.returncode != 0:
        raise MongoNotBuilt("\n".join(run.stdout.decode(errors="replace").strip().splitlines()[-5:]))


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    for name in ("main.go", "go.mod", "go.sum"):
        digest.update((SOURCES / name).read_bytes())
    return digest.hexdigest()[:12]
