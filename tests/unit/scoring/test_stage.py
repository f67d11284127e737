"""The scoring stage: each revision is judged once, and a replay says the same whatever has changed meanwhile."""

from dataclasses import replace
from datetime import date

import msgspec
import orjson
import pytest
from msgspec.structs import replace as with_changes

from services.scoring.checks import verify_scores
from services.scoring.stage import Accepted, Assessed, Outcome
from shared import topics
from shared.contracts.chain import Rank
from shared.stage.stage import Kind
from shared.store.tables import DECISIONS, FATES
from tests.unit.scoring.bench import GROUP, Bench, record, rubbish
from tests.unit.scoring.people import POLICY, application, declarations, household, person

pytestmark = pytest.mark.anyio

OTHER_POLICY = replace(POLICY, programmes={}, models={}, hash="another")

PMT = next(code for code, one in POLICY.programmes.items() if one.model is not None and one.decides == "pmt")
"""A programme in which the proxy means test decides."""


async def kind(bench: Bench, offset: int) -> str:
    (fate,) = (await bench.store.get(FATES, [(topics.VALIDATED, 0, offset)])).values()
    return fate.kind


async def test_an_eligible_application_is_told_to_its_source_and_goes_on_to_dedup() -> None:
    bench = await Bench().process(record(0, application("old_age")))
    (line,), (scored,) = bench.lines(), bench.scored()
    assert (line.state, line.stage, line.revision, line.n, line.next) == ("eligible", "scoring", 1, 1, "pipeline")
    assert (scored.outcome, scored.programme, scored.revision, scored.n) == ("passed", "old_age", 1, 1)
    assert scored.received_at == application("old_age").received_at


async def test_an_ineligible_application_ends_here_with_the_criterion_named() -> None:
    young = application("old_age", declarations=declarations(yearly_income_taka=900_000))
    bench = await Bench().process(record(0, young))
    (line,) = bench.lines()
    assert (line.state, line.next) == ("ineligible", "nobody")
    assert line.reasons[0].field == "declarations.yearly_income_taka"
    assert bench.scored() == []


async def test_a_replay_after_a_restart_sends_the_same_bytes_even_under_another_policy() -> None:
    records = [record(0, application("old_age")), record(1, application(PMT, application_id="a-2")), rubbish(2)]
    first = await Bench().process(*records)
    again = await Bench(first.memory, OTHER_POLICY).process(*records)
    assert again.sink.sent == first.sink.sent
    assert len(first.sink.sent) == 4
    assert [row.policy for row in await again.decisions()] == [POLICY.hash]


async def test_a_crash_between_decision_and_fate_is_taken_up_under_the_old_decision() -> None:
    one = record(0, application("old_age"))
    first = await Bench().process(one)
    del first.memory.tables[FATES.name]
    again = await Bench(first.memory, OTHER_POLICY).process(one)
    assert again.sink.sent == first.sink.sent


async def test_an_amendment_that_no_longer_qualifies_is_withdrawn_from_those_it_was_passed_on_to() -> None:
    richer = application("old_age", revision=2, declarations=declarations(yearly_income_taka=900_000))
    bench = await Bench().process(record(0, application("old_age")), record(1, richer))
    assert [(line.revision, line.state) for line in bench.lines()] == [(1, "eligible"), (2, "ineligible")]
    assert [(event.revision, event.outcome) for event in bench.scored()] == [(1, "passed"), (2, "withdrawn")]


async def test_what_was_never_passed_on_is_not_withdrawn() -> None:
    rich = declarations(yearly_income_taka=900_000)
    events = [application("old_age", revision=revision, declarations=rich) for revision in (1, 2)]
    bench = await Bench().process(*(record(offset, event) for offset, event in enumerate(events)))
    assert bench.scored() == []


async def test_a_revision_that_comes_after_a_higher_one_is_answered_superseded_and_changes_nothing() -> None:
    bench = await Bench().process(record(0, application("old_age", revision=2)), record(1, application("old_age")))
    higher, late = bench.lines()
    assert (higher.state, late.state, late.about, late.n) == ("eligible", "superseded", "submission", None)
    assert [event.revision for event in bench.scored()] == [2]
    assert await kind(bench, 1) == Kind.SUPERSEDED


async def test_the_same_event_from_intake_again_is_met_with_silence() -> None:
    bench = await Bench().process(record(0, application("old_age")), record(1, application("old_age")))
    assert len(bench.sink.sent) == 2
    assert await kind(bench, 1) == Kind.RECOGNISED


async def test_a_record_that_is_no_accepted_application_is_a_dead_letter() -> None:
    broken = with_changes(record(0, application("old_age")), value=b'{"application_id": 1}')
    bench = await Bench().process(broken)
    (letter,) = bench.sink.sent
    assert letter.topic == topics.dead_letters(topics.VALIDATED, GROUP)
    assert dict(letter.headers)["dlq_reason"] == b"not_a_validated_application"


async def test_a_household_without_an_answer_has_no_score_where_the_test_decides() -> None:
    answers = {"rooms": 2}
    young = person(date_of_birth=date(2000, 1, 1))
    form = application(PMT, person=young, household=msgspec.structs.replace(household(), answers=answers))
    bench = await Bench().process(record(0, form))
    (line,) = bench.lines()
    assert (line.state, line.next) == ("insufficient_data", "source")
    (row,) = await bench.decisions()
    assert Assessed.read(row.body).rank.score is None


async def test_every_score_is_the_sum_of_its_contributions_and_comes_out_again() -> None:
    bench = await Bench().process(record(0, application(PMT)), record(1, application("old_age", application_id="a-2")))
    finding = await verify_scores(bench.store, POLICY)
    assert finding.holds, finding.detail
    assert finding.id == "I9"
    assert " 0 scores" not in finding.detail


@pytest.mark.parametrize(
    ("field", "told"), [("points", "is not the sum of its contributions"), ("answer", "from the stored answers")]
)
async def test_a_score_that_was_tampered_with_is_found(field: str, told: str) -> None:
    bench = await Bench().process(record(0, application(PMT)))
    (row,) = await bench.decisions()
    body = orjson.loads(row.body)
    number = next(one for one in body["contributions"] if one["input"] == "members_aged_0_to_12")
    number[field] = "999" if field == "points" else 4
    rows = bench.memory.tables[DECISIONS.name].by_key
    rows[row.subject, row.revision, row.n] = row._replace(body=orjson.dumps(body))
    finding = await verify_scores(bench.store, POLICY)
    assert not finding.holds
    assert told in finding.detail


async def test_a_score_by_a_model_that_is_gone_is_still_added_up() -> None:
    bench = await Bench().process(record(0, application(PMT)))
    finding = await verify_scores(bench.store, OTHER_POLICY)
    assert finding.holds
    assert "1 of them by models of another policy" in finding.detail


async def test_where_another_instance_was_first_its_decision_is_published_and_not_the_one_at_hand() -> None:
    bench = await Bench().process(record(0, application("old_age")))
    (row,) = await bench.decisions()
    overruled = Accepted(application("old_age"))
    overruled.assessed = b"{}", Outcome(state="ineligible", reasons=(), rank=Rank(), rate_class="default")
    assert overruled.outcome(row) == Outcome.read(row.body)
    assert overruled.outcome(row).state == "eligible"
