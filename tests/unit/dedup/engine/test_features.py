"""Features in their layout, and the keys that a person is found by."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.blocking import Blocking
from services.dedup.matching.engine import Engine
from services.dedup.matching.layout import PackedFeaturesDamaged
from services.dedup.matching.traits import TRAIT_BITS
from tests.unit.dedup.engine.people import engine, model, record

_NAMES = ["name_bn", "name_en", "mother_bn", "mother_en", "father_bn", "father_en"]
_FIELDS = [
    *_NAMES,
    "national_id",
    "n10",
    "n13",
    "birth_registration_number",
    "date_of_birth",
    "gender",
    "mobile",
    "union",
]
_odd = st.sampled_from(
    ["০০০০০", "9" * 40, "2999-12-31", "😀", "ক", "মোঃ", "K" * 200, "মোঃRahim করিম", "-1", "১" * 17, "\ud800"]
)
_records = st.dictionaries(st.sampled_from(_FIELDS), st.one_of(st.text(max_size=40), _odd))


@settings(max_examples=80)
@given(_records)
def test_any_record_has_features_that_survive_packing_and_a_bounded_number_of_keys(fields: dict[str, str]) -> None:
    features = engine().features(fields)
    assert engine().unpack(engine().pack(features)) == features
    keys = engine().keys(features)
    assert len(keys) <= 20
    assert all(-(2**63) <= key < 2**63 and kind in engine().key_kinds for key, (kind, _) in keys.items())
    assert all(0 <= traits < 1 << TRAIT_BITS for _, traits in keys.values())
    assert all(-(2**63) <= key < 2**63 for one in keys for key in engine().extended(one, features))


def test_a_record_of_nothing_is_found_by_nothing() -> None:
    assert engine().keys(engine().features({})) == {}


def test_a_name_of_two_hundred_letters_is_cut_and_still_compares() -> None:
    ours = engine().features(record(name_bn="ক" * 200, name_en="Abdul " * 40))
    assert len(engine().pack(ours)) == NORMALISER.layout.size
    assert engine().compare(ours, ours, 1_000).weight > 10


def test_packed_features_of_another_size_are_refused_with_what_to_do() -> None:
    with pytest.raises(PackedFeaturesDamaged, match="index build"):
        engine().unpack(b"short")


def _kinds(one: dict[str, str], other: dict[str, str]) -> set[str]:
    ours, theirs = (engine().keys(engine().features(record(**each))) for each in (one, other))
    return {kind for key, (kind, _) in ours.items() if key in theirs}


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("n10", ["national_id"]),
        ("mobile", ["mobile"]),
        ("name_union", ["name_bn", "name_en", "union"]),
        ("parents_sex", ["mother_bn", "father_bn", "gender"]),
        ("token_birth_date", ["name_bn", "date_of_birth"]),
        ("given_mother_year", ["name_bn", "mother_bn", "date_of_birth"]),
    ],
)
def test_each_kind_of_key_brings_together_those_who_agree_on_what_it_is_made_of(kind: str, kept: list[str]) -> None:
    other = {
        "national_id": "19731234567890123",
        "mobile": "01898765432",
        "name_bn": "জাহানারা পারভীন",
        "name_en": "Jahanara Parvin",
        "mother_bn": "হালিমা সুলতানা",
        "father_bn": "নজরুল মোল্লা",
        "date_of_birth": "1973-11-30",
        "gender": "F",
        "union": "2012007535",
    }
    changed = {field: value for field, value in other.items() if field not in kept}
    assert kind in _kinds({}, changed)
    assert _kinds({}, other) == set()


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("জাহানারা পারভীন মোল্লা", {"token_birth_date", "given_mother_year"}),
        ("পারভীন মোল্লা", {"token_birth_date"}),
        ("মোল্লা", {"token_birth_date"}),
        ("জাহানারা পারভীন", {"given_mother_year"}),
        ("পারভীন", set()),
    ],
)
def test_whoever_leaves_out_the_first_word_of_a_name_or_the_last_is_found_by_the_other(
    written: str, kinds: set[str]
) -> None:
    same = {"national_id": "", "mobile": "", "father_bn": "", "union": "", "name_en": ""}
    assert _kinds({**same, "name_bn": "জাহানারা পারভীন মোল্লা"}, {**same, "name_bn": written}) == kinds


def test_a_long_name_makes_the_same_keys_in_either_script_and_in_both() -> None:
    both = {"name_bn": "আলমগীর লিটন তালুকদার", "name_en": "Alamgir Liton Talukdar"}
    of_the_name = {"name_union", "token_birth_date", "given_mother_year"}
    assert len(engine().features(record(**both))[7].rstrip(b"\0")) > 14
    for left_out in both:
        assert of_the_name <= _kinds(both, {**both, left_out: ""})
    assert of_the_name <= _kinds({**both, "name_bn": ""}, {**both, "name_en": ""})


def test_only_the_year_known_makes_no_key_of_name_and_birth_date() -> None:
    kinds = {kind for kind, _ in engine().keys(engine().features(record(date_of_birth="1956-01-01"))).values()}
    assert "token_birth_date" not in kinds
    assert "given_mother_year" in kinds


def test_the_other_script_is_found_by_name_and_union() -> None:
    assert "name_union" in _kinds({"name_en": ""}, {"name_bn": "", "national_id": "", "mobile": ""})


def test_keys_are_told_by_nobody_without_the_secret() -> None:
    features = engine().features(record())
    other = Engine(NORMALISER, model(), b"another secret")
    assert engine().keys(features).keys().isdisjoint(other.keys(features))
    assert Blocking(NORMALISER, b"secret").keys(features) == engine().keys(features)


def test_a_full_block_goes_on_by_year_and_then_by_upazila() -> None:
    clerk = engine().features(record())
    same_year = engine().features(record(union="2012007535", date_of_birth="1956-07-07"))
    other_year = engine().features(record(date_of_birth="1960-07-07"))
    key = next(key for key, (kind, _) in engine().keys(clerk).items() if kind == "mobile")
    assert engine().extended(key, clerk)[0] == engine().extended(key, same_year)[0]
    assert engine().extended(key, clerk)[1] != engine().extended(key, same_year)[1]
    assert engine().extended(key, clerk)[0] != engine().extended(key, other_year)[0]
