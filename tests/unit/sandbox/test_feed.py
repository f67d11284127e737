"""The feed: everything the demonstration must show is in it, in an order that Kafka keeps."""

from collections import Counter

import orjson
import pytest

from sandbox.ministries.feed import Feed, Submission
from sandbox.population.families import Delivery
from sandbox.population.scenario import BAD_2020, MATURE, Scenario
from sandbox.population.truth import Content, Planted
from services.intake.examine import Accepted, Examiner
from services.intake.submission import UnreadableForm, open_submission
from shared.envelope import BadEnvelope, Envelope
from shared.policy import Policy
from shared.reference.source_ref import is_personal
from tests.unit.sandbox.conftest import TODAY


def accepted(submission: Submission, policy: Policy, examiner: Examiner) -> bool:
    """Whether intake's own rules accept it."""
    assert submission.value is not None
    opened = open_submission(submission.value)
    return isinstance(examiner.examine(opened, policy.sources[submission.source], TODAY), Accepted)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(policy: Policy) -> None:
    assert list(Feed(4, MATURE, policy, TODAY, 100)) == list(Feed(4, MATURE, policy, TODAY, 100))
    first, other = (next(iter(Feed(seed, MATURE, policy, TODAY, 100))) for seed in (4, 5))
    assert first.value != other.value


def test_it_has_exactly_as_many_applications_as_were_asked_for(submissions: list[Submission]) -> None:
    references = {s.truth.reference for s in submissions if s.truth is not None}
    assert len(references) == 1_000 == sum(s.delivery is Delivery.FIRST for s in submissions)


def test_its_truths_are_those_of_its_records(policy: Policy) -> None:
    feed = Feed(4, MATURE, policy, TODAY, 150)
    assert set(feed.truths()) == {s.truth for s in feed if s.truth is not None}


def test_every_declared_source_sends(submissions: list[Submission], policy: Policy) -> None:
    assert {s.source for s in submissions} == set(policy.sources)


def test_the_key_is_the_sources_reference_and_tells_nothing_of_the_applicant(submissions: list[Submission]) -> None:
    for submission in submissions:
        if submission.delivery is not Delivery.UNREADABLE and submission.value is not None:
            form = orjson.loads(submission.value)
            assert submission.key == form["source_ref"].encode()
            assert not is_personal(form["source_ref"], form["applicant"])


@pytest.mark.parametrize("scenario", [MATURE, BAD_2020])
def test_a_thousand_applications_hold_some_of_everything(
    scenario: Scenario, policy: Policy, submissions: list[Submission]
) -> None:
    feed = submissions if scenario is MATURE else list(Feed(8, scenario, policy, TODAY, 1_000))
    truths = [s.truth for s in feed if s.truth is not None and s.delivery is Delivery.FIRST]
    assert {s.delivery for s in feed} == set(Delivery)
    assert {truth.planted for truth in truths} == set(Planted)
    assert {truth.content for truth in truths} == set(Content)
    assert "missing" in {truth.wallet.state for truth in truths}


def test_what_belongs_to_a_record_comes_after_it(submissions: list[Submission]) -> None:
    seen: dict[bytes, Submission] = {}
    followers = Counter[Delivery]()
    for submission in submissions:
        if submission.delivery is Delivery.FIRST:
            seen[submission.key] = submission
        elif submission.delivery is not Delivery.UNREADABLE:
            original = seen[submission.key]
            followers[submission.delivery] += 1
            same = submission.value == original.value
            assert same == (submission.delivery is Delivery.RESEND)
            expected = {Delivery.LATE: -1, Delivery.AMENDMENT: 1}.get(submission.delivery, 0)
            assert submission.revision - original.revision == expected
    assert min(followers.values()) >= 3


def test_what_is_planted_as_unreadable_cannot_be_read_and_all_else_can(submissions: list[Submission]) -> None:
    for submission in submissions:
        try:
            Envelope.from_headers(submission.headers, {"application.submitted.v1"})
            open_submission(submission.value or b"")
        except (BadEnvelope, UnreadableForm):
            assert submission.delivery is Delivery.UNREADABLE
        else:
            assert submission.delivery is not Delivery.UNREADABLE


def test_intake_accepts_all_that_is_right_and_refuses_all_that_is_spoilt(
    submissions: list[Submission], policy: Policy
) -> None:
    examiner = Examiner(policy)
    for submission in submissions:
        if submission.truth is not None:
            spoilt = submission.truth.content in (Content.CCDS_GAP, Content.NOT_ALLOWED)
            assert accepted(submission, policy, examiner) is not spoilt, submission.truth.content


def test_each_ministry_leaves_empty_what_policy_knows_it_leaves_empty(submissions: list[Submission]) -> None:
    forms = [
        (s.source, orjson.loads(s.value))
        for s in submissions
        if s.value is not None and s.truth is not None and s.truth.content is Content.CLEAN
    ]
    assert not any(form["applicant"].get("gender") for source, form in forms if source == "mowca")
    empty = [not form["applicant"]["religion"] for source, form in forms if source == "modmr"]
    assert 0.6 < sum(empty) / len(empty) < 0.95


def test_ministries_write_numbers_in_their_own_ways(submissions: list[Submission]) -> None:
    forms = [(s.source, orjson.loads(s.value)) for s in submissions if s.truth is not None and s.value is not None]
    mobiles = {source: form["applicant"].get("mobile", "") for source, form in forms}
    assert mobiles["hsd"].startswith("+880 1")
    assert any(form["applicant"].get("national_id", "0")[0] in "০১২৩৪৫৬৭৮৯" for s, form in forms if s == "moca")
    lengths = Counter((source, len(form["applicant"].get("national_id", ""))) for source, form in forms)
    assert lengths["msw", 17] > 0 == lengths["msw", 13]
    assert lengths["mowca", 13] > 0 == lengths["mowca", 17]
