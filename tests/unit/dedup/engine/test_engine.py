"""What pairs of people say, with the shipped model."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dedup.matching.engine import verdict
from services.dedup.matching.evidence import Comparison, Outcome, Scored
from services.dedup.matching.normaliser import Record
from services.dedup.matching.weights import between
from tests.unit.dedup.engine.people import REGISTER_SIZE, engine, model, record

OTHER = {
    "national_id": "19731234567890123",
    "mobile": "01898765432",
    "name_bn": "জসিম মোল্লা",
    "name_en": "Jasim Molla",
    "mother_bn": "হালিমা সুলতানা",
    "father_bn": "নজরুল মোল্লা",
    "date_of_birth": "1973-11-30",
    "union": "2012007535",
}


def compared(one: Record, other: Record, size: int = REGISTER_SIZE) -> Comparison:
    return engine().compare(engine().features(one), engine().features(other), size)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mobile": "01898765432"},
        {"national_id": "19562693816225814"},
        {"name_bn": "", "name_en": "Abdul Karim"},
        {"union": "5549005223", "mobile": ""},
        {"mother_bn": "", "father_bn": "আনোয়ার হোসাইন"},
    ],
)
def test_the_same_person_written_again_is_an_automatic_duplicate(changes: dict[str, str]) -> None:
    found = compared(record(), record(**changes))
    assert found.outcome is Outcome.DUPLICATE
    assert found.gate
    assert found.p_same > 0.999


def test_another_person_is_unique() -> None:
    found = compared(record(), record(**OTHER))
    assert found.outcome is Outcome.UNIQUE
    assert found.p_stranger > 0.999


@pytest.mark.parametrize(
    "twin",
    [
        {"name_bn": "মোঃ আব্দুল রহিম", "name_en": "Md. Abdul Rahim"},
        {"name_bn": "আব্দুল কারিমা", "name_en": ""},
        {"name_bn": "আব্দুল কালাম", "name_en": "Abdul Kalam"},
    ],
)
@pytest.mark.parametrize("number", ["4601234567", "4601234568", "2693816225814", ""])
def test_a_twin_is_never_a_duplicate_whatever_the_id_says(twin: dict[str, str], number: str) -> None:
    assert compared(record(), record(**twin, national_id=number)).outcome is not Outcome.DUPLICATE


def test_a_sibling_is_a_relative_and_no_duplicate() -> None:
    sibling = record(name_bn="জসিম হোসেন", name_en="", date_of_birth="1961-08-02", national_id="9601234567", mobile="")
    found = compared(record(), sibling)
    assert found.outcome is Outcome.UNIQUE
    assert found.p_relative > 0.9


def test_an_equal_id_with_another_name_and_birth_date_goes_to_a_person() -> None:
    borrowed = compared(record(), record(**{**OTHER, "national_id": "4601234567"}))
    assert borrowed.outcome is Outcome.REVIEW
    assert borrowed.hold
    assert not borrowed.gate


def test_a_mistyped_id_goes_to_a_person() -> None:
    assert compared(record(), record(national_id="4601234576")).outcome is Outcome.REVIEW


def test_ids_of_two_kinds_are_not_compared() -> None:
    found = compared(record(), record(national_id="19562693816225814"))
    assert next(field.level for field in found.fields if field.field == "national_id") == ""


def test_an_agreement_weighs_less_in_a_larger_register() -> None:
    other = record(national_id="", mobile="", mother_bn="", father_bn="")
    assert compared(record(), other, 1_000).weight > compared(record(), other, 50_000_000).weight


def test_a_rare_name_weighs_more_than_a_common_one() -> None:
    rare, common = (
        compared(record(name_bn=name, name_en=""), record(name_bn=name, name_en="")).weight
        for name in ("বদিউজ্জামান ত্রিশালী", "ফাতেমা বেগম")
    )
    assert rare > common


def test_the_evidence_adds_up() -> None:
    found = compared(record(), record(mobile="01898765432", name_bn="আব্দুল করিমা"))
    assert found.p_same + found.p_relative + found.p_stranger == pytest.approx(1.0)
    assert len(found.bits) == len(found.fields) == len(model().fields)
    again = engine().weigh({field.field: field.level for field in found.fields}, REGISTER_SIZE)
    assert [field.level for field in again.fields] == [field.level for field in found.fields]
    assert between(model().calibration, found.prior + sum(found.bits)) == pytest.approx(found.weight)
    assert all(bits == 0 for bits, field in zip(found.bits, found.fields, strict=True) if not field.level)


_values = {
    "national_id": ["4601234567", "4601234568", "19562693816225814", "2693816225814", ""],
    "name_bn": ["আব্দুল করিম", "আব্দুল রহিম", "জসিম মোল্লা", "করিম", ""],
    "name_en": ["Abdul Karim", "Karim Abdul", ""],
    "mother_bn": ["রোকেয়া বেগম", "রোকেয়া সুলতানা", "হালিমা", ""],
    "father_bn": ["আনোয়ার হোসেন", "আনোয়ার হোসাইন", "নজরুল মোল্লা", ""],
    "date_of_birth": ["1956-03-14", "1956-01-01", "1957-03-14", "1956-04-14", "1973-11-30", ""],
    "gender": ["M", "F", ""],
    "mobile": ["01712345678", "01712345679", "01898765432", ""],
    "union": ["5549005211", "5549005223", "2012007535", ""],
}
_people = st.fixed_dictionaries({field: st.sampled_from(values) for field, values in _values.items()})


@settings(max_examples=50)
@given(st.tuples(_people, _people, _people), st.sampled_from([100, 1_000_000, 50_000_000]))
def test_the_fast_way_says_what_the_whole_comparison_says(people: tuple[Record, ...], size: int) -> None:
    for ours, theirs in product([engine().features(each) for each in people], repeat=2):
        whole = engine().compare(ours, theirs, size)
        scored = engine().score_candidates(ours, [engine().pack(theirs)], size)
        if whole.outcome is Outcome.UNIQUE:
            assert scored == []
        else:
            assert [(each.place, each.outcome) for each in scored] == [(0, whole.outcome)]
            assert scored[0].weight == pytest.approx(whole.weight)


def test_candidates_come_back_the_heaviest_first() -> None:
    packed = [engine().pack(engine().features(each)) for each in (record(**OTHER), record(national_id=""), record())]
    scored = engine().score_candidates(engine().features(record()), packed, REGISTER_SIZE)
    assert [each.place for each in scored] == [2, 1]


def test_a_truncated_look_up_goes_to_a_person_and_never_passes_in_silence() -> None:
    assert verdict([], truncated=True) is Outcome.REVIEW
    assert verdict([], truncated=False) is Outcome.UNIQUE
    assert verdict([Scored(0, 12.0, Outcome.DUPLICATE)], truncated=True) is Outcome.DUPLICATE
