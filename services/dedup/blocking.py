"""Which applicants are compared at all: those that share one of eight kinds of key (dedup.md, Blocking keys).

A key is a keyed hash to 64 bits, salted by its kind: a collision costs a comparison, no more. Never a birth date alone,
nor a name with a birth year: at fifty million people such a block holds thousands.
"""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from services.dedup.features import Features
from services.dedup.names import Tokens, is_weak
from shared.privacy import Pseudonyms

TOKENS_MAX = 3
"""So many words of a name get a key with the birth date; more are a list of relatives, not a name."""


def blocking_keys(features: Features, pseudonyms: Pseudonyms) -> tuple[int, ...]:
    """The keys that an applicant is found by, each once, always in the same order."""
    secret = _secret(pseudonyms)
    return tuple(dict.fromkeys(_hashed(secret, value) for value in _values(features)))


@lru_cache(maxsize=8)
def _secret(pseudonyms: Pseudonyms) -> bytes:
    """A secret of its own, since BLAKE2 takes a key at a third of the price of an HMAC."""
    return bytes.fromhex(pseudonyms.hash_of("dedup", "blocking"))


def _hashed(secret: bytes, value: str) -> int:
    return int.from_bytes(blake2b(value.encode(), digest_size=8, key=secret).digest(), "big", signed=True)


def _values(features: Features) -> Iterator[str]:
    """The values, each begun by its kind."""
    for kind, number in (("n10", features.n10), ("n13", features.n13), ("registered", features.registered)):
        if number:
            yield f"{kind}:{number}"
            if features.year:
                # The second half: numbers of 13 and 17 digits begin with a district and a union.
                yield f"{kind}-tail:{number[len(number) // 2 :]}/{features.year}"
    if features.mobile:
        yield f"mobile:{features.mobile}"
    mother, father = _word(features.mother.best), _word(features.father.best)
    if mother and father:
        yield f"parents:{mother}/{father}/{features.sex}"
    # Both scripts: the other list may have this person in one of them only.
    for name in dict.fromkeys((features.name.bn, features.name.en)):
        if not name or is_weak(name):
            continue
        # With the year, or the namesakes of a union would be nine in ten of all that is compared.
        yield f"name-union-year:{_word(name)}/{features.union}/{features.year}"
        if features.full_birth_date:
            for token in name[:TOKENS_MAX]:
                yield f"token-born:{token.skeleton}/{features.full_birth_date}"
        if mother and features.year:
            yield f"given-mother-year:{name[0].skeleton}/{mother}/{features.year}"


def _word(name: Tokens) -> str:
    """A whole name whatever the order of its words; "" where it names nobody."""
    return "" if is_weak(name) else " ".join(sorted(token.skeleton for token in name))
