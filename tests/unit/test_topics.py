"""What every topic must be set to, each rule because of a trap that was seen (design.md §3)."""

from shared import topics

ALL = topics.all_topics(("lgd", "msw"), ("bkash",))


def test_a_record_is_kept_by_when_it_came_and_not_by_what_it_says() -> None:
    """One that is stamped 1970 would be deleted by retention, unread, seconds after it came."""
    for topic in ALL:
        assert topic.config()["message.timestamp.type"] == "LogAppendTime", topic.name


def test_no_topic_is_compacted() -> None:
    """A paused instance that wakes up late would leave its stale status as the last one."""
    for topic in ALL:
        assert topic.config()["cleanup.policy"] == "delete", topic.name


def test_what_outsiders_write_is_measured_without_compression() -> None:
    """300 MB pass a limit of 1 MB when they are compressed, and are inflated before any handler runs."""
    for topic in ALL:
        config = topic.config()
        outside = any(":" in who or who in ("reviewers", "committees") for who in topic.written_by)
        assert topic.outside == outside, topic.name
        assert config["compression.type"] == ("uncompressed" if outside else "producer"), topic.name
        assert topic.max_bytes == topics.OUTSIDE_MAX_BYTES * (1 if outside else 2), topic.name


def test_the_number_of_partitions_is_one_along_the_chain() -> None:
    assert {topic.partitions for topic in ALL} == {topics.PARTITIONS}
