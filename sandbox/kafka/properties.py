"""How the local Kafka is set: a node of its own, broker and controller in one process, small and quick to start."""

from pathlib import Path
from typing import Final

from sandbox.ports import LOOPBACK

# Small, and quick to start rather than quick after an hour: this broker lives for minutes.
JVM_OPTIONS: Final = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Djava.io.tmpdir=tmp",
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.xml').as_uri()}",
)

# Of one node, every internal topic can have one replica only. The first member of a group need not wait for more.
# Topics are made by those who own them, never by a misspelt name. After a crash the controller refuses the broker
# until the session of its former life is over: 3 seconds instead of 9.
_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
controller.listener.names=CONTROLLER
log.dirs=data
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
log.cleaner.dedupe.buffer.size=8388608
"""


def server_properties(port: int, controller_port: int) -> str:
    """The text of ``server.properties`` for a broker on ``port``; its data lie in ``data`` below where it runs."""
    return _PROPERTIES.format(host=LOOPBACK, port=port, controller_port=controller_port)
