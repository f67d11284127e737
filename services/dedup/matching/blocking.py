"""Which records are compared at all: those that share a key (dedup.md, Blocking keys).

A key is a keyed 64-bit hash, salted by its kind: a collision costs one comparison, and nobody without the secret can
look for a person in the index. Whoever shares one key only, and differs in the traits beside it, is not compared
(``traits.py``, decision 0023). A number that identifies has no traits, so that it leads to all.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from struct import Struct

from services.dedup.matching.layout import Features
from services.dedup.matching.normaliser import Normaliser
from services.dedup.matching.traits import TRAIT_BITS, differ

_MASK = (1 << 64) - 1
_SIGN = 1 << 63
_signed = Struct("<q").unpack


Keys = Mapping[int, tuple[str, int]]
"""Keys, each a signed 64-bit hash that stays inside the index, with the name of its kind, which metrics and evidence
may show, and its traits. A mapping and no objects: everybody has some six, and most of them lead to nobody."""


class Candidates:
    """Whom somebody's keys lead to: ``found`` are those to compare, each with the kinds of key that led there.

    An *entry* is a record's number above its traits. A record may have several, one for each revision.
    """

    __slots__ = ("_aside", "_keys", "found")

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.found: dict[int, tuple[str, ...]] = {}
        self._aside: dict[int, int] = {}
        """Those who share one key and nothing beside it, with that key."""

    def add(self, key: int, entries: Iterable[int]) -> None:
        """Those who share this one of the keys."""
        (kind, own), found, aside = self._keys[key], self.found, self._aside
        for entry in entries:
            record = entry >> TRAIT_BITS
            kinds = found.get(record)
            if kinds is not None:
                if kind not in kinds:
                    found[record] = (*kinds, kind)
            elif aside.get(record, key) != key:
                before, _ = self._keys[aside.pop(record)]
                found[record] = (before,) if before == kind else (before, kind)
            elif own and differ(own, entry):
                aside[record] = key
            else:
                aside.pop(record, None)
                found[record] = (kind,)

    def leave_out_nobody(self) -> None:
        """Compare all: one of the keys leads to so many that it does not tell of everybody who shares it as well."""
        self.found |= {record: (self._keys[key][0],) for record, key in self._aside.items()}


class Blocking:
    """The keys of one normaliser under one secret."""

    def __init__(self, normaliser: Normaliser, secret: bytes) -> None:
        """``secret`` never changes while the index lives."""
        self._values = normaliser.key_values
        self._narrower = normaliser.narrower
        self._kinds = normaliser.key_kinds
        # The secret stands before the value: nobody can carry a BLAKE2 digest on, as he can one of SHA-2. Its own keyed
        # mode is the same with a whole block for the secret, which costs as much again. One state a kind, copied.
        self._salted = [blake2b(secret + kind.encode() + b":", digest_size=8) for kind in normaliser.key_kinds]

    def keys(self, features: Features) -> Keys:
        """The keys a record is stored and found under, in the order of the kinds."""
        salted, names = self._salted, self._kinds
        keys: dict[int, tuple[str, int]] = {}
        for kind, value, beside in self._values(features):
            digest = salted[kind].copy()
            digest.update(value)
            (key,) = _signed(digest.digest())
            keys[key] = names[kind], beside
        return keys

    def extended(self, key: int, features: Features) -> tuple[int, int]:
        """The keys under which a record goes on where the block of ``key`` is full: with the year of birth, and where
        that is full as well, with year and upazila. Where both are full the look-up is truncated."""
        year, place = self._narrower(features)
        by_year = _mixed(key, year + 1)
        return by_year, _mixed(by_year, place + 1)


def _mixed(key: int, number: int) -> int:
    """A signed 64-bit hash of a key and a number below 2⁶⁴ (the finaliser of splitmix64)."""
    state = ((key ^ (number * 0x9E3779B97F4A7C15)) & _MASK) or 1
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
    state ^= state >> 31
    return state - (1 << 64) if state & _SIGN else state
