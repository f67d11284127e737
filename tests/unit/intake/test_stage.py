"""What becomes of a submitted record: every row of design.md §9 that intake answers."""

import orjson
import pytest

from shared import topics
from shared.contracts.chain import Validated
from shared.envelope import Envelope
from shared.stage.messages import moment, submission_id
from shared.stage.records import Origin
from shared.store.tables import DECISIONS, FATES
from tests.unit.intake.bench import (
    HEADERS,
    PSEUDONYMS,
    RECEIVED_MS,
    Bench,
    lines,
    record,
    replayed,
    without_gaps,
)
from tests.unit.intake.forms import good_form, policy

pytestmark = pytest.mark.anyio
REF = "DSS-2026-000017"
ID = PSEUDONYMS.application_id("lgd", REF)


async def test_a_good_form_is_accepted_and_goes_on() -> None:
    status, event = await Bench().process(record(0, good_form()))
    (line,) = lines([status])
    assert (line.state, line.next, line.n, line.revision, line.source_ref) == ("accepted", "pipeline", 1, 1, REF)
    validated = Validated.read(event.value or b"")
    assert (event.topic, event.key, event.partition) == (topics.VALIDATED, ID.encode(), None)
    assert (validated.application_id, validated.n, validated.received_at) == (ID, 1, moment(RECEIVED_MS * 1000))
    assert validated.person.mobile == "01712345678"


async def test_every_fault_of_a_form_is_told_at_once_in_both_languages() -> None:
    form = good_form(applicant__gender="X", applicant__mobile="123", consent__given=False)
    (line,) = lines(await Bench().process(record(0, form)))
    assert (line.state, line.next, line.about, line.n) == ("rejected", "source", "application", 1)
    assert {(reason.code, reason.field) for reason in line.reasons} == {
        ("code_unknown", "applicant.gender"),
        ("mobile_format", "applicant.mobile"),
        ("consent_refused", "consent.given"),
    }
    assert all(reason.text_en and reason.text_bn for reason in line.reasons)


async def test_equal_content_in_another_order_is_recognised() -> None:
    bench = Bench()
    form = good_form()
    await bench.process(record(0, form))
    again = dict(reversed(form.items()))
    sent = await bench.process(record(7, again))
    (line,) = lines(sent)
    assert len(sent) == 1
    assert (line.state, line.about, line.n) == ("recognised", "submission", None)
    assert line.submission == submission_id(Origin(topics.submitted("lgd"), 0, 7))


async def test_other_content_under_a_known_revision_conflicts_also_within_one_batch() -> None:
    sent = await Bench().process(record(0, good_form()), record(1, good_form(applicant__mobile="01812345678")))
    assert [line.state for line in lines(sent)] == ["accepted", "conflicting_revision"]
    assert lines(sent)[1].reasons[0].field == "revision"


async def test_a_lower_revision_is_late() -> None:
    bench = Bench()
    await bench.process(record(0, good_form(revision=3)))
    (line,) = lines(await bench.process(record(1, good_form(revision=2))))
    assert (line.state, line.revision, line.about) == ("late_revision", 2, "submission")


async def test_a_higher_revision_is_accepted_and_keeps_the_time_of_receipt() -> None:
    bench = Bench()
    await bench.process(record(0, good_form()))
    _, event = await bench.process(record(9, good_form(revision=2, applicant__mobile="01812345678")))
    validated = Validated.read(event.value or b"")
    assert (validated.revision, validated.n, validated.received_at) == (2, 1, moment(RECEIVED_MS * 1000))


async def test_an_invalid_later_revision_is_an_answer_and_the_accepted_one_stands() -> None:
    bench = Bench()
    await bench.process(record(0, good_form()))
    sent = await bench.process(record(1, good_form(revision=2, applicant__gender="X")))
    (line,) = lines(sent)
    assert (line.state, line.about, line.n, line.reasons[0].code) == ("rejected", "submission", None, "code_unknown")
    assert [row.state async for row in bench.store.scan(DECISIONS)] == ["accepted"]
    assert [line.state for line in lines(await bench.process(record(2, good_form(revision=2))))] == ["accepted"]


