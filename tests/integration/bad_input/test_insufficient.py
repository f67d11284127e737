"""What cannot be told is never guessed: where it decides it is asked for, elsewhere it only costs the order."""

from tests.integration.bad_input.world import World, bilingual


def test_an_answer_that_is_missing_where_the_pmt_decides_is_asked_for_by_name(world: World) -> None:
    form = world.people.form("mother_child", household__answers__rooms=..., household__answers__fans=...)
    world.submit(form)
    line = world.line(form, "scoring")
    assert (line.state, line.next) == ("insufficient_data", "source")
    assert {(reason.code, reason.field) for reason in line.reasons} == {
        ("pmt_answer_missing", "household.answers.rooms"),
        ("pmt_answer_missing", "household.answers.fans"),
    }
    assert bilingual([line])


def test_the_same_answer_missing_elsewhere_leaves_the_application_unscored_and_eligible(world: World) -> None:
    form = world.people.form("disability", household__answers__rooms=...)
    world.submit(form)
    line = world.line(form, "scoring")
    assert line.state == "eligible"
    assert ("unscored", "household.answers.rooms") in {(reason.code, reason.field) for reason in line.reasons}
    assert world.line(form, "payments").state == "instructed", "its criteria are met, so it goes on"


def test_a_criterion_that_cannot_be_told_names_its_field(world: World) -> None:
    form = world.people.form("disability", declarations__disability_card=..., declarations__government_pension=...)
    world.submit(form)
    line = world.line(form, "scoring")
    assert line.state == "insufficient_data"
    assert {(reason.code, reason.field) for reason in line.reasons} == {
        ("disability_card_unknown", "declarations.disability_card"),
        ("not_pensioner_unknown", "declarations.government_pension"),
    }
    assert bilingual([line])


def test_a_criterion_that_is_not_met_decides_whatever_else_cannot_be_told(world: World) -> None:
    form = world.people.form("disability", declarations__disability_card=..., declarations__government_employee=True)
    world.submit(form)
    line = world.line(form, "scoring")
    assert (line.state, line.next) == ("ineligible", "nobody")
    assert [reason.code for reason in line.reasons] == ["not_government_employee_not_met"]
