"""A service as a process that a test starts with an environment of its own."""

import subprocess
import time

import httpx
import pytest

READY_S = 40.0


def until_ready(url: str, process: "subprocess.Popen[str]") -> None:
    """Return when the service says that it is ready; kills it and fails with what it wrote when it is not in time."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url + "/health/ready", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    process.kill()
    pytest.fail(f"the service at {url} was not ready: {process.communicate()[1]}")
