"""One intake and one inner stage for all tests of the folder, on a Kafka of their own."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from sandbox.deployment.deployment import ROOT, prepare, running
from sandbox.kafka.broker import LocalKafka
from shared import topics
from shared.policy import load_policy
from shared.policy.dates import policy_date
from tests.integration.bad_input.ears import Ears
from tests.integration.bad_input.people import People
from tests.integration.poison.site import Site

STAGES = ("intake", "scoring")
POLICY = ROOT / "deploy" / "policy"


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both services, ready; most of what comes in here is bad, so no breaker stops them."""
    folder = tmp_path_factory.mktemp("poison")
    policy = load_policy(POLICY)
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(folder / "kafka"))
        prepared = anyio.run(prepare, folder, kafka.bootstrap, policy, POLICY)
        prepared = replace(prepared, environment={**prepared.environment, "DSR_BREAKER_MINIMUM": "10000"})
        deployment = stack.enter_context(running(prepared, STAGES))
        portal = stack.enter_context(start_blocking_portal("asyncio"))
        ears = Ears()
        every = topics.all_topics(policy.sources, policy.providers)
        names = [topic.name for topic in every if not topic.outside]
        following = portal.start_task_soon(ears.follow, kafka.bootstrap, names)
        stack.callback(following.cancel)
        site = Site(deployment, portal, ears, People(policy, policy_date(datetime.now(UTC))))
        stack.callback(site.close)
        yield site
