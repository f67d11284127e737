"""What an operator's commands and a service's start ask of a cluster: topics made, its id, and whether it answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from random import Random
from time import monotonic
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidTopicError, NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from shared.errors import DsrError
from shared.kafka.failures import CLIENT_FAILURES, away
from shared.stage.ports import KafkaAway
from shared.topics import Topic

CALL_TIMEOUT_MS = 10_000
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 2.0


class NoKafka(KafkaAway):
    """Nothing answered as Kafka within the time allowed: give up and say so."""

    exit_code = 3

    def __init__(self, bootstrap: str, waited_s: float, cause: str) -> None:
        super().__init__(cause)
        self.bootstrap, self.waited_s = bootstrap, waited_s
        DsrError.__init__(
            self,
            f"No Kafka answered at {bootstrap} within {waited_s:g} s ({cause}). "
            "Start it, or set DSR_KAFKA to where it is.",
        )


class PartitionsDiffer(DsrError):
    """Topics exist with another number of partitions than the chain has: keys would change their partition."""

    exit_code = 2

    def __init__(self, differing: Mapping[str, tuple[int, int]]) -> None:
        self.differing = dict(differing)
        named = "; ".join(f"{name} has {found} and needs {wanted}" for name, (found, wanted) in differing.items())
        super().__init__(
            f"Topics exist with another number of partitions: {named}. The number never changes along the chain: "
            "make these topics anew, or use another Kafka."
        )


class TopicNotMade(DsrError):
    """Kafka refused to make a topic."""

    def __init__(self, topic: str, cause: str) -> None:
        self.topic, self.cause = topic, cause
        super().__init__(f"Kafka refused to make the topic {topic}: {cause}.")


class Difference(NamedTuple):
    """A setting of an existing topic that is not as ``shared.topics`` has it."""

    topic: str
    setting: str
    wanted: str
    found: str | None


class TopicsMade(NamedTuple):
    """What ``create_topics`` did and saw."""

    created: tuple[str, ...]
    differences: tuple[Difference, ...]


async def create_topics(bootstrap: str, topics: Sequence[Topic]) -> TopicsMade:
    """Make the topics that are missing, with their settings; look at the others and change nothing about them.

    Two that run at once are harmless. Raises ``PartitionsDiffer``, ``TopicNotMade`` and ``KafkaAway``.
    """
    names = [topic.name for topic in topics]
    async with _admin(bootstrap) as admin:
        found = _partitions(await admin.describe_topics(names))
        missing = [topic for topic in topics if topic.name not in found]
        created = _created(await admin.create_topics([_new(topic) for topic in missing])) if missing else ()
        if len(created) < len(missing):  # another instance made some of them in between
            found |= _partitions(await admin.describe_topics(names))
        existing = [topic for topic in topics if topic.name not in created]
        differing = {
            topic.name: (found[topic.name], topic.partitions)
            for topic in existing
            if found.get(topic.name, topic.partitions) != topic.partitions
        }
        if differing:
            raise PartitionsDiffer(differing)
        return TopicsMade(created, await _differences(admin, existing))


async def cluster_id(bootstrap: str) -> str:
    """The id of the cluster, which it keeps for ever; raises ``KafkaAway``."""
    async with _admin(bootstrap) as admin:
        return str((await admin.describe_cluster())["cluster_id"])


async def wait_for_kafka(
    bootstrap: str,
    deadline_s: float,
    *,
    random: Random,
    clock: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> str:
    """Return the cluster's id once Kafka answers; raises ``NoKafka`` when it has not after ``deadline_s`` seconds.

    Waits between tries grow to ``LONGEST_WAIT_S`` and are jittered, so that services started together spread.
    """
    started = clock()
    wait_s = FIRST_WAIT_S
    while True:
        left_s = deadline_s - (clock() - started)
        try:
            async with asyncio.timeout(max(left_s, 0.1)):
                return await cluster_id(bootstrap)
        except TimeoutError:
            cause = "no answer"
        except KafkaAway as error:
            cause = error.cause
        left_s = deadline_s - (clock() - started)
        if left_s <= 0:
            raise NoKafka(bootstrap, deadline_s, cause)
        await sleep(min(left_s, wait_s * (0.5 + random.random() / 2)))
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


@contextlib.asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="dsr-admin", request_timeout_ms=CALL_TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    except CLIENT_FAILURES as error:
        raise away(error) from error
    finally:
        await admin.close()


def _new(topic: Topic) -> NewTopic:
    """Replication is the cluster's own default: one broker has no choice, a real cluster has its policy."""
    new = NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config())
    new.replication_factor = -1  # the broker's default; the constructor does not take it
    return new


def _created(response: Any) -> tuple[str, ...]:
    created = []
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if error is NoError:
            created.append(name)
        elif error is not TopicAlreadyExistsError:
            raise TopicNotMade(name, next((text for text in message if text), error.__name__))
    return tuple(created)


def _partitions(described: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    for one in described:
        error = for_code(one["error_code"])
        if error is InvalidTopicError:
            raise TopicNotMade(one["topic"], "this is no name for a topic")
        if error not in (NoError, UnknownTopicOrPartitionError):
            raise KafkaAway(f"{one['topic']}: {error.__name__}")
    return {one["topic"]: len(one["partitions"]) for one in described if one["error_code"] == 0}


async def _differences(admin: Any, topics: Sequence[Topic]) -> tuple[Difference, ...]:
    if not topics:
        return ()
    wanted = {topic.name: topic.config() for topic in topics}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
    differences = []
    for response in await admin.describe_configs(resources):
        for _, _, _, name, entries in response.resources:
            found = {entry[0]: entry[1] for entry in entries}
            differences += [
                Difference(name, setting, value, found.get(setting))
                for setting, value in wanted[name].items()
                if found.get(setting) != value
            ]
    return tuple(differences)
