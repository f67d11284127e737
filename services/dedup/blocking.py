"""Which applicants are compared at all: those that share one of eight kinds of key (dedup.md, Blocking keys).

A key is a keyed hash to 64 bits, salted by its kind: a collision costs a comparison, no more. Never a birth date alone,
nor a name with a birth year: at fifty million people such a block holds thousands.
"""

from collections.abc import Iterator

from services.dedup.features import Features
from services.dedup.names import Tokens
from shared.privacy import Pseudonyms

TOKENS_MAX = 3
"""So many words of a name get a key with the birth date; more are a list of relatives, not a name."""


def blocking_keys(features: Features, pseudonyms: Pseudonyms) -> tuple[int, ...]:
    """The keys that an applicant is found by, each once, always in the same order."""
    return tuple(dict.fromkeys(pseudonyms.int64_of(kind, value) for kind, value in _values(features)))


def _values(features: Features) -> Iterator[tuple[str, str]]:
    for kind, number in (("n10", features.n10), ("n13", features.n13), ("registered", features.registered)):
        if number:
            yield f"dedup-{kind}", number
            if features.year:
                half = len(number) // 2
                yield f"dedup-{kind}-tail", number[half:] + features.year
                if kind == "n10":
                    # The others begin with a district and a union: a village's cohort would be one block.
                    yield f"dedup-{kind}-head", number[:half] + features.year
    if features.mobile:
        yield "dedup-mobile", features.mobile
    mother, father = _word(features.mother.best), _word(features.father.best)
    if mother and father:
        yield "dedup-parents", f"{mother}/{father}/{features.sex}"
    # Both scripts: the other list may have this person in one of them only.
    for name in dict.fromkeys((features.name.bn, features.name.en)):
        if not name:
            continue
        yield "dedup-name-union", f"{_word(name)}/{features.union}"
        if features.full_birth_date:
            for token in name[:TOKENS_MAX]:
                yield "dedup-token-born", f"{token.skeleton}/{features.full_birth_date}"
        if mother and features.year:
            yield "dedup-given-mother-year", f"{name[0].skeleton}/{mother}/{features.year}"


def _word(name: Tokens) -> str:
    """A whole name whatever the order of its words."""
    return " ".join(sorted(token.skeleton for token in name))
