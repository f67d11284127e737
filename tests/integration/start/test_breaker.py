"""A bad deployment cannot dead-letter a country: the consumer stops, says why, and only a person lets it go on."""

import orjson

from shared import topics
from tests.integration.start.feeding import STAGE, Site
from tests.integration.start.place import Place, until

RUBBISH, MINIMUM = 60, 10
GROUP = topics.GROUPS[STAGE]
OPEN = f'dsr_breaker_open{{group="{GROUP}",stage="{STAGE}"}} 1.0'


def why_it_stopped(place: Place) -> str:
    """The reason that readiness gives, as soon as it gives one."""
    reason: str = until(lambda: (place.missing(STAGE) or {}).get(f"{STAGE}.breaker"), "the breaker to open")
    return reason


def test_mostly_dead_letters_stop_the_consumer_through_any_crash_until_a_person_resumes_it(site: Site) -> None:
    place = site.place.with_(breaker_minimum=MINIMUM, breaker_window=2 * RUBBISH)
    before = site.fates().total() if site.fed else 0
    site.feed_rubbish(RUBBISH)
    for crash in range(3):
        process = place.start(STAGE)
        try:
            assert "could not be read" in why_it_stopped(place)
            assert place.lives(STAGE), "a restart would mend nothing"
            assert OPEN in place.metrics(STAGE)
            if crash < 2:
                process.kill()
                continue
            assert site.fates().total() - before < MINIMUM, "no crash has let another letter through"
            site.feed(20)
            resumed = place.dsr("resume", STAGE, "--reason", "the export was turned back")
            assert resumed.returncode == 0, resumed.stderr
            assert orjson.loads(resumed.stdout)["result"] == {"group": GROUP, "was_open": True}
            site.until_done()
            until(lambda: place.missing(STAGE) == {}, "intake to be ready again")
            until(lambda: OPEN not in place.metrics(STAGE), "the gauge to fall")
            site.assert_each_once()
        finally:
            process.kill()
