"""The same application again, repeated, contradicted, late or amended: first content and highest revision stand."""

from dataclasses import replace

import orjson

from sandbox.population.needs import NEEDS
from shared.overall import overall
from tests.integration.bad_input.people import Form, changed
from tests.integration.bad_input.world import Sent, World, bilingual, event

CHAIN = ("accepted", "eligible", "cleared", "enrolled", "instructed")
STAGES = ("intake", "scoring", "dedup", "enrolment", "payments")


def states(world: World, form: Form) -> tuple[str, ...]:
    """What the five stages say of a revision, once all have said something."""
    return tuple(world.line(form, stage).state for stage in STAGES)


def amended(form: Form, revision: int = 2, **leaves: object) -> Form:
    return changed(form, revision=revision, **leaves)


def test_the_same_again_is_recognised_in_whatever_order_and_envelope_it_comes(world: World) -> None:
    form = world.people.form("disability")
    backwards = orjson.dumps(dict(reversed(list(form.items()))))
    again = Sent(backwards, event(form, sender="/another/mis").headers, b"another key")
    first, second, third = world.submit(form, form, again)
    for origin in (second, third):
        answer = world.answer(origin)
        assert (answer.state, answer.revision, answer.next) == ("recognised", 1, "nobody")
        assert bilingual([answer])
    line = world.line(form, "payments")
    assert world.answers_to(first) == []
    assert world.times_instructed(line.subject or "") == 1, "nothing new is made"


def test_other_content_under_the_same_revision_is_a_conflict_and_the_first_stands(world: World) -> None:
    form = world.people.form("disability")
    other = changed(form, payee__account="01999999999")
    _, conflicting = world.submit(form, other)
    answer = world.answer(conflicting)
    assert (answer.state, answer.next) == ("conflicting_revision", "source")
    assert [reason.field for reason in answer.reasons] == ["revision"]
    assert bilingual([answer])
    payment = world.line(form, "payments").subject
    assert world.instruction(payment or "").account == form["payee"]["account"]


def test_a_lower_revision_after_a_higher_one_is_late_and_not_looked_at(world: World) -> None:
    form = amended(world.people.form("disability"), revision=3)
    late = changed(form, revision=2, applicant__gender="X")
    _, origin = world.submit(form, late)
    answer = world.answer(origin)
    assert (answer.state, answer.next, answer.revision) == ("late_revision", "nobody", 2)
    assert bilingual([answer])
    assert states(world, form) == CHAIN


def test_an_amended_account_goes_through_the_whole_chain_and_is_not_paid_twice(world: World) -> None:
    form = world.people.form("disability")
    world.submit(form)
    assert states(world, form) == CHAIN
    payment = world.line(form, "payments").subject
    later = amended(form, payee__account="01888888888")
    world.submit(later)
    assert states(world, later) == CHAIN
    assert world.line(later, "payments").subject == payment
    assert world.times_instructed(payment or "") == 1
    shown = world.shown(form, lambda seen: seen["revision"] == 2)
    assert (shown["revision"], shown["state"], shown["attention"]) == (2, "instructed", [])


def test_an_amendment_that_no_longer_qualifies_withdraws_what_was_passed_on(world: World) -> None:
    form = world.people.form("disability")
    world.submit(form)
    assert states(world, form) == CHAIN
    later = amended(form, declarations__government_employee=True)
    world.submit(later)
    assert world.line(later, "scoring").state == "ineligible"
    suspended = world.line(later, "enrolment")
    assert suspended.state == "suspended", "it is paid for, so an operator looks at it"
    assert bilingual([suspended])
    payment = world.get("payments", f"/v1/payments/{world.line(form, 'payments').subject}")
    assert payment["state"] == "instructed", "what is sent is sent"


def test_an_amended_programme_is_judged_anew_and_the_first_place_does_not_hold(world: World) -> None:
    both = replace(NEEDS["disability"], men=(67, 80), women=(67, 80))
    form = world.people.form("disability", "lgd", both)
    world.submit(form)
    assert states(world, form) == CHAIN
    later = amended(form, programme="old_age")
    world.submit(later)
    assert [world.line(later, stage).state for stage in STAGES[:3]] == ["accepted", "eligible", "cleared"]
    assert world.line(later, "enrolment").state == "waiting", "old_age selects by rounds"
    change = world.change(later)
    assert (change.programme, change.change) == ("disability", "ended"), "the applicant has chosen otherwise"


def test_an_invalid_amendment_is_an_answer_and_the_accepted_revision_stands(world: World) -> None:
    form = world.people.form("disability")
    world.submit(form)
    assert states(world, form) == CHAIN
    bad = amended(form, applicant__gender="X", applicant__religion=...)
    after = world.people.form("old_age")
    origin, _ = world.submit(bad, after)
    answer = world.answer(origin)
    assert (answer.state, answer.revision, answer.about, answer.n) == ("rejected", 2, "submission", None)
    assert {reason.field for reason in answer.reasons} >= {"applicant.gender", "applicant.religion"}
    assert bilingual([answer])
    assert world.line(after, "scoring").state == "eligible"

    shown = world.shown(form, lambda seen: len(seen["answers"]) == 1)
    assert (shown["revision"], shown["state"], shown["attention"]) == (1, "instructed", [])
    good = amended(form, applicant__mobile="01777777777")
    world.submit(good)
    assert states(world, good) == CHAIN, "what was refused has not used up the number"


def test_a_wrong_national_id_is_amended_while_under_review(world: World) -> None:
    owner = world.people.form("disability")
    borrower = world.people.form("disability")
    own = borrower["applicant"]["national_id"]
    borrowed = changed(borrower, applicant__national_id=owner["applicant"]["national_id"])
    world.submit(owner)
    assert states(world, owner) == CHAIN
    world.submit(borrowed)
    held = world.line(borrowed, "dedup")
    assert (held.state, held.next) == ("review", "reviewer")
    right = amended(borrowed, applicant__national_id=own)
    world.submit(right)
    assert states(world, right) == CHAIN
    shown = world.shown(borrowed, lambda seen: seen["stage"] == "payments")
    assert (shown["revision"], shown["state"], shown["attention"]) == (2, "instructed", [])
    assert overall([world.line(owner, stage) for stage in STAGES]).state == "instructed"  # type: ignore[union-attr]
