"""Wires a stage to Kafka, its store and HTTP: what every composition root does the same way.

A service is two consumers in one process, the stage's own and its commands', over one store and one producer. Commands
have a group of their own, which no breaker stops, so that an operator can always be heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random, SystemRandom
from time import monotonic, time_ns
from typing import Any
from uuid import uuid4

from fastapi import APIRouter

from shared import topics
from shared.http.app import make_app
from shared.http.commands import RESUME, CommandSpec, command_router
from shared.http.deadletters import SPECS as LETTERS
from shared.http.deadletters import letter_router
from shared.http.health import of_worker, pinging, tell_alive
from shared.http.keys import load_keys
from shared.kafka.consumer import KafkaSource
from shared.kafka.letters import KafkaLetters
from shared.kafka.producer import KafkaSink
from shared.observability.metrics import Metrics
from shared.observability.observer import MetricsObserver
from shared.policy import Policy
from shared.service.host import Service, Worker
from shared.service.identity import same_kafka
from shared.settings import Settings
from shared.stage.breaker import Breaker, BreakerLimits
from shared.stage.commands import CommandStage
from shared.stage.letters import LetterDesk
from shared.stage.loop import LoopLimits, StageLoop
from shared.stage.ports import Sink
from shared.stage.runner import Runner
from shared.stage.stage import Stage
from shared.stage.tables import RUNTIME
from shared.store.opening import open_store
from shared.store.port import Store, Table


def now_us() -> int:
    """The wall clock, µs since 1970 UTC."""
    return time_ns() // 1_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What a stage is built on: made first, so that the stage can be given its store."""

    stage: str
    settings: Settings
    metrics: Metrics
    policy: Policy
    store: Store
    sink: Sink
    random: Random = field(default_factory=SystemRandom)


def ground(stage: str, settings: Settings, metrics: Metrics, policy: Policy) -> Ground:
    """Store and producer of a service, not yet connected. Raises what a wrong setting raises."""
    store = open_store(settings.store_url(stage), settings.store_cache_mb)
    sink = KafkaSink(
        settings.kafka,
        client_id=f"dsr-{stage}-{settings.instance}",
        on_replaced=lambda: metrics.producers_replaced.add(1, stage),
    )
    return Ground(stage, settings, metrics, policy, store, sink)


def assemble(
    on: Ground,
    stage: Stage[Any],
    command_stage: CommandStage,
    *,
    specs: Sequence[CommandSpec] = (),
    routers: Sequence[APIRouter] = (),
    tables: Sequence[Table[Any]] = (),
    workers: Sequence[Worker] = (),
    view: Stage[Any] | None = None,
    title: str,
) -> Service:
    """The service around ``stage``. ``workers`` are further tasks, such as a scheduler of timers.

    ``view`` keeps a copy of what others tell, in a consumer group of its own (``topics.VIEW_GROUPS``).
    """
    settings, observer = on.settings, MetricsObserver(on.metrics)
    sources = on.policy.sources
    limits = LoopLimits(max_records=settings.batch_records)
    group = topics.GROUPS[on.stage]

    def breaker_of(group: str) -> Breaker:
        limits = BreakerLimits(settings.breaker_window, settings.breaker_share, settings.breaker_minimum)
        return Breaker(group, on.store, limits)

    def loop(name: str, member: Stage[Any], group: str, read: Sequence[str], guard: Breaker | None) -> StageLoop:
        source = KafkaSource(
            settings.kafka,
            group,
            read,
            client_id=f"{name}-{settings.instance}",
            instance_id=f"{name}-{settings.instance}",
        )
        runner = Runner(
            member,
            on.store,
            on.sink,
            group=group,
            now_us=now_us,
            observer=observer,
            may_miss=lambda topic: topics.is_status_of_none(topic, sources),
            **({"too_many_dead": guard.would_trip} if guard is not None else {}),
        )
        return StageLoop(
            name,
            runner,
            source,
            on.store,
            breaker=guard,
            observer=observer,
            random=on.random,
            now_us=now_us,
            limits=limits,
        )

    letters = KafkaLetters(settings.kafka, topics.letter_topics(on.stage, on.policy.sources, on.policy.providers))
    letter_desk = LetterDesk(on.store, letters, now_us)
    command_stage.extend(letter_desk.handlers(), letter_desk.emitters())
    main = loop(
        on.stage, stage, group, topics.main_topics(on.stage, on.policy.sources, on.policy.providers), breaker_of(group)
    )
    commands = loop(
        f"{on.stage}-commands", command_stage, topics.COMMAND_GROUPS[on.stage], (topics.command(on.stage),), None
    )
    loops = [main, commands]
    if view is not None:
        own = topics.VIEW_GROUPS[on.stage]
        loops.append(loop(f"{on.stage}-view", view, own, topics.view_topics(on.stage), breaker_of(own)))
    app = make_app(
        on.stage,
        title,
        [
            command_router(
                on.stage, (*specs, *LETTERS, RESUME), store=on.store, sink=on.sink, now_us=now_us, new_id=uuid4
            ),
            letter_router(letters, on.store),
            *routers,
        ],
        keys=load_keys(settings.keys_file),
        metrics=on.metrics,
        probes=[
            pinging("store", on.store.ping),
            *(probe for item in loops for probe in of_worker(item, monotonic, settings.stall_s)),
        ],
        max_bytes=settings.http_max_bytes,
        new_id=uuid4,
        before_scrape=tell_alive(on.stage, loops, on.metrics),
    )
    return Service(
        on.stage,
        app,
        on.store,
        (*RUNTIME, *tables),
        on.sink,
        (*loops, *workers),
        checks=[lambda: same_kafka(settings.kafka, on.store)],
    )
