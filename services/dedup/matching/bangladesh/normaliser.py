"""Features and blocking keys of a person of the registry (dedup.md, Names and ids, Blocking keys).

Fields of a record: ``n10``, ``n13``, ``national_id`` (any length), ``birth_registration_number``, ``date_of_birth``
(ISO), ``gender``, ``mobile``, ``union`` (BBS code of the permanent address), and ``name``, ``mother``, ``father``, each
with ``_bn`` and ``_en``.
"""

from functools import lru_cache
from struct import Struct
from typing import Final

from services.dedup.matching.bangladesh import numbers
from services.dedup.matching.bangladesh.names import NOBODY, Skeleton, skeleton
from services.dedup.matching.layout import CODE, NUMBER, SHORT_NUMBER, Features, Layout, Slot, text
from services.dedup.matching.normaliser import Record
from services.dedup.matching.traits import beside, trait

VERSION: Final = "bangladesh-4"
"""Raised with every change of the layout, of what a spelling becomes, or of the keys: such a change is a re-index."""

_N13, _N10, _REGISTERED, _BORN, _MOBILE, _SEX, _UNION, _BN, _EN, _MOTHER, _FATHER = 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13
_IN_BOTH: Final = 14
"""So many letters of a name are kept in either script. Keys are made of these: more would part the scripts."""

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
        Slot("name_en", text(_IN_BOTH)),
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
    "name_union",
    "parents_sex",
    "token_birth_date",
    "given_mother_year",
)
_KEY_N13, _KEY_N10, _KEY_REGISTERED, _KEY_MOBILE, _KEY_UNION, _KEY_PARENTS, _KEY_TOKEN, _KEY_GIVEN = range(8)

_number: Final = Struct("<Q").pack
_parents: Final = Struct("<12s12sB").pack

_NAMES_KNOWN: Final = 10_000
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
        n13 = n10 = 0
        if typed := get("n10"):
            n10 = numbers.national_id(typed).n10
        if typed := get("n13"):
            n13 = numbers.national_id(typed).n13
        if typed := get("national_id"):
            either = numbers.national_id(typed)
            n10, n13 = n10 or either.n10, n13 or either.n13
        registered, born, sex = get("birth_registration_number"), get("date_of_birth"), get("gender")
        mobile, union = get("mobile"), get("union")
        bn, bn_vowels = skeleton(typed) if (typed := get("name_bn")) else NOBODY
        en, en_vowels = skeleton(typed) if (typed := get("name_en")) else NOBODY
        mother, mother_vowels = _either(get("mother_bn"), get("mother_en"))
        father, father_vowels = _either(get("father_bn"), get("father_en"))
        return (
            n13,
            n10,
            numbers.registration(registered) if registered else 0,
            numbers.birth_date(born) if born else 0,
            numbers.mobile(mobile) if mobile else 0,
            numbers.sex(sex) if sex else 0,
            numbers.place(union) if union else 0,
            _fixed(bn, 18),
            bn_vowels,
            _fixed(en, _IN_BOTH),
            en_vowels,
            _fixed(mother, 12),
            mother_vowels,
            _fixed(father, 12),
            father_vowels,
        )

    def key_values(self, features: Features) -> list[tuple[int, bytes, int]]:
        """Eight kinds. The first word of a name stands with mother and year, the last one with the birth date: either
        may be left out. Of half an id and the year there is none, as hardly anybody is found by it alone (0024).

        Traits are what siblings, spouses and namesakes differ by, and spellings of one person hardly: of names two
        letters of a word, the first and the last in the order of the alphabet, as words change places.
        """
        n13, n10, registered, born, mobile, sex, union, bn, _, en, _, mother, _, father, _ = features
        year, day = born // 10_000, born % 10_000
        of_year, of_day, of_mobile, of_upazila = trait(year), trait(day), trait(mobile), trait(union // 100)
        of_mother, of_father = _of_name(mother)[0], _of_name(father)[0]
        of_name, of_last_name = _of_name(bn if bn[0] else en)
        values: list[tuple[int, bytes, int]] = []
        add = values.append
        if n13:
            add((_KEY_N13, _number(n13), 0))
        if n10:
            add((_KEY_N10, _number(n10), 0))
        if registered:
            add((_KEY_REGISTERED, _number(registered), 0))
        if mobile:
            add((_KEY_MOBILE, _number(mobile), beside(of_name, of_last_name, of_year, of_day)))
        has_mother = mother[0] != 0
        if has_mother and father[0]:
            add((_KEY_PARENTS, _parents(mother, father, sex), beside(of_name, of_year, of_day, of_mobile)))
        in_union = _number(union) if union else b""
        on_day = _number(born) if day else b""
        with_mother = mother + _number(year) if has_mother and year else b""
        beside_union = beside(of_mother, of_father, of_year, of_mobile)
        beside_token = beside(of_mother, of_father, of_upazila, of_mobile)
        beside_given = beside(of_father, of_day, of_upazila, of_mobile)
        # Both scripts: the other list may have this person in one of them only.
        for name in dict.fromkeys((bn[:_IN_BOTH], en)):
            tokens = name.rstrip(b"\0").split()
            if not tokens:
                continue
            # What follows a word has a length of its own kind, so that no two people have one value by another cut.
            if in_union:
                words = b" ".join(sorted(tokens)) if len(tokens) > 1 else tokens[0]
                add((_KEY_UNION, words + in_union, beside_union))
            named = ([token for token in tokens if token != _COMMON] or tokens) if _COMMON in tokens else tokens
            if on_day:
                add((_KEY_TOKEN, named[-1] + on_day, beside_token))
            if with_mother:
                add((_KEY_GIVEN, named[0] + with_mother, beside_given))
        return values

    def narrower(self, features: Features) -> tuple[int, int]:
        """Year of birth and upazila."""
        born, union = features[_BORN], features[_UNION]
        year: int = born // 10_000
        upazila: int = union // 100
        return year, upazila


NORMALISER: Final = BangladeshNormaliser()


def _either(bn: str | None, en: str | None) -> Skeleton:
    """The name in Bangla where that says anything, else in English."""
    name = skeleton(bn) if bn else NOBODY
    return skeleton(en) if en and not name.text else name


@lru_cache(_NAMES_KNOWN)
def _of_name(name: bytes) -> tuple[int, int]:
    """The traits of a name's first and last word in the order of the alphabet."""
    words = name.rstrip(b"\0").split()
    if not words:
        return 0, 0
    first, last = min(words), max(words)
    return trait(int.from_bytes(first[:2], "big")), trait(int.from_bytes(last[:2], "big"))


def _fixed(name: bytes, width: int) -> bytes:
    return name.ljust(width, b"\0")[:width]
