"""A service that is stopped in the middle of a stream lets go in good order and goes on where it was."""

from pathlib import Path

from sandbox.kafka.broker import LocalKafka
from tests.integration.start.feeding import STAGE, Site
from tests.integration.start.place import until

OK, STOPPED = 0, 4


def test_told_to_stop_in_mid_stream_it_commits_what_it_did_and_goes_on_without_loss(site: Site) -> None:
    before = site.fates().total() if site.fed else 0
    with site.place.running(STAGE) as process:
        site.feed(800)
        until(lambda: sum(site.committed().values()) >= before + 50, "the first batches")
        process.ask_to_stop()
        ended = site.place.ended(process, STAGE)
    assert ended.code == OK, ended.said
    assert "Traceback" not in ended.said
    assert ended.seconds < site.place.deployment.settings().stop_s, "within the time that docs/configuration.md states"
    left = site.left
    assert 0 < left < 800, "it was in mid-stream"
    assert site.fates() == site.committed(), "all that was decided is committed, and nothing else"
    lines = site.lines()
    assert len({line.header("ce_id") for line in lines}) == len(lines), "nothing was said twice"

    with site.place.running(STAGE):
        site.until_done()
        site.assert_each_once()
    lines = site.lines()
    assert len({line.header("ce_id") for line in lines}) == len(lines), "nor after the restart"


def test_another_kafka_than_the_one_that_the_rows_came_from_stops_it_before_it_reads(
    site: Site, tmp_path: Path
) -> None:
    with site.place.running(STAGE):
        site.feed(20)
        site.until_done()
    with LocalKafka(tmp_path / "another") as another:
        ended = site.place.with_(kafka=another.bootstrap).ends(STAGE)
    assert ended.code == STOPPED, ended.said
    assert "This store's rows came from the Kafka cluster" in ended.sentence
    assert "DSR_KAFKA" in ended.sentence
    assert "DSR_STORE" in ended.sentence
    assert "Traceback" not in ended.said
    with site.place.running(STAGE):
        site.assert_each_once()
