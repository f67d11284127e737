"""What an accepted form becomes."""

from datetime import UTC, date, datetime

import orjson
import pytest

from services.intake.examine import Grounds, NeverAccepted, parts_again
from services.intake.submission import identify
from shared.contracts.chain import Validated
from shared.contracts.form import CommonForm
from shared.contracts.person import Gender, NationalId
from shared.policy.sources import GapRule
from shared.reference.identifiers import AccountFormat
from tests.unit.intake.forms import TODAY, accepted, examine, faults, good_form, policy, put, source

BANGLA = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


def test_the_good_form_is_a_common_form_and_is_accepted() -> None:
    CommonForm.model_validate(good_form())
    assert accepted(good_form()).grounds == Grounds(programme="old_age", accounts={"bkash": "mobile"})


def test_values_are_normalised() -> None:
    form = good_form(
        programme=" OLD_AGE ",
        applicant__name={"bn": "  মো:   আব্দুর\u200b রহিম ", "en": " Md  Abdur Rahim"},
        applicant__gender="m",
        applicant__mobile="+৮৮০ ১৭১২-৩৪৫৬৭৮",
        payee__account="+8801712345678",
    )
    parts = accepted(form).parts
    assert parts.programme == "old_age"
    assert parts.person.name.bn == "মোঃ আব্দুর রহিম"
    assert parts.person.name.en == "Md Abdur Rahim"
    assert parts.person.gender is Gender.MALE
    assert parts.person.mobile == "01712345678"
    assert parts.payee is not None
    assert parts.payee.account == "01712345678"
    assert parts.person.national_id == NationalId(n13="3026109000123", birth_year=1958)


def test_bangla_digits_everywhere_are_the_same_form() -> None:
    text = orjson.dumps(good_form()).decode()
    form = orjson.loads(orjson.dumps(_with_bangla_digits(orjson.loads(text))))
    assert accepted(form).parts == accepted(good_form()).parts


