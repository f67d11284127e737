"""Kafka or the store away while a service runs: it says which, lives on, loses nothing, and can be stopped."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.start.feeding import STAGE, Site
from tests.integration.start.place import Place, until

OK = 0


def until_it_misses(place: Place, dependency: str) -> None:
    """Readiness names the dependency and no other, and nobody is to restart the service for it."""
    said = f"waits for {dependency}, which is away"
    until(lambda: any(said in why for why in (place.missing(STAGE) or {}).values()), f"{STAGE} to miss {dependency}")
    other = {"kafka": "store", "store": "kafka"}[dependency]
    assert not any(f"waits for {other}" in why for why in (place.missing(STAGE) or {}).values())
    assert place.lives(STAGE)


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Another process holds the write lock of a SQLite file."""
    connection = sqlite3.connect(store, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_a_store_that_is_locked_is_waited_for_and_a_stop_in_mid_wait_is_clean(site: Site) -> None:
    place = site.place
    store = Path(place.deployment.settings().store_url(STAGE).removeprefix("sqlite:///"))
    with place.running(STAGE) as process:
        site.feed(20)
        site.until_done()
        known = site.fates()
        with locked(store):
            site.feed(40)
            until_it_misses(place, "store")
            process.ask_to_stop()
            ended = place.ended(process, STAGE)
        assert ended.code == OK, ended.said
        assert ended.seconds < place.deployment.settings().stop_s
    assert site.fates() == known == site.committed()
    with place.running(STAGE):
        site.until_done()
        site.assert_each_once()


def test_a_kafka_that_is_away_is_waited_for_and_a_stop_in_mid_wait_is_clean(site: Site) -> None:
    """That work goes on without a restart when Kafka is back is shown in ``test_kafka_faults`` and by the chaos."""
    place = site.place
    with place.running(STAGE) as process:
        site.feed(20)
        site.until_done()
        site.kafka.kill()
        try:
            until_it_misses(place, "kafka")
            process.ask_to_stop()
            ended = place.ended(process, STAGE)
        finally:
            site.kafka.start()
        assert ended.code == OK, ended.said
        assert ended.seconds < place.deployment.settings().stop_s
    site.feed(40)
    with place.running(STAGE):
        site.until_done()
        site.assert_each_once()
