"""What becomes of a scored application, through the runtime."""

from datetime import date

import msgspec

from services.dedup.tables import REVISIONS
from shared import topics
from shared.contracts.person import Address, Name, NationalId, Parent
from shared.stage.records import Record
from shared.store.tables import DECISIONS
from tests.unit.dedup.people import person
from tests.unit.dedup.world import Process, World, played

BORROWER = person(name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman"))
"""Somebody else under Abdul Karim's national id."""
STRANGER = person(
    national_id=NationalId(n10="7700000001"), name=Name(bn="সোলায়মান মিয়া"), mobile="01555000111", mother=None, father=None
)


@played
async def test_a_person_who_is_new_is_cleared_and_passed_on(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    assert world.state("a1") == "cleared"
    assert world.statuses("a1") == [(1, 1, "cleared")]
    (event,) = world.published(topics.CLEARED)
    assert event["person_id"] == "a1"
    assert event["cluster"] == ["a1"]
    assert event["outcome"] == "passed"
    assert "person" not in event


@played
async def test_a_second_application_for_the_programme_is_a_duplicate_of_the_first(
    world: World, process: Process
) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a2", place=1))
    assert world.state("a2") == "duplicate"
    original = world.ruling("a2").original
    assert original is not None
    assert original.application_id == "a1"
    assert world.cleared("a2") == []
    assert world.statuses("a2") == [(1, 1, "duplicate")]


@played
async def test_copies_in_one_batch_are_decided_in_the_order_in_which_they_were_received(
    world: World, process: Process
) -> None:
    await process.process(world.record("late", place=2), world.record("first"), world.record("second", place=1))
    assert [world.state(name) for name in ("first", "second", "late")] == ["cleared", "duplicate", "duplicate"]
    assert len(world.published(topics.CLEARED)) == 1


@played
async def test_a_long_chain_in_one_batch_comes_to_an_end(world: World, process: Process) -> None:
    people = [
        person(
            national_id=NationalId(n10=f"70000000{i:02}", n13=f"55149521000{i + 1:02}"),
            name=Name(bn="আব্দুল করিম"),
            date_of_birth=None,
            mobile=None,
        )
        if i % 2 == 0
        else person(
            national_id=NationalId(n10=f"70000000{i + 1:02}", n13=f"55149521000{i:02}"),
            name=Name(bn="আব্দুল করিম"),
            date_of_birth=None,
            mobile=None,
        )
        for i in range(12)
    ]
    await process.process(*(world.record(f"a{i:02}", people[i], place=i) for i in range(12)))
    await world.sweep(process, rounds=20)
    states = [world.state(f"a{i:02}") for i in range(12)]
    assert "review/system" not in states
    assert "cleared" in states


@played
async def test_the_same_person_in_another_programme_is_recognised(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a2", place=1, programme="disability"))
    assert world.state("a2") == "cleared"
    second = world.published(topics.CLEARED)[1]
    assert (second["person_id"], second["cluster"]) == ("a1", ["a1"])


@played
async def test_two_records_of_one_person_become_one_cluster_with_the_earlier_leading(
    world: World, process: Process
) -> None:
    left = person(national_id=NationalId(n10="4601234567"))
    nobody = Parent(name=Name(bn="জাহানারা", en="Jahanara"))
    right = person(
        national_id=NationalId(n13="5514952123456"),
        name=Name(bn="আব্দুল করিম মিয়া", en="Abdul Karim Miah"),
        mother=nobody,
        father=nobody,
        mobile=None,
        date_of_birth=date(1957, 1, 1),
        permanent_address=Address(division="55", district="49", upazila="52", union="23"),
    )
    both = person(national_id=NationalId(n10="4601234567", n13="5514952123456"))
    await process.process(world.record("a1", left, programme="widow"))
    await process.process(world.record("a2", right, place=1, programme="disability"))
    assert world.state("a2") == "cleared", "nothing but the name is the same"
    await process.process(world.record("a3", both, place=2))
    person_of = world.ruling("a3").person
    assert person_of is not None
    assert person_of.person_id == "a1"
    assert person_of.cluster == ("a1", "a2")


@played
async def test_a_borrowed_id_is_held_for_a_reviewer_with_masked_evidence(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a2", BORROWER, place=1))
    assert world.state("a2") == "review/reviewer"
    (suspect,) = world.ruling("a2").suspects
    assert suspect.application_id == "a1"
    shown = {field.field: field for field in suspect.fields}
    ids = shown["national_id"]
    assert (ids.agreement, ids.ours, ids.theirs) == ("equal", "4********7", "4********7")
    assert shown["name"].ours == "ল** র** / L** R**"
    assert shown["birth_date"].ours == "1956-**-**"
    body = world.rows("a2")[-1].body.decode()
    for secret in ("4601234567", "01712345678", "1956-03-14", "Karim", "লুৎফর"):
        assert secret not in body


@played
async def test_whoever_resembles_a_held_application_is_held_too(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a2", BORROWER, place=1))
    twice = person(name=BORROWER.name, national_id=NationalId(n10="4601234567"))
    await process.process(world.record("a3", twice, place=2, programme="disability"))
    assert world.state("a3") == "review/reviewer"
    assert {suspect.application_id for suspect in world.ruling("a3").suspects} == {"a1", "a2"}


@played
async def test_a_replay_gives_the_same_bytes(world: World, process: Process) -> None:
    batch = [world.record("a1"), world.record("a2", place=1), world.record("a3", BORROWER, place=2)]
    await process.process(*batch)
    first = list(world.sink.sent)
    rows = dict(world.memory.tables[DECISIONS.name].by_key)
    await process.process(*batch)
    await (await world.instance()).process(*batch)
    assert world.sink.sent == first * 3
    assert world.memory.tables[DECISIONS.name].by_key == rows


@played
async def test_the_same_event_sent_twice_says_nothing_new(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    sent = len(world.sink.sent)
    await process.process(world.record("a1"))
    assert len(world.sink.sent) == sent


@played
async def test_a_lower_revision_after_a_higher_one_is_answered_as_superseded(world: World, process: Process) -> None:
    await process.process(world.record("a1", revision=2))
    await process.process(world.record("a1", revision=1))
    line = world.published(topics.status("msw"))[-1]
    assert (line["state"], line["about"], line["submission"]) == ("superseded", "submission", "e-a1-1")
    assert "n" not in line
    assert world.cleared("a1") == [(2, 1, "passed")]


@played
async def test_a_record_that_cannot_be_read_is_a_dead_letter(world: World, process: Process) -> None:
    good = world.record("a1")
    bad = Record(good.origin._replace(offset=99), good.key, b"{}", good.headers, 1)
    await process.process(bad, good)
    assert world.state("a1") == "cleared"
    assert [out.topic for out in world.sink.sent if out.topic.endswith(".dlq")] == [
        topics.dead_letters(topics.SCORED, topics.GROUPS["dedup"])
    ]


@played
async def test_an_amendment_is_decided_afresh_and_keeps_its_place(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a1", person(mobile="01911111111"), revision=2, place=50))
    assert world.cleared("a1") == [(1, 1, "passed"), (2, 1, "passed")]
    places = {row.place_us for row in world.memory.tables[REVISIONS.name].by_key.values()}
    assert len(places) == 1


@played
async def test_an_amendment_into_somebody_elses_id_is_held_and_withdrawn(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a2", STRANGER, place=1))
    await process.process(world.record("a2", BORROWER, revision=2, place=2))
    assert world.state("a2") == "review/reviewer"
    assert world.cleared("a2") == [(1, 1, "passed"), (2, 1, "withdrawn")]
    assert world.published(topics.CLEARED)[-1]["person_id"] == "a2"


@played
async def test_what_was_passed_on_and_no_longer_qualifies_is_withdrawn_once(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a1", revision=2, outcome="withdrawn"))
    await process.process(world.record("a1", revision=3, outcome="withdrawn"))
    assert world.cleared("a1") == [(1, 1, "passed"), (2, 1, "withdrawn")]
    assert world.statuses("a1") == [(1, 1, "cleared")], "scoring has said why it no longer qualifies"


@played
async def test_a_withdrawal_of_what_was_never_passed_on_is_silent(world: World, process: Process) -> None:
    await process.process(world.record("a1", outcome="withdrawn"))
    assert world.sink.sent == []
    assert world.state("a1") == "withdrawn"


@played
async def test_a_withdrawn_application_stands_in_nobodys_way(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    await process.process(world.record("a1", revision=2, outcome="withdrawn"))
    await process.process(world.record("a2", place=1))
    assert world.state("a2") == "cleared"


@played
async def test_the_id_of_a_corrected_application_is_free_for_its_owner(world: World, process: Process) -> None:
    await process.process(world.record("wrong", msgspec.structs.replace(STRANGER, national_id=person().national_id)))
    await process.process(world.record("wrong", STRANGER, revision=2))
    await process.process(world.record("owner", place=1))
    assert world.state("owner") == "cleared"


@played
async def test_the_same_person_in_two_programmes_of_one_batch_is_one_person(world: World, process: Process) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1, programme="disability"))
    assert [world.state(name) for name in ("a1", "a2")] == ["cleared", "cleared"]
    assert world.ruling("a1").person == world.ruling("a2").person
