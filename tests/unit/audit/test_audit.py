"""The invariants that every stage has: they hold on what the runtime wrote, and each kind of damage is found."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from services.cli import merged
from shared import topics
from shared.audit.decisions import verify_decisions
from shared.audit.fates import verify_fates
from shared.audit.numbers import verify_numbers
from shared.audit.personal import check_events, check_letters
from shared.audit.published import PublishedEvents
from shared.audit.tally import Tally
from shared.checks import Finding
from shared.kafka.reading import LogBounds
from shared.stage.records import Origin, Record, Unreadable
from shared.store.tables import DECISIONS, FATES
from tests.unit.scoring.bench import GROUP, Bench, record, rubbish
from tests.unit.scoring.people import application

pytestmark = pytest.mark.anyio

PLACE = (topics.VALIDATED, 0)
RECORDS = (
    record(0, application("widow")),
    rubbish(1),
    record(2, application("widow")),
    record(3, application("widow", revision=2)),
    record(4, application("mother_child", application_id="a-2")),
)


@pytest.fixture
async def bench() -> Bench:
    """Five records through scoring: four applications, one of them twice, and one that nobody can read."""
    return await Bench().process(*RECORDS)


def rows(bench: Bench, table: str) -> dict[Any, Any]:
    """The rows of a table, to be damaged."""
    return bench.memory.tables[table].by_key


def forget_fate(bench: Bench, offset: int) -> None:
    """As if the fate had never been stored."""
    kept = bench.memory.tables[FATES.name]
    del kept.by_key[(*PLACE, offset)]
    kept.sorted_keys[()][()].remove((*PLACE, offset))


async def stream(records: Sequence[Record | Unreadable]) -> AsyncIterator[Record | Unreadable]:
    for each in records:
        yield each


async def fates(
    bench: Bench, records: Sequence[Record | Unreadable] = RECORDS, committed: int = 5, log: tuple[int, int] = (0, 5)
) -> Finding:
    return await verify_fates(bench.store, "scoring", stream(records), {PLACE: committed}, {PLACE: LogBounds(*log)})


async def decisions(bench: Bench, committed: Mapping[tuple[str, int], int] | None = None) -> Finding:
    tally = Tally("I2", "scoring")
    await verify_decisions(bench.store, tally, {PLACE: 5} if committed is None else committed)
    return tally.finding("decisions")


async def events(bench: Bench, published: Sequence[Record]) -> Finding:
    tally = Tally("I2", "scoring")
    seen = PublishedEvents("scoring", bench.store, tally)
    await seen.take(list(published))
    seen.close()
    return tally.finding("events")


def fails(finding: Finding, told: str) -> bool:
    return not finding.holds and told in finding.detail


async def test_every_invariant_holds_on_what_the_runtime_wrote(bench: Bench) -> None:
    await bench.process(*RECORDS)
    published = bench.published()
    found = [await fates(bench), await decisions(bench), await events(bench, published)]
    found.append(await verify_numbers(bench.store, "scoring"))
    assert [finding.holds for finding in found] == [True] * 4, found
    assert [finding.detail.split()[1] for finding in found] == ["5", "3", "10", "3"]


async def test_a_record_without_a_fate_is_found_below_the_committed_offset_only(bench: Bench) -> None:
    forget_fate(bench, 2)
    assert fails(await fates(bench), "offset 2 has no fate")
    assert (await fates(bench, committed=2)).holds


async def test_a_record_with_other_bytes_than_its_fate_was_for_is_found(bench: Bench) -> None:
    other = [*RECORDS[:2], replace(RECORDS[2], value=b"{}"), *RECORDS[3:]]
    assert fails(await fates(bench, other), "offset 2 is not the record that its fate is for")


async def test_a_fate_without_a_record_is_found_in_the_middle_and_at_the_end(bench: Bench) -> None:
    assert fails(await fates(bench, [*RECORDS[:2], *RECORDS[3:]]), "offset 2 has a fate, and the topic no such record")
    assert fails(await fates(bench, RECORDS[:4]), "offset 4 has a fate")


async def test_fates_of_records_that_retention_has_deleted_are_no_violation(bench: Bench) -> None:
    assert (await fates(bench, RECORDS[3:], log=(3, 5))).holds


async def test_records_deleted_before_they_were_read_and_a_log_that_is_too_short_are_found(bench: Bench) -> None:
    assert fails(await fates(bench, (), committed=5, log=(8, 9)), "lost 3 records before they were read")
    assert fails(await fates(bench, (), committed=5, log=(0, 2)), "was read up to 5 and ends at 2")


async def test_fates_of_a_group_without_committed_offsets_are_never_taken_for_nothing_to_check(bench: Bench) -> None:
    finding = await verify_fates(bench.store, "scoring", stream(RECORDS), {}, {})
    assert fails(finding, "has fates, and its group no committed offset")


async def test_offsets_that_nobody_could_fetch_have_a_fate_too(bench: Bench) -> None:
    unreadable = Unreadable(Origin(*PLACE, 1), "header_name_not_utf8")
    assert fails(await fates(bench, [RECORDS[0], unreadable, *RECORDS[2:]]), "offset 1 is not the record")


async def test_a_decision_whose_input_has_no_fate_is_found_unless_it_is_in_flight(bench: Bench) -> None:
    forget_fate(bench, 4)
    assert fails(await decisions(bench), "decision 1 on a-2 revision 1 comes from")
    assert (await decisions(bench, {PLACE: 4})).holds


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda fate: fate._replace(decisions=b"[]"), "is not named by the fate"),
        (lambda fate: fate._replace(kind="recognised"), "is not named by the fate"),
        (lambda fate: fate._replace(decisions=b'[["a-2",1,1],["a-9",1,1]]'), "names a decision that is not stored"),
        (lambda fate: fate._replace(decisions=b'[["a-2",1,1],["a-1",1,1]]'), "is claimed by"),
    ],
)
async def test_a_fate_and_decisions_that_disagree_are_found(
    bench: Bench, damage: Callable[[Any], Any], told: str
) -> None:
    key = (*PLACE, 4)
    rows(bench, FATES.name)[key] = damage(rows(bench, FATES.name)[key])
    assert fails(await decisions(bench), told)


async def test_a_status_that_says_another_state_than_the_stored_decision_is_found(bench: Bench) -> None:
    def lied(item: Record) -> Record:
        content = orjson.loads(item.value or b"")
        return replace(item, value=orjson.dumps(content | {"state": "insufficient_data"}))

    first = bench.published()[0]
    assert fails(await events(bench, [lied(first)]), "says insufficient_data and the stored decision says eligible")


async def test_an_event_of_a_decision_that_is_not_stored_is_found(bench: Bench) -> None:
    published = bench.published()
    rows(bench, DECISIONS.name).pop(("a-2", 1, 1))
    assert fails(await events(bench, published), "is of a decision that is not stored")


@pytest.mark.parametrize(
    "change",
    [
        lambda item: replace(item, value=(item.value or b"") + b" "),
        lambda item: replace(
            item, headers=(*item.headers[:4], ("ce_time", b"2026-01-01T00:00:00Z"), *item.headers[5:])
        ),
        lambda item: replace(item, origin=item.origin._replace(partition=3)),
    ],
)
async def test_a_copy_of_an_event_that_differs_is_found(bench: Bench, change: Callable[[Record], Record]) -> None:
    first, *others = bench.published()
    assert (await events(bench, [first, *others, first])).holds
    assert fails(await events(bench, [first, *others, change(first)]), "an event was published twice and not the same")


async def test_events_of_other_stages_on_a_shared_topic_are_left_to_them(bench: Bench) -> None:
    assert (await events(bench, [RECORDS[0], replace(RECORDS[0], value=b"{}")])).detail == "scoring: 0 events"


async def test_a_gap_in_a_subjects_numbers_is_found(bench: Bench) -> None:
    kept = bench.memory.tables[DECISIONS.name]
    row = kept.by_key["a-2", 1, 1]
    await bench.store.insert(DECISIONS, [row._replace(n=3)])
    assert fails(await verify_numbers(bench.store, "scoring"), "a-2 revision 1 has decision 3 where 2 is due")


async def test_decisions_that_carry_their_senders_number_may_leave_some_out(bench: Bench) -> None:
    row = bench.memory.tables[DECISIONS.name].by_key["a-2", 1, 1]
    await bench.store.insert(DECISIONS, [row._replace(n=3, state="entitled")])
    assert (await verify_numbers(bench.store, "payments", lambda row: row.state == "entitled")).holds


@pytest.mark.parametrize(
    "key",
    [
        "1990123456",
        "1990261234567",
        "19902612345671234",
        "01712345678",
        "8801712345678",
        "a:০১৭১২৩৪৫৬৭৮",
        "nid=১৯৯০১২৩৪৫৬;",
    ],
)
def test_a_key_that_looks_like_a_persons_number_is_found(key: str) -> None:
    tally = Tally("I7", "scoring")
    check_events([replace(RECORDS[0], key=key.encode())], tally)
    assert fails(tally.finding("records"), "key of registry.application.validated.v1[0] offset 0")
    assert key not in tally.finding("records").detail


@pytest.mark.parametrize(
    "key",
    [
        "a00112233445566778899001122334455",  # an id is hexadecimal, whatever its digits
        "6d1c9a3e-52f0-5b7e-9c55-123456789012",
        "widow|3026140023",  # a quota cell
        "00-12345678901234567890123456789012-1234567890123456-01",
        "2026-11-10T04:00:00.000000Z",
        "123456789",
    ],
)
def test_ids_cells_traces_and_times_are_no_persons_numbers(key: str) -> None:
    tally = Tally("I7", "scoring")
    check_events([replace(RECORDS[0], key=key.encode(), headers=(("h", key.encode()),))], tally)
    assert tally.finding("records").holds


async def test_a_dead_letter_is_judged_by_what_we_added_not_by_what_was_sent(bench: Bench) -> None:
    (letter,) = (
        item for item in bench.published() if item.origin.topic == topics.dead_letters(topics.VALIDATED, GROUP)
    )
    sent = replace(letter, key=b"1990261234567", headers=(("nid", b"1990261234567"), *letter.headers))
    tally = Tally("I7", "scoring")
    check_letters([sent], tally)
    assert tally.finding("records").holds
    check_letters([replace(sent, headers=(*sent.headers, ("dlq_reason", b"bad id 1990261234567")))], tally)
    assert fails(tally.finding("records"), "dlq_reason of")


def test_findings_of_one_invariant_are_one_row_that_names_where_it_fails() -> None:
    found = [Finding("I2", True, "intake: 4"), Finding("I10", True, "dedup: 1"), Finding("I2", False, "dedup: a lie")]
    assert merged(found) == [Finding("I2", False, "dedup: a lie"), Finding("I10", True, "dedup: 1")]
    assert merged([found[0], Finding("I2", True, "dedup: 5")]) == [Finding("I2", True, "intake: 4\ndedup: 5")]


def test_a_tally_names_a_few_faults_and_counts_the_rest() -> None:
    tally = Tally("I1", "intake")
    for number in range(10):
        tally.fault(f"fault {number}")
    assert tally.finding("records").detail == "intake: fault 0; fault 1; fault 2; and 7 more"
