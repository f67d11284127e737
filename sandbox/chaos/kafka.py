"""What befalls Kafka: it is killed, with services killed while it is away, or restarted in good order."""

import asyncio
from collections.abc import Sequence
from time import monotonic

from sandbox.chaos.gate import Gate
from sandbox.chaos.instances import Fleet
from sandbox.chaos.schedule import INSTANCES, KafkaIncident, KafkaKind
from sandbox.chaos.takeover import Kill
from sandbox.chaos.tally import Tally
from sandbox.kafka.broker import LocalKafka
from shared.topics import STAGES


async def shake(
    kafka: LocalKafka, fleet: Fleet, gate: Gate, tally: Tally, incidents: Sequence[KafkaIncident], seconds: float
) -> None:
    """Go through the incidents of a run of ``seconds``; each at its share of it, or as soon after as may be."""
    for incident in incidents:
        await asyncio.sleep(max(0.0, incident.at * seconds - (monotonic() - tally.began)))
        async with gate.alone():
            tally.now["kafka"] = incident.kind
            gone_at = monotonic()
            if incident.kind is KafkaKind.KILL:
                await _kill(kafka, fleet, tally, incident)
            else:
                await asyncio.to_thread(kafka.restart)
            tally.kafka_away_s.append(round(monotonic() - gone_at, 2))
            tally.done[incident.kind] += 1
            await asyncio.gather(*(fleet.of(stage, name).ready() for stage in STAGES for name in INSTANCES))
            tally.now.pop("kafka", None)


async def _kill(kafka: LocalKafka, fleet: Fleet, tally: Tally, incident: KafkaIncident) -> None:
    victims = [fleet.of(stage, instance) for stage, instance in incident.victims]
    await asyncio.to_thread(kafka.kill)
    await asyncio.sleep(incident.away_s / 2)
    for victim in victims:
        victim.kill()
        tally.kills.append(Kill(tally.at_s, victim.stage, victim.instance, None, True, True, 0, 0, None))
    await asyncio.sleep(incident.away_s / 2)
    for victim in victims:
        victim.start()
    await asyncio.to_thread(kafka.start)
