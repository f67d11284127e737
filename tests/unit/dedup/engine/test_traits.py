"""Who is left out without being read: whoever shares one key, and is known to differ in all that stands beside it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.dedup.matching.blocking import Candidates
from services.dedup.matching.traits import TRAIT_BITS, beside, differ, trait
from tests.unit.dedup.engine.people import engine, record

_TRAIT = st.one_of(st.sampled_from([0, 1, 31, 32, 63]), st.integers(0, 63))
_FOUR = st.tuples(_TRAIT, _TRAIT, _TRAIT, _TRAIT)
_REF = st.integers(-(2**39), 2**39 - 1)


@settings(max_examples=300)
@given(_FOUR, _FOUR, _REF)
@example((5, 6, 7, 8), (9, 10, 11, 12), -1)
@example((5, 6, 7, 0), (9, 10, 11, 12), 0)
@example((5, 6, 0, 0), (9, 10, 11, 12), 0)
@example((1, 0, 7, 8), (0, 1, 11, 12), 0)
def test_two_differ_when_three_traits_are_known_of_both_and_none_is_the_same(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int], ref: int
) -> None:
    known = [(ours, theirs) for ours, theirs in zip(one, other, strict=True) if ours and theirs]
    expected = len(known) >= 3 and all(ours != theirs for ours, theirs in known)
    assert differ(beside(*one), ref << TRAIT_BITS | beside(*other)) == expected


@given(st.integers(0, 2**64))
def test_a_trait_fits_its_six_bits_and_is_0_for_what_is_unknown_alone(value: int) -> None:
    assert 0 <= trait(value) < 64
    assert (trait(value) == 0) == (value == 0)


_OURS = beside(1, 2, 3, 4)
_ALIKE, _UNLIKE = beside(9, 9, 3, 9), beside(9, 9, 9, 9)
_KEYS = {11: ("mobile", _OURS), 12: ("parents_sex", _OURS), 13: ("token", _OURS), 14: ("token", _OURS)}


def _found(*hits: tuple[int, int]) -> dict[int, tuple[str, ...]]:
    """Whom these lead to: record 7 under each key, with its traits there."""
    candidates = Candidates(_KEYS)
    for key, traits in hits:
        candidates.add(key, [7 << TRAIT_BITS | traits])
    return candidates.found


def test_whoever_shares_one_key_and_nothing_beside_it_is_left_out_unless_nobody_is_to_be() -> None:
    assert _found((11, _UNLIKE)) == {}
    candidates = Candidates(_KEYS)
    candidates.add(11, [7 << TRAIT_BITS | _UNLIKE])
    candidates.leave_out_nobody()
    assert candidates.found == {7: ("mobile",)}


def test_whoever_shares_a_trait_beside_the_key_is_compared() -> None:
    assert _found((11, _ALIKE)) == {7: ("mobile",)}


def test_whoever_shares_two_keys_is_compared_and_both_are_told() -> None:
    assert _found((11, _UNLIKE), (12, _UNLIKE)) == {7: ("mobile", "parents_sex")}
    assert _found((11, _ALIKE), (12, _UNLIKE)) == {7: ("mobile", "parents_sex")}
    assert _found((13, _UNLIKE), (14, _UNLIKE)) == {7: ("token",)}


def test_two_revisions_under_one_key_are_one_key() -> None:
    assert _found((11, _UNLIKE), (11, beside(8, 8, 8, 8))) == {}
    assert _found((11, _UNLIKE), (11, _ALIKE)) == {7: ("mobile",)}


@pytest.mark.parametrize(
    ("kind", "number"),
    [("n10", {"n10": "4601234567"}), ("n13", {"n13": "1234567890123"}),
     ("registration", {"birth_registration_number": "20151234567890123"})],
)  # fmt: skip
def test_a_number_that_identifies_leads_to_all_who_have_it(kind: str, number: dict[str, str]) -> None:
    keys = engine().keys(engine().features(record(national_id="", **number)))
    key = next(key for key, (named, _) in keys.items() if named == kind)
    candidates = Candidates(keys)
    candidates.add(key, [7 << TRAIT_BITS | _UNLIKE])
    assert candidates.found == {7: (kind,)}


def test_a_name_whose_words_change_places_or_end_otherwise_has_the_same_traits() -> None:
    def beside_mobile(name: str) -> int:
        keys = engine().keys(engine().features(record(name_bn=name, name_en="")))
        return next(traits for kind, traits in keys.values() if kind == "mobile")

    assert beside_mobile("জাহানারা পারভীন") == beside_mobile("পারভীন জাহানারা")
    assert beside_mobile("জাহানারা পারভীন") == beside_mobile("জাহানাবা পারভেজ")
    assert beside_mobile("জাহানারা পারভীন") != beside_mobile("সাহানারা পারভীন")
