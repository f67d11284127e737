"""Features and blocking keys of a person of the registry (dedup.md, Names and ids, Blocking keys).

Fields of a record: ``n10``, ``n13``, ``national_id`` (any length), ``birth_registration_number``, ``date_of_birth``
(ISO), ``gender``, ``mobile``, ``union`` (BBS code of the permanent address), and ``name``, ``mother``, ``father``, each
with ``_bn`` and ``_en``.
"""

from collections.abc import Iterator
from typing import Final

from services.dedup.matching.bangladesh import numbers
from services.dedup.matching.bangladesh.names import skeleton
from services.dedup.matching.layout import CODE, NUMBER, SHORT_NUMBER, Features, Layout, Slot, text
from services.dedup.matching.normaliser import Record

VERSION: Final = "bangladesh-1"
"""Raised with every change of the layout, of what a spelling becomes, or of the keys: such a change is a re-index."""

_N13, _N10, _REGISTERED, _BORN, _MOBILE, _SEX, _UNION, _BN, _EN, _MOTHER, _FATHER = 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13
_LAYOUT: Final = Layout(
    VERSION,
    (
        Slot("n13", NUMBER),
        Slot("n10", NUMBER),
        Slot("registered", NUMBER),
        Slot("born", SHORT_NUMBER),
        Slot("mobile", SHORT_NUMBER),
        Slot("sex", CODE),
        Slot("union", NUMBER),
        Slot("name_bn", text(18)),
        Slot("name_bn_vowels", NUMBER),
        Slot("name_en", text(14)),
        Slot("name_en_vowels", NUMBER),
        Slot("mother", text(12)),
        Slot("mother_vowels", NUMBER),
        Slot("father", text(12)),
        Slot("father_vowels", NUMBER),
    ),
)
_KINDS: Final = (
    "n13",
    "n10",
    "registration",
    "mobile",
    "id_half_year",
    "name_union",
    "parents_sex",
    "token_birth_date",
    "given_mother_year",
)
_KEY_N13, _KEY_N10, _KEY_REGISTERED, _KEY_MOBILE, _KEY_HALF, _KEY_UNION, _KEY_PARENTS, _KEY_TOKEN, _KEY_GIVEN = range(9)

_TOKENS_MAX: Final = 3
_COMMON: Final = b"abd"
"""Before another word it is half of a name, and no key."""


class BangladeshNormaliser:
    """The registry's normaliser; see ``Normaliser``."""

    version = VERSION
    layout = _LAYOUT
    key_kinds = _KINDS

    def features(self, record: Record) -> Features:
        """The features of a record with the fields named above."""
        get = record.get
        n10 = numbers.national_id(typed) if (typed := get("n10")) else numbers.UNKNOWN
        n13 = numbers.national_id(typed) if (typed := get("n13")) else numbers.UNKNOWN
        either = numbers.national_id(typed) if (typed := get("national_id")) else numbers.UNKNOWN
        registered, born, sex = get("birth_registration_number"), get("date_of_birth"), get("gender")
        bn, bn_vowels = skeleton(get("name_bn") or "")
        en, en_vowels = skeleton(get("name_en") or "")
        mother, mother_vowels = skeleton(get("mother_bn") or "")
        if not mother:
            mother, mother_vowels = skeleton(get("mother_en") or "")
        father, father_vowels = skeleton(get("father_bn") or "")
        if not father:
            father, father_vowels = skeleton(get("father_en") or "")
        return (
            n13.n13 or either.n13,
            n10.n10 or either.n10,
            numbers.registration(registered) if registered else 0,
            numbers.birth_date(born) if born else 0,
            numbers.mobile(get("mobile") or ""),
            numbers.sex(sex) if sex else 0,
            numbers.place(get("union") or ""),
            _fixed(bn, 18),
            bn_vowels,
            _fixed(en, 14),
            en_vowels,
            _fixed(mother, 12),
            mother_vowels,
            _fixed(father, 12),
            father_vowels,
        )

    def key_values(self, features: Features) -> Iterator[tuple[int, bytes]]:
        """Eight kinds, the birth registration number taking the place of the national id for a child."""
        n13, n10, registered, born, mobile, sex, union, bn, _, en, _, mother, _, father, _ = features
        year = born // 10_000
        if n13:
            yield _KEY_N13, b"%d" % n13
            if year:
                # The serial half: numbers of 13 digits begin with a district and a union.
                yield _KEY_HALF, b"13/%d/%d" % (n13 % 1_000_000, year)
        if n10:
            yield _KEY_N10, b"%d" % n10
            if year:
                yield _KEY_HALF, b"10/%d/%d" % (n10 % 100_000, year)
        if registered:
            yield _KEY_REGISTERED, b"%d" % registered
        if mobile:
            yield _KEY_MOBILE, b"%d" % mobile
        mothers, fathers = mother.rstrip(b"\0"), father.rstrip(b"\0")
        if mothers and fathers:
            yield _KEY_PARENTS, b"%s/%s/%d" % (mothers, fathers, sex)
        # Both scripts: the other list may have this person in one of them only.
        for name in (bn,) if en == bn[:14] else (bn, en):
            tokens = name.rstrip(b"\0").split()
            if not tokens:
                continue
            if union:
                yield _KEY_UNION, b"%s/%d" % (b" ".join(sorted(tokens)), union)
            named = [token for token in tokens if token != _COMMON] or tokens
            if born % 10_000:
                for token in named[:_TOKENS_MAX]:
                    yield _KEY_TOKEN, b"%s/%d" % (token, born)
            if mothers and year:
                yield _KEY_GIVEN, b"%s/%s/%d" % (named[0], mothers, year)

    def narrower(self, features: Features) -> tuple[int, int]:
        """Year of birth and upazila."""
        born, union = features[_BORN], features[_UNION]
        year: int = born // 10_000
        upazila: int = union // 100
        return year, upazila


NORMALISER: Final = BangladeshNormaliser()


def _fixed(name: str, width: int) -> bytes:
    return name.encode("ascii", "replace").ljust(width, b"\0")[:width]
