"""What every topic must be set to, each rule because of a trap that was seen (design.md §3)."""

import pytest

from shared import topics
from shared.topics import Topic

ALL = topics.all_topics(("lgd", "msw"), ("bkash",))

every_topic = pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)


@every_topic
def test_a_record_is_kept_by_when_it_came_and_not_by_what_it_says(topic: Topic) -> None:
    """One that is stamped 1970 would be deleted by retention, unread, seconds after it came."""
    assert topic.config()["message.timestamp.type"] == "LogAppendTime"


@every_topic
def test_no_topic_is_compacted(topic: Topic) -> None:
    """A paused instance that wakes up late would leave its stale status as the last one."""
    assert topic.config()["cleanup.policy"] == "delete"


@every_topic
def test_what_outsiders_write_is_measured_without_compression(topic: Topic) -> None:
    """300 MB pass a limit of 1 MB when they are compressed, and are inflated before any handler runs."""
    config = topic.config()
    assert topic.outside == any(":" in who or who in ("reviewers", "committees") for who in topic.written_by)
    assert config["compression.type"] == ("uncompressed" if topic.outside else "producer")
    assert topic.max_bytes == topics.OUTSIDE_MAX_BYTES * (1 if topic.outside else 2)


def test_the_number_of_partitions_is_one_along_the_chain() -> None:
    assert {topic.partitions for topic in ALL} == {topics.PARTITIONS}