def _with_bangla_digits(content: object) -> object:
    if isinstance(content, dict):
        return {
            key: value if key in {"source_ref", "household_ref"} else _with_bangla_digits(value)
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [_with_bangla_digits(entry) for entry in content]
    return content.translate(BANGLA) if isinstance(content, str) else content


def test_the_parts_fit_the_event_that_scoring_reads() -> None:
    verdict = accepted(good_form())
    event = Validated(
        outcome="passed",
        application_id="a1",
        source="lgd",
        source_ref="DSS-2026-000017",
        revision=1,
        n=1,
        programme=verdict.parts.programme,
        received_at=datetime(2026, 8, 15, 6, tzinfo=UTC),
        person=verdict.parts.person,
        household=verdict.parts.household,
        declarations=verdict.parts.declarations,
        payee=verdict.parts.payee,
    )
    assert Validated.read(event.write()) == event


def test_the_stored_grounds_make_the_same_parts_again_whatever_policy_says_now() -> None:
    sent_by = source(gender=_derive_gender())
    form = good_form(programme="mother_child", applicant__gender=..., applicant__religion="9")
    put(form, "household.members[0].gender", ...)
    verdict = accepted(form, sent_by)
    stored = Grounds.read(verdict.grounds.write())
    assert stored == verdict.grounds
    assert parts_again(identify(form), stored, TODAY) == verdict.parts


def test_grounds_of_another_form_are_noticed() -> None:
    with pytest.raises(NeverAccepted):
        parts_again(identify({"source_ref": "x"}), Grounds(programme="old_age"), TODAY)


def test_a_form_without_a_payee_is_in_order() -> None:
    assert accepted(good_form(payee=...)).parts.payee is None
    assert accepted(good_form(payee={"kind": " ", "holder_name": {"bn": ""}})).parts.payee is None


def test_the_applicants_own_account_needs_no_holders_name() -> None:
    parts = accepted(good_form(payee__holder_name=..., payee__holder_national_id=...)).parts
    assert parts.payee is not None
    assert parts.payee.holder_name == parts.person.name


def test_a_bank_account_keeps_its_routing_number_and_a_wallet_has_none() -> None:
    bank = accepted(
        good_form(payee__provider="agent-bank", payee__account="1234567890", payee__routing_number="60261726")
    )
    assert bank.parts.payee is not None
    assert (bank.parts.payee.account, bank.parts.payee.routing_number) == ("1234567890", "060261726")
    wallet = accepted(good_form(payee__routing_number="060261726"))
    assert wallet.parts.payee is not None
    assert wallet.parts.payee.routing_number is None
    assert AccountFormat("mobile").kind == wallet.grounds.accounts["bkash"]


def test_questions_and_declarations_not_answered_stay_unknown() -> None:
    parts = accepted(good_form(household__answers={"rooms": 2, "fans": None}, declarations={})).parts
    assert parts.household.answers == {"rooms": 2}
    assert parts.declarations.other_benefits is None
    assert parts.declarations.yearly_income_taka is None


def test_numbers_and_yes_or_no_may_come_as_text_from_a_csv_file() -> None:
    parts = accepted(
        good_form(
            household__answers={"rooms": "৩", "television": "TRUE", "fans": 2.0},
            declarations__yearly_income_taka="9000",
        )
    ).parts
    assert parts.household.answers == {"rooms": 3, "television": True, "fans": 2}
    assert parts.declarations.yearly_income_taka == 9000


def _tolerated(until: date = date(2026, 12, 31)) -> GapRule:
    return GapRule(action="accept_as_gap", until=until, basis="assumed", source="test")


def _derive_gender() -> GapRule:
    return GapRule(action="derive", value="F", programmes=("mother_child",), basis="assumed", source="test")


def test_a_field_that_the_source_may_leave_empty_is_a_gap_until_its_last_day() -> None:
    form = good_form(applicant__religion="  ")
    sent_by = source(religion=_tolerated(TODAY))
    assert accepted(form, sent_by).grounds.gaps == ("religion",)
    assert faults(form, sent_by, date(2026, 8, 16)) == {("missing", "applicant.religion")}
    assert faults(form) == {("missing", "applicant.religion")}


def test_a_tolerated_field_with_rubbish_in_it_is_still_a_fault() -> None:
    sent_by = source(religion=_tolerated())
    assert faults(good_form(applicant__religion="7"), sent_by) == {("code_unknown", "applicant.religion")}


def test_gender_is_derived_for_the_programmes_named_and_marked() -> None:
    sent_by = source(gender=_derive_gender())
    form = good_form(programme="mother_child", applicant__gender=None)
    put(form, "household.members[0].gender", ...)
    verdict = accepted(form, sent_by)
    assert verdict.grounds.derived == {"gender": "F"}
    assert verdict.parts.person.gender is Gender.FEMALE
    assert "gender" not in verdict.filled
    put(form, "programme", "old_age")
    assert faults(form, sent_by) == {("missing", "applicant.gender")}


def test_a_derived_gender_may_not_contradict_the_roster() -> None:
    form = good_form(programme="mother_child", applicant__gender=None)
    assert faults(form, source(gender=_derive_gender())) == {("self_member_differs", "household.members[0].gender")}


def test_a_permanent_address_is_never_a_gap() -> None:
    form = good_form(applicant__permanent_address={"country": "050"})
    assert faults(form, source(permanent_address=_tolerated())) == {("missing", "applicant.permanent_address")}


@pytest.mark.parametrize("guardian", ["mother", "father", "payee"])
def test_a_birth_registration_with_a_guardians_national_id_stands_in_where_policy_allows(guardian: str) -> None:
    form = good_form(programme="disability", applicant__national_id=..., applicant__mother__national_id=...)
    put(form, "payee.holder_national_id", ...)
    if guardian == "payee":
        form["payee"] |= {"kind": "guardian", "holder_national_id": "2612345678"}
    else:
        put(form, f"applicant.{guardian}.national_id", "2612345678")
    verdict = accepted(form)
    assert verdict.grounds.gaps == ("national_id",)
    put(form, "programme", "old_age")
    assert ("missing", "applicant.national_id") in faults(form)


def test_a_birth_registration_without_a_guardian_says_what_is_needed() -> None:
    form = good_form(programme="disability", applicant__national_id=..., applicant__mother__national_id=...)
    put(form, "payee.holder_national_id", ...)
    assert faults(form) == {("guardian_national_id_missing", "applicant.national_id")}


def test_the_fields_that_a_source_filled_are_told_of_accepted_and_faulty_forms() -> None:
    assert len(accepted(good_form()).filled) == 17
    verdict = examine(good_form(applicant__gender="x", applicant__religion=None, applicant__mother={"name": {}}))
    assert {"gender"} <= verdict.filled
    assert not verdict.filled & {"religion", "mother"}


def test_every_open_programme_of_every_source_can_be_applied_for() -> None:
    for sent_by in policy().sources.values():
        for code in sent_by.programmes:
            is_open = policy().programmes[code].open_to_applications
            expected = set() if is_open else {("programme_closed", "programme")}
            assert faults(good_form(programme=code), sent_by) == expected
