"""What can be read and breaks CCDS or policy is rejected with every fault; a known gap is dealt with as policy says."""

from tests.integration.bad_input.people import changed
from tests.integration.bad_input.world import World, bilingual

GAP = "applicant__gender"


def test_every_fault_of_an_application_is_told_at_once_in_both_languages(world: World) -> None:
    form = world.people.form(
        "old_age",
        applicant__gender="X",
        applicant__religion=...,
        applicant__name__bn="Abdur Rahim",
        applicant__national_id="12",
        applicant__date_of_birth="2999-01-01",
        applicant__permanent_address__district=...,
        household__answers__rooms="two",
        payee__account="12",
        consent__given=False,
        declarations__yearly_income_taka=-1,
    )
    before, after = world.people.form("old_age"), world.people.form("old_age")
    world.submit(before, form, after)
    line = world.line(form, "intake")
    assert (line.state, line.next) == ("rejected", "source")
    told = {(reason.code, reason.field) for reason in line.reasons}
    assert told >= {
        ("code_unknown", "applicant.gender"),
        ("missing", "applicant.religion"),
        ("name_not_bangla", "applicant.name.bn"),
        ("national_id_length", "applicant.national_id"),
        ("date_in_future", "applicant.date_of_birth"),
        ("missing", "applicant.permanent_address.district"),
        ("not_whole_number", "household.answers.rooms"),
        ("account_not_mobile", "payee.account"),
        ("consent_refused", "consent.given"),
        ("number_out_of_range", "declarations.yearly_income_taka"),
    }
    assert len(told) == len(line.reasons), "each fault once"
    assert bilingual([line])
    assert world.line(before, "scoring").state == world.line(after, "scoring").state == "eligible"


def test_what_policy_forbids_is_told_beside_what_ccds_asks(world: World) -> None:
    form = world.people.form("old_age", programme="bede", applicant__mobile="12")
    world.submit(form, source="mochta")
    line = world.line(form, "intake", source="mochta")
    assert line.state == "rejected"
    assert {reason.code for reason in line.reasons} == {"programme_closed", "programme_not_of_source", "mobile_format"}
    assert bilingual([line])


def test_a_gap_that_no_policy_knows_is_rejected_and_names_the_field(world: World) -> None:
    form = world.people.form("old_age", applicant__religion="")
    world.submit(form)
    line = world.line(form, "intake")
    assert line.state == "rejected"
    assert [(reason.code, reason.field) for reason in line.reasons] == [("missing", "applicant.religion")]


def test_a_known_gap_is_accepted_and_passed_on_as_a_gap(world: World) -> None:
    form = world.people.form("old_age", "modmr", applicant__religion=None, applicant__birth_place=...)
    world.submit(form, source="modmr")
    assert world.line(form, "intake", source="modmr").state == "accepted"
    assert set(world.validated(form).gaps) == {"religion", "birth_place"}
    assert world.line(form, "scoring", source="modmr").state == "eligible", "no rule needs these fields"


def test_a_gap_whose_time_has_run_out_is_rejected(world: World) -> None:
    form = world.people.form("old_age", "modmr", applicant__religion="", applicant__occupation="")
    world.submit(form, source="modmr")
    line = world.line(form, "intake", source="modmr")
    assert line.state == "rejected"
    assert [reason.field for reason in line.reasons] == ["applicant.occupation"]


def test_what_follows_from_the_programme_is_derived_and_marked(world: World) -> None:
    form = world.people.form("mother_child", "mowca", applicant__gender="", **{"household__members[0]__gender": ...})
    world.submit(form, source="mowca")
    assert world.line(form, "intake", source="mowca").state == "accepted"
    passed = world.validated(form)
    assert (passed.person.gender, passed.derived, passed.gaps) == ("F", ("gender",), ())


def test_a_gap_blocks_only_the_rules_that_need_the_field(world: World) -> None:
    empty = {GAP: None, "household__members[0]__gender": ...}
    today = world.today
    old = world.people.form("old_age", "mowca", **empty)
    between = world.people.form("old_age", "mowca", **empty)
    for form, years in ((old, 80), (between, 63)):
        born = today.replace(year=today.year - years, month=1, day=15).isoformat()
        form.update(changed(form, applicant__date_of_birth=born, **{"household__members[0]__date_of_birth": born}))
    world.submit(old, between, source="mowca")
    assert world.line(old, "scoring", source="mowca").state == "eligible", "old enough as a man and as a woman"
    line = world.line(between, "scoring", source="mowca")
    assert (line.state, line.next) == ("insufficient_data", "source")
    assert [reason.field for reason in line.reasons] == ["applicant.gender"]
    assert bilingual([line])
