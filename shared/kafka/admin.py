"""What an operator's commands and a service's start ask of a cluster: topics made, its id, and whether it answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from random import Random
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidTopicError, NoError, TopicAlreadyExistsError, for_code

from shared.errors import DsrError
from shared.kafka.failures import CLIENT_FAILURES, away
from shared.stage.ports import KafkaAway
from shared.topics import Topic

T = TypeVar("T")

CALL_TIMEOUT_MS = 10_000
KNOWN_POLL_S = 0.05
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
    wanted = {topic.name: topic for topic in topics}
    async with _admin(bootstrap) as admin:
        missing = wanted.keys() - (await _partitions(admin, wanted)).keys()
        new = [_new(topic) for topic in topics if topic.name in missing]
        created = _created(await admin.create_topics(new)) if new else ()
        found = await _once_all_are_known(_partitions, admin, wanted)
        differing = {
            name: (found[name], topic.partitions) for name, topic in wanted.items() if found[name] != topic.partitions
        }
        if differing:
            raise PartitionsDiffer(differing)
        settings = await _once_all_are_known(_settings, admin, [name for name in wanted if name not in created])
        differences = tuple(
            Difference(name, setting, value, found_settings.get(setting))
            for name, found_settings in settings.items()
            for setting, value in wanted[name].config().items()
            if found_settings.get(setting) != value
        )
        return TopicsMade(created, differences)


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


async def _once_all_are_known(
    look: Callable[[Any, Collection[str]], Awaitable[dict[str, T]]], admin: Any, names: Collection[str]
) -> dict[str, T]:
    """What ``look`` sees once it sees all: brokers hear of a new topic some time after it was made."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT_MS / 1000):
            while True:
                found = await look(admin, names)
                if found.keys() == set(names):
                    return found
                await asyncio.sleep(KNOWN_POLL_S)
    except TimeoutError:
        raise KafkaAway("brokers do not hear of new topics") from None


async def _partitions(admin: Any, names: Collection[str]) -> dict[str, int]:
    """The number of partitions of those of ``names`` that exist."""
    found = {}
    for one in await admin.describe_topics(list(names)):
        error = for_code(one["error_code"])
        if error is NoError:
            found[one["topic"]] = len(one["partitions"])
        elif error is InvalidTopicError:
            raise TopicNotMade(one["topic"], "this is no name for a topic")
        elif not error.retriable:
            raise KafkaAway(f"{one['topic']}: {error.__name__}")
    return found


async def _settings(admin: Any, names: Collection[str]) -> dict[str, dict[str, str]]:
    """The settings in force of those of ``names`` that exist."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in await admin.describe_configs(resources)
        for code, _, _, name, entries in response.resources
        if for_code(code) is NoError
    }
