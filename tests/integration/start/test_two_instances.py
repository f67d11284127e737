"""Two instances of a stage at once, and one of them killed: every record is decided exactly once all the same."""

import os
import signal
from collections import Counter

from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from sandbox.ports import free_ports
from shared.topics import GROUPS
from tests.integration.start.feeding import STAGE, SUBMITTED, Site, Where
from tests.integration.start.place import Place, until


def members(bootstrap: str) -> dict[str, set[Where]]:
    """Who reads what in a group that has settled, by instance; empty while it rebalances."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    group = admin.describe_consumer_groups([GROUPS[STAGE]])[GROUPS[STAGE]].result()
    if group.state is not ConsumerGroupState.STABLE:
        return {}
    return {
        str(member.group_instance_id): {(at.topic, at.partition) for at in member.assignment.topic_partitions}
        for member in group.members
    }


def second(place: Place) -> Place:
    """The same store and Kafka for an instance beside the first."""
    (port,) = free_ports(1)
    return place.with_(instance=2, intake_port=port)


def test_a_feed_of_500_goes_through_once_though_one_of_two_instances_is_killed(site: Site) -> None:
    bootstrap = site.place.deployment.bootstrap
    before = site.fates().total() if site.fed else 0
    with site.place.running(STAGE), second(site.place).running(STAGE) as other:
        shares = until(lambda: both if len(both := members(bootstrap)) == 2 else None, "two members")
        assert all(shares.values()), "both have something to read"
        killed = shares[f"{STAGE}-2"]
        old = Counter(site.committed())
        site.feed(250)
        more = site.drawn(250)
        until(lambda: sum((Counter(site.committed()) - old)[where] for where in killed) > 0, "the second's first batch")
        os.kill(other.pid, signal.SIGSTOP)  # so that it leaves something, however slowly this test comes to the kill
        site.send(more)
        other.kill()
        assert other.exit_code == -signal.SIGKILL
        assert site.left > 0, "it was killed in between"
        site.until_done()
        assert site.fates().total() == before + 500
        assert members(bootstrap).keys() == {f"{STAGE}-1"}, "the first has taken over"
        site.assert_each_once()
    assert set(site.fates()) <= {(name, partition) for name in SUBMITTED for partition in range(4)}
