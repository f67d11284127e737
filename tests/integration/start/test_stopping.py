"""A service that is stopped in the middle of a stream lets go in good order and goes on where it was."""

import os
import signal
from pathlib import Path

from sandbox.kafka.broker import LocalKafka
from tests.integration.start.feeding import STAGE, Site
from tests.integration.start.place import until

OK, STOPPED = 0, 4


def repeated(site: Site) -> int:
    """How many lines were published again; a test that killed the stage may have left some."""
    lines = site.lines()
    return len(lines) - len({line.header("ce_id") for line in lines})


def test_told_to_stop_in_mid_stream_it_commits_what_it_did_and_goes_on_without_loss(site: Site) -> None:
    before, repeated_before = (site.fates().total(), repeated(site)) if site.fed else (0, 0)
    with site.place.running(STAGE) as process:
        site.feed(400)
        more = site.drawn(400)
        until(lambda: sum(site.committed().values()) >= before + 50, "the first batches")
        os.kill(process.pid, signal.SIGSTOP)  # so that the stop finds work left, however slowly this test comes to it
        site.send(more)
        process.ask_to_stop()
        os.kill(process.pid, signal.SIGCONT)
        ended = site.place.ended(process, STAGE)
    assert ended.code == OK, ended.said
    assert "Traceback" not in ended.said
    assert ended.seconds < site.place.deployment.settings().stop_s, "within the time that docs/configuration.md states"
    left = site.left
    assert 0 < left < 800, "it was in mid-stream"
    assert site.fates() == site.committed(), "all that was decided is committed, and nothing else"
    assert repeated(site) == repeated_before, "nothing was said twice"

    with site.place.running(STAGE):
        site.until_done()
        site.assert_each_once()
    assert repeated(site) == repeated_before, "nor after the restart"


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
