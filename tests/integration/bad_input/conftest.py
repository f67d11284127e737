"""One running system for all tests of the folder: each has applicants and references of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from sandbox import treasury
from sandbox.deployment.deployment import ROOT, prepare, running
from sandbox.kafka.broker import LocalKafka
from shared import topics
from shared.policy import load_policy
from shared.policy.dates import policy_date
from tests.integration.bad_input.ears import Ears
from tests.integration.bad_input.people import People
from tests.integration.bad_input.world import World

POISHA = 10**9


def tolerant(folder: Path) -> Path:
    """The policy that ships, whose gaps never run out; but that of occupation has run out."""
    copytree(ROOT / "deploy" / "policy", folder)
    file = folder / "sources.yaml"
    text = file.read_text(encoding="utf-8").replace("2027-06-30", "2099-12-31")
    over = "{action: accept_as_gap, until: 2025-06-30, basis: assumed, source: a test}"
    assert "occupation: *not_named" in text
    file.write_text(text.replace("occupation: *not_named", f"occupation: {over}"), encoding="utf-8")
    return folder


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Six services, a cycle open with money in it, and nobody who plays the providers: that is up to the tests."""
    folder = tmp_path_factory.mktemp("bad-input")
    policy_dir = tolerant(folder / "policy")
    policy, today = load_policy(policy_dir), policy_date(datetime.now(UTC))
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(folder / "kafka"))
        prepared = anyio.run(prepare, folder, kafka.bootstrap, policy, policy_dir)
        # A payment stays as it is until a test reports on it; and most of what comes in here is bad.
        settings = {"DSR_REPORT_WAIT_FACTOR": "1", "DSR_BREAKER_MINIMUM": "10000"}
        prepared = replace(prepared, environment={**prepared.environment, **settings})
        deployment = stack.enter_context(running(prepared))
        portal = stack.enter_context(start_blocking_portal("asyncio"))
        ears = Ears()
        # What comes in may be what no client can read; only what the system says is listened to.
        submitted = {topics.submitted(source) for source in policy.sources}
        everything = topics.all_topics(policy.sources, policy.providers)
        names = [topic.name for topic in everything if topic.name not in submitted]
        following = portal.start_task_soon(ears.follow, kafka.bootstrap, names)
        stack.callback(following.cancel)
        world = World(deployment, portal, ears, People(policy, today))
        stack.callback(world.close)
        with world.client("treasury") as finance, world.client() as operator:
            treasury.prepare_cycles(finance, operator, policy, today, POISHA)
        yield world
