"""An operator's way with dead letters, from the list to a replay, on running services; and the books hold after it."""

from typing import Any

import anyio
import orjson

from services.intake.checks import check
from shared import topics
from shared.stage.letters import name_of
from shared.stage.records import Origin
from tests.integration.bad_input.world import Sent, event
from tests.integration.poison.site import Site

INTAKE = topics.GROUPS["intake"]
SUBMITTED = topics.submitted("lgd")


def put_aside(site: Site, *records: Sent) -> list[str]:
    """Bad records, as soon as they are dead letters: their names."""
    origins = site.submit(*records)
    for origin in origins:
        site.letter(origin, INTAKE)
    return [name_of(origin) for origin in origins]


def listed(site: Site, *arguments: str) -> dict[str, str]:
    """The letters of intake, with their states."""
    (page,) = site.dsr("dlq", "list", "intake", "--limit", "10000", *arguments)["stages"]
    return {line["letter"]: line["state"] for line in page["letters"]}


def test_letters_are_found_by_code_source_and_time_and_shown_without_the_person(site: Site) -> None:
    word = site.secret()
    form = {**site.form(), "remark": word}
    national_id = str(form["applicant"]["national_id"])
    (letter,) = put_aside(site, Sent(orjson.dumps(form), (("ce_id", word.encode()),), word.encode()))
    assert listed(site, "--code", "missing_ce_specversion", "--source", "lgd", "--since", "1h")[letter] == "open"
    for nowhere in (["--code", "not_json"], ["--source", "dss"], ["--until", "2026-01-01"], ["--state", "discarded"]):
        assert letter not in listed(site, *nowhere)
    shown = site.dsr("dlq", "show", "intake", letter)
    assert (shown["code"], shown["state"], shown["value"]["programme"]) == (
        "missing_ce_specversion",
        "open",
        "old_age",
    )
    assert word not in orjson.dumps(shown).decode()
    assert national_id not in orjson.dumps(shown).decode()
    assert site.dsr("dlq", "show", "intake", f"{SUBMITTED}/0/99999999", code=2)


def test_a_dry_run_says_what_would_go_and_a_replay_goes_once(site: Site) -> None:
    (letter,) = put_aside(site, Sent(b"{" + site.secret().encode(), event({}).headers))
    plan = site.dsr("dlq", "replay", "intake", letter, "--reason", "to see", "--dry-run")
    assert plan["would_be_replayed"] == [letter]
    assert listed(site)[letter] == "open"
    done = site.dsr("dlq", "replay", "intake", letter, "--reason", "the parser is mended")
    assert (done["replayed"], done["of"]) == (1, 1)
    again = site.dsr("dlq", "replay", "intake", letter, "--reason", "once more", code=1)
    assert again["replayed"] == 0
    assert "replayed before" in next(iter(again["not_taken"]))

    def returns(shown: Any) -> list[Any]:
        return [one for one in shown["returns"] if one.get("kind")]

    shown = site.dsr("dlq", "show", "intake", letter)
    assert (shown["decided"]["by"], shown["decided"]["reason"]) == ("operator", "the parser is mended")
    (back,) = site.until(lambda: returns(site.dsr("dlq", "show", "intake", letter)), "the replay to have a fate")
    assert back["kind"] == "dead_letter"
    second = site.dsr("dlq", "show", "intake", back["letter"])
    assert (second["state"], second["received_at"]) == ("open", shown["received_at"])


def test_a_discarded_letter_is_listed_no_longer_and_stays_discarded(site: Site) -> None:
    (letter,) = put_aside(site, Sent(b"rubbish", event({}).headers))
    assert site.dsr("dlq", "discard", "intake", letter, "--reason", "a test of the ministry's")["discarded"] == 1
    assert letter not in listed(site)
    assert listed(site, "--state", "discarded")[letter] == "discarded"
    site.dsr("dlq", "replay", "intake", letter, "--reason", "a change of mind", code=1)


def test_letters_are_never_all_taken_by_oversight(site: Site) -> None:
    said = site.dsr("dlq", "replay", "intake", "--reason", "in haste", code=2)
    assert "Say which letters" in said


def test_what_the_output_topic_refused_is_put_aside_alone_and_goes_on_when_it_is_replayed(site: Site) -> None:
    refused = site.form()
    before, after = (site.form(applicant__gender="X") for _ in range(2))
    with site.topic_set(topics.VALIDATED, 300):
        origins = site.submit(before, refused, after)
        letter = site.letter(origins[1], INTAKE)
        assert letter.header("dlq_reason") == b"output_refused"
        for form in (before, after):
            assert site.line(form, "intake").state == "rejected"
    assert [fate.kind for fate in site.fates("intake", origins)] == ["decision"] * 3
    assert site.letters_of(origins[0], INTAKE) == site.letters_of(origins[2], INTAKE) == 0
    name = name_of(Origin(*origins[1]))
    assert site.dsr("dlq", "replay", "intake", name, "--reason", "the topic takes it now")["replayed"] == 1
    assert site.line(refused, "scoring").state == "eligible"
    assert site.line(refused, "intake").state == "accepted"


def test_an_inner_stage_is_asked_the_same_way(site: Site) -> None:
    (origin,) = site.send(topics.VALIDATED, Sent(b"{", event({}).headers))
    site.letter(origin, topics.GROUPS["scoring"])
    assert site.dsr("dlq", "replay", "scoring", name_of(origin), "--reason", "to see")["replayed"] == 1
    assert site.dsr("dlq", "show", "scoring", name_of(origin))["state"] == "replayed"


def test_the_accounts_hold_after_all_of_it(site: Site) -> None:
    findings = anyio.run(check, site.deployment.settings())
    assert {finding.id for finding in findings} >= {"I1", "I2", "I6", "I7"}
    assert [finding for finding in findings if not finding.holds] == []
    assert not any(site.told().values())
