"""What will be done to whom: a pure function of the seed, so that a run can be asked for again.

Each stage has a lane of incidents, one after the other, and the lanes run side by side. How far a lane comes depends on
the machine; what it does and in which order depends on the seed alone. Each lane has its special incident early.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from sandbox.chaos.orders import Boundary
from shared.topics import STAGES


class Kind(StrEnum):
    """The kinds of incident that befall one stage."""

    KILL = "kill -9"
    KILL_AT = "kill -9 at a step"
    ZOMBIE = "frozen past its session, then let go on"
    LOCK = "store locked"
    FULL = "store full"
    SCALE = "instance added and removed"
    ROLL = "policy changed, one instance at a time"
    SILENCE = "providers silent"


KILLS = frozenset({Kind.KILL, Kind.KILL_AT})


class KafkaKind(StrEnum):
    """What befalls Kafka."""

    KILL = "Kafka killed (kill -9)"
    RESTART = "Kafka restarted"


class Incident(NamedTuple):
    """``seconds`` is how long it lasts, ``gap_s`` how long the stage is left in peace before it.

    ``quick``: who was killed is started again at once, as a supervisor would; otherwise only when the survivor has
    taken over.
    """

    kind: Kind
    instance: str
    boundary: Boundary
    seconds: float
    gap_s: float
    quick: bool


class KafkaIncident(NamedTuple):
    """At which share of the run; ``away_s`` is how long it stays away when it is killed."""

    kind: KafkaKind
    at: float
    away_s: float
    victims: tuple[tuple[str, str], ...]
    """Stages and instances that are killed while Kafka is away; the twin of each goes on."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """By stage its lane; ``small_disk`` is the stage whose store will be full."""

    lanes: Mapping[str, tuple[Incident, ...]]
    kafka: tuple[KafkaIncident, ...]
    small_disk: str


INSTANCES = ("a", "b")
ADDED = "c"
LONG_S = 150.0
"""From here on every lane has time for more than one special incident, and policy is changed everywhere."""
LOCKED_S = 10.0
SILENT_S = 9.0
VICTIMS = 3
FROZEN_S = 13.0
"""Longer than the session of a member of a group, 8 s."""
_SHORTEST_INCIDENT_S = 6.0


def schedule(seed: int, seconds: float) -> Schedule:
    """The schedule of a run of this length."""
    rng = Random(f"chaos {seed}")
    is_long = seconds >= LONG_S
    lanes = {stage: _kills(rng, seconds, is_long) for stage in STAGES}
    others = [stage for stage in STAGES if stage != "payments"]
    rng.shuffle(others)
    of_one = dict(zip(others, (Kind.FULL, Kind.ZOMBIE, Kind.LOCK, Kind.SCALE, Kind.ROLL), strict=True))
    first = {**of_one, "payments": Kind.SILENCE}
    for stage, kind in first.items():
        lanes[stage].insert(rng.randrange(2), _incident(rng, kind, is_long))
    if is_long:
        more = [Kind.ZOMBIE, Kind.LOCK, Kind.SCALE, Kind.ZOMBIE, Kind.LOCK, Kind.SILENCE]
        rng.shuffle(more)
        for stage, kind in zip(STAGES, more, strict=True):
            lanes[stage].insert(2 + rng.randrange(3), _incident(rng, kind, is_long))
            if first[stage] is not Kind.ROLL:
                lanes[stage].insert(3 + rng.randrange(2), _incident(rng, Kind.ROLL, is_long))
    return Schedule(
        {stage: tuple(lane) for stage, lane in lanes.items()}, _of_kafka(rng, is_long), small_disk=others[0]
    )


def _kills(rng: Random, seconds: float, is_long: bool) -> list[Incident]:
    """More than there can be time for: kills at every boundary in turn, and some at any moment."""
    lane: list[Incident] = []
    while len(lane) * _SHORTEST_INCIDENT_S < seconds:
        # Before the offsets are committed all was published already: there it must repeat itself.
        boundaries = [Boundary.PUBLISHED, *rng.sample(list(Boundary), len(Boundary))]
        for boundary in boundaries:
            kind = Kind.KILL if rng.random() < 0.3 else Kind.KILL_AT
            lane.append(_incident(rng, kind, is_long, boundary))
    return lane


def _incident(rng: Random, kind: Kind, is_long: bool, boundary: Boundary | None = None) -> Incident:
    seconds = {Kind.LOCK: LOCKED_S, Kind.FULL: 8.0, Kind.SILENCE: SILENT_S, Kind.ZOMBIE: FROZEN_S}.get(kind, 0.0)
    chosen = boundary or rng.choice([Boundary.DECIDED, Boundary.RECORDED, Boundary.PUBLISHED])
    gap_s = rng.uniform(2, 5) if is_long else rng.uniform(1, 3)
    return Incident(kind, rng.choice(INSTANCES), chosen, seconds, round(gap_s, 2), rng.random() < 0.25)


def _of_kafka(rng: Random, is_long: bool) -> tuple[KafkaIncident, ...]:
    places = ((KafkaKind.KILL, 0.25), (KafkaKind.RESTART, 0.5), (KafkaKind.KILL, 0.75))
    return tuple(
        KafkaIncident(
            kind,
            at + rng.uniform(-0.05, 0.05),
            round(rng.uniform(1, 4), 2),
            tuple((stage, rng.choice(INSTANCES)) for stage in rng.sample(STAGES, VICTIMS)),
        )
        for kind, at in (places if is_long else ((KafkaKind.KILL, 0.5),))
    )
