"""Are these two applicants one person? Fixed rules over agreements of fields, each with its evidence.

*Same* needs a gate: an equal national id, or own name and full birth date together with a parent or the mobile. Twins
share everything but their own name and id, so a name that is only near never passes the second gate, nor does a pair
whose ids are comparable and differ. What is neither same nor clearly two people is *suspicious* and goes to a reviewer.
"""

from enum import IntEnum
from typing import NamedTuple

from rapidfuzz.distance import OSA

from services.dedup import names
from services.dedup.features import Features, Names
from services.dedup.names import Agreement

EQUAL, NEAR, DIFFERENT, UNKNOWN = Agreement.EQUAL, Agreement.NEAR, Agreement.DIFFERENT, Agreement.UNKNOWN

YEARS_NEAR = 3
"""Offices and people are two or three years apart on a birth year, with day and month right (dedup.md, The job)."""


class Level(IntEnum):
    """The outcome of a comparison, the strongest last."""

    DIFFERENT = 0
    SUSPICIOUS = 1
    SAME = 2


class FieldAgreement(NamedTuple):
    """One field's part in the evidence."""

    field: str
    agreement: Agreement


class Match(NamedTuple):
    """How two applicants compare, and by which fields."""

    level: Level
    evidence: tuple[FieldAgreement, ...]


class Agreements(NamedTuple):
    """What the rules look at. ``birth_date`` EQUAL means to the day; a shared year alone is NEAR."""

    id: Agreement
    name: Agreement
    birth_date: Agreement
    mother: Agreement
    father: Agreement
    mobile: Agreement
    sex: Agreement
    union: Agreement

    @property
    def parent_agrees(self) -> bool:
        """At least one parent's name is the same."""
        return EQUAL in (self.mother, self.father)

    @property
    def parents_conflict(self) -> bool:
        """Something is known of the parents, and all of it differs."""
        return {DIFFERENT} == {self.mother, self.father} - {UNKNOWN}

    @property
    def parents_agree(self) -> bool:
        """Whatever is known of the parents agrees at least nearly, and something is known."""
        return DIFFERENT not in (self.mother, self.father) and not self.mother == self.father == UNKNOWN


def compare(ours: Features, theirs: Features) -> Match | None:
    """The match of two applicants, or None when they are two people."""
    ids, name = _ids(ours, theirs), _names(ours.name, theirs.name)
    if ids is not EQUAL and (name is DIFFERENT or name is UNKNOWN):
        return None  # most of those that share a key; the rest need not be looked at
    agreements = _agreements(ids, name, ours, theirs)
    level = _level(agreements)
    if level is Level.DIFFERENT:
        return None
    return Match(level, tuple(map(FieldAgreement, Agreements._fields, agreements)))


def _level(of: Agreements) -> Level:
    """The rules, in order. Without an equal id the name agrees at least nearly."""
    if of.id is EQUAL:
        return _level_of_equal_ids(of)
    if of.name is EQUAL and of.birth_date is EQUAL:
        return _level_of_equal_name_and_birth_date(of)
    if of.birth_date is DIFFERENT or of.sex is DIFFERENT:
        return Level.DIFFERENT
    supported = of.parents_agree or of.mobile is EQUAL
    if of.id is NEAR:
        # A slip of the pen in the id; a neighbour in the register has the next serial, but another name.
        return Level.SUSPICIOUS if supported and of.birth_date is not UNKNOWN else Level.DIFFERENT
    if of.id is DIFFERENT:
        return Level.DIFFERENT
    if of.name is NEAR:
        # Twins with names alike, or one person written in two ways: only a reviewer can tell.
        return Level.SUSPICIOUS if of.birth_date is EQUAL and of.parents_agree else Level.DIFFERENT
    return Level.SUSPICIOUS if of.parents_agree else Level.DIFFERENT


def _level_of_equal_ids(of: Agreements) -> Level:
    """One id, one person, unless name and birth date say that it was borrowed or mistyped."""
    if of.name is EQUAL:
        conflict = of.birth_date is DIFFERENT and of.parents_conflict
        return Level.SUSPICIOUS if conflict or of.sex is DIFFERENT else Level.SAME
    if of.name is NEAR or of.name is UNKNOWN:
        sure = of.birth_date in (EQUAL, NEAR) and not of.parents_conflict and of.sex is not DIFFERENT
        return Level.SAME if sure else Level.SUSPICIOUS
    return Level.SUSPICIOUS


def _level_of_equal_name_and_birth_date(of: Agreements) -> Level:
    if of.sex is DIFFERENT:
        return Level.DIFFERENT
    supported = of.parent_agrees or (of.mobile is EQUAL and not of.parents_conflict)
    if of.id in (NEAR, DIFFERENT):
        return Level.SUSPICIOUS if supported else Level.DIFFERENT
    if supported:
        return Level.SAME
    if of.parents_conflict:
        # Namesakes born on one day: half of a country has some; of the same union hardly anybody.
        return Level.SUSPICIOUS if of.union is EQUAL or of.mobile is EQUAL else Level.DIFFERENT
    return Level.SUSPICIOUS


def _agreements(ids: Agreement, name: Agreement, ours: Features, theirs: Features) -> Agreements:
    return Agreements(
        ids,
        name,
        _birth_dates(ours.born, theirs.born),
        _names(ours.mother, theirs.mother),
        _names(ours.father, theirs.father),
        _texts(ours.mobile, theirs.mobile),
        _texts(ours.sex, theirs.sex),
        _texts(ours.union, theirs.union),
    )


def _ids(ours: Features, theirs: Features) -> Agreement:
    """Only numbers of one kind are comparable; an equal one outweighs another kind that differs."""
    best = UNKNOWN
    for a, b in ((ours.n10, theirs.n10), (ours.n13, theirs.n13), (ours.registered, theirs.registered)):
        if a and b:
            if a == b:
                return EQUAL
            best = max(best, NEAR if OSA.distance(a, b, score_cutoff=1) <= 1 else DIFFERENT)
    return best


def _names(ours: Names, theirs: Names) -> Agreement:
    """By the Bangla spellings where both have them, with the English ones as a second opinion; else across scripts."""
    if ours.bn and theirs.bn:
        bangla = names.compare(ours.bn, theirs.bn)
        if ours.en and theirs.en:
            return _both_opinions(bangla, names.compare(ours.en, theirs.en))
        return bangla
    if ours.en and theirs.en:
        return names.compare(ours.en, theirs.en)
    return names.compare(ours.best, theirs.best)


def _both_opinions(bangla: Agreement, english: Agreement) -> Agreement:
    if bangla is EQUAL:
        return EQUAL if english is not DIFFERENT else NEAR
    return NEAR if english is EQUAL or bangla is NEAR else DIFFERENT


def _birth_dates(ours: str, theirs: str) -> Agreement:
    if not ours or not theirs:
        return UNKNOWN
    if ours == theirs:
        # 1 January is how offices write "some day of that year".
        return NEAR if ours[5:] == "01-01" else EQUAL
    (year, month, day), (year2, month2, day2) = ours.split("-"), theirs.split("-")
    if year == year2:
        only_year = "01-01" in (ours[5:], theirs[5:])
        return NEAR if only_year or month == month2 or day == day2 or (month, day) == (day2, month2) else DIFFERENT
    if (month, day) == (month2, day2) and abs(int(year) - int(year2)) <= YEARS_NEAR:
        return NEAR
    return DIFFERENT


def _texts(ours: str, theirs: str) -> Agreement:
    if not ours or not theirs:
        return UNKNOWN
    return EQUAL if ours == theirs else DIFFERENT
