"""A disk without room: the service waits, says so, loses nothing, and goes on by itself when there is room."""

import contextlib
import os
from pathlib import Path

import pytest

from tests.integration.start.feeding import STAGE, Site
from tests.integration.start.place import Place, until

CHUNK = 4096


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(CHUNK))
    assert os.statvfs(folder).f_bavail == 0
    return ballast


def test_a_disk_that_fills_up_stops_the_work_and_not_the_service(site: Site, small_disk: Path | None) -> None:
    if small_disk is None:
        pytest.skip("a small disk can only be mounted by root")
    with site.place.running(STAGE) as process:
        site.feed(20)
        site.until_done()
        known = site.fates().total()
        ballast = fill(small_disk)
        site.feed(300)
        missing = until(lambda: site.place.missing(STAGE), "the service to say that it waits")
        assert any("the disk is full" in sentence for sentence in missing.values()), missing
        assert process.exit_code is None
        assert site.left > 0
        written = site.place.said(STAGE)

        ballast.unlink()
        site.until_done()
        until(lambda: site.place.missing(STAGE) == {}, "the service to be ready again")
        site.assert_each_once()
        assert site.fates().total() == known + 300
    assert "Traceback" not in written


def test_a_disk_that_is_full_at_the_start_is_said_when_the_wait_is_over(site: Site, small_disk: Path | None) -> None:
    if small_disk is None:
        pytest.skip("a small disk can only be mounted by root")
    place: Place = site.place.with_(kafka_wait_s=2)
    ballast = fill(small_disk)
    try:
        ended = place.ends(STAGE)
    finally:
        ballast.unlink()
    assert ended.code == 3, ended.said
    assert "The store did not answer within 2 s" in ended.sentence
    assert "the disk is full" in ended.sentence
    assert "Traceback" not in ended.said