async def test_a_rejected_application_may_be_amended() -> None:
    bench = Bench()
    await bench.process(record(0, good_form(applicant__gender="X")))
    (line,) = lines(await bench.process(record(1, good_form(revision=2))))
    assert (line.state, line.revision) == ("accepted", 2)


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (good_form(revision=0), HEADERS, "revision_unusable"),
        (good_form(form_version="9"), HEADERS, "form_version_unknown"),
        (good_form(), Envelope("1", "/x", "application.submitted.v2").to_headers(), "major_version_unknown"),
        (good_form(), Envelope("1", "/x", "payment.report.v1").to_headers(), "type_unknown"),
        (good_form(), (), "missing_ce_specversion"),
        (
            good_form(),
            tuple((k, b"text/csv" if k == "content-type" else v) for k, v in HEADERS),
            "content_type_not_json",
        ),
        (good_form(revision=0), (), "missing_ce_specversion"),
        (
            b'{"source_ref": "DSS-2026-000017", "x": ' + b"[" * 400 + b"]" * 400 + b"}",
            HEADERS,
            "nested_too_deep",
        ),
    ],
)
async def test_an_unreadable_record_is_a_dead_letter_and_its_source_is_answered(
    value: object, headers: tuple[tuple[str, bytes], ...], reason: str
) -> None:
    answer, letter = await Bench().process(record(0, value, headers=headers))
    (line,) = lines([answer])
    assert (line.state, line.about, line.application_id, line.source_ref) == ("unreadable", "submission", ID, REF)
    assert line.reasons[0].code == reason
    assert dict(letter.headers)["dlq_reason"] == reason.encode()


@pytest.mark.parametrize("value", [b"\xff", b"", b"[]", b"{}", b'{"source_ref": 5}'])
async def test_where_no_reference_can_be_told_there_is_only_the_dead_letter(value: bytes) -> None:
    (letter,) = await Bench().process(record(0, value))
    assert letter.topic.endswith(".dlq")


@pytest.mark.parametrize(
    "changed",
    [{}, {"revision": 0}, {"applicant__gender": "X"}],
    ids=["else_good", "unreadable", "more_faults"],
)
async def test_a_personal_reference_is_refused_and_never_published(changed: dict[str, object]) -> None:
    form = good_form(source_ref="19583026109000123", **changed)
    sent = [out for out in await Bench().process(record(4, form)) if not out.topic.endswith(".dlq")]
    (line,) = lines(sent)
    assert line.application_id == PSEUDONYMS.application_id("lgd", "19583026109000123")
    assert line.submission == submission_id(Origin(topics.submitted("lgd"), 0, 4))
    assert line.state == ("unreadable" if "revision" in changed else "rejected")
    assert b"83026109000" not in b"".join([out.value or b"" for out in sent])


async def test_a_replay_sends_the_same_bytes_even_after_policy_has_changed() -> None:
    first = Bench()
    forms = [
        good_form(source_ref="a", programme="mother_child", applicant__gender=None, household=None),
        good_form(source_ref="b", programme="mother_child", applicant__gender="X"),
        good_form(source_ref="a", programme="mother_child", applicant__gender=None, household=None),
        good_form(source_ref="a", programme="mother_child", applicant__gender="X", revision=2),
        good_form(source_ref="a", revision=0),
    ]
    records = [record(place, form, source="mowca") for place, form in enumerate(forms)]
    sent = await first.process(*records)
    assert lines(sent)[0].state == "accepted"
    second = Bench(first.store.memory, without_gaps(policy(), "mowca"))
    assert await second.process(*records) == sent


async def test_a_crash_before_the_fates_replays_to_the_same_bytes_under_another_policy() -> None:
    first = Bench()
    item = record(0, good_form(programme="mother_child", applicant__gender=None, household=None), source="mowca")
    sent = await first.process(item)
    assert len(sent) == 2
    first.store.memory.tables.pop(FATES.name)
    second = Bench(first.store.memory, without_gaps(policy(), "mowca"))
    assert await second.process(item) == sent


async def test_a_replayed_dead_letter_keeps_its_time_of_receipt() -> None:
    bench = Bench()
    _, letter = await bench.process(record(0, good_form(), headers=()))
    again = replayed(letter, 1, RECEIVED_MS + 5_000_000)
    again = record(1, again.value, headers=(*HEADERS, *again.headers), at_ms=RECEIVED_MS + 5_000_000)
    again = type(again)(again.origin, letter.key, again.value, again.headers, again.timestamp_ms)
    _, event = await bench.process(again)
    assert Validated.read(event.value or b"").received_at == moment(RECEIVED_MS * 1000)


async def test_a_sender_who_claims_to_replay_gains_no_earlier_receipt() -> None:
    claims = (
        ("dlq_topic", topics.submitted("lgd").encode()),
        ("dlq_partition", b"0"),
        ("dlq_offset", b"99999999999999999999"),
        ("dlq_timestamp", b"1000"),
    )
    _, event = await Bench().process(record(3, good_form(), headers=(*HEADERS, *claims)))
    assert Validated.read(event.value or b"").received_at == moment((RECEIVED_MS + 3) * 1000)


async def test_each_examined_form_counts_once_for_completeness() -> None:
    bench = Bench()
    await bench.process(record(0, good_form()), record(1, good_form()), record(2, good_form(source_ref="b")))
    await bench.process(record(0, good_form()))
    assert [(source, list(forms.values())) for source, forms in bench.counted] == [("lgd", [2])]
    rows = [orjson.loads(row.body)["empty"] async for row in bench.store.scan(DECISIONS)]
    assert rows == [[], []]
