"""What of an applicant is compared: read once from the event, kept packed beside the index."""

from datetime import date
from typing import Final, NamedTuple

import orjson

from services.dedup.names import Token, Tokens, tokens
from shared.contracts.person import Name, Parent, Person

VERSION: Final = 1
"""Raised with every change of the packing or of the normaliser: such a change is a re-index."""


class Names(NamedTuple):
    """A name's tokens in each script in which it is written."""

    bn: Tokens = ()
    en: Tokens = ()

    @property
    def best(self) -> Tokens:
        """The Bangla tokens, which CCDS makes mandatory, or else the English ones."""
        return self.bn or self.en


class Features(NamedTuple):
    """One applicant, comparable. Numbers are in ASCII digits; "" where the form has none.

    ``born`` is YYYY-MM-DD; on 1 January mostly only the year is known (domain.md §7). ``union`` is the ten-digit code
    of the permanent address. ``registered`` is the birth registration number.
    """

    n10: str
    n13: str
    registered: str
    born: str
    sex: str
    mobile: str
    union: str
    name: Names
    mother: Names
    father: Names

    @property
    def year(self) -> str:
        """Year of birth, four digits, or ""."""
        return self.born[:4]

    @property
    def full_birth_date(self) -> str:
        """The birth date where more than the year is known, else ""."""
        return "" if self.born[5:] == "01-01" else self.born

    def pack(self) -> bytes:
        """As compact JSON, for the index."""
        names = [[_packed(script) for script in name] for name in (self.name, self.mother, self.father)]
        return orjson.dumps([VERSION, *self[:7], *names])

    @staticmethod
    def unpack(packed: bytes) -> "Features":
        """The inverse of ``pack``."""
        _, n10, n13, registered, born, sex, mobile, union, *names = orjson.loads(packed)
        name, mother, father = map(_unpacked, names)
        return Features(n10, n13, registered, born, sex, mobile, union, name, mother, father)


def features_of(person: Person) -> Features:
    """The features of the applicant of an event."""
    national_id = person.national_id
    born: date | None = person.date_of_birth
    return Features(
        n10=(national_id.n10 or "") if national_id else "",
        n13=(national_id.n13 or "") if national_id else "",
        registered=person.birth_registration_number or "",
        born=born.isoformat() if born else "",
        sex=person.gender.value if person.gender else "",
        mobile=person.mobile or "",
        union=person.permanent_address.union_code,
        name=_names(person.name),
        mother=_parent(person.mother),
        father=_parent(person.father),
    )


def _names(name: Name) -> Names:
    return Names(tokens(name.bn), tokens(name.en))


def _parent(parent: Parent | None) -> Names:
    return _names(parent.name) if parent else Names()


def _packed(name: Tokens) -> str:
    return ",".join(map(str, name))


def _unpacked(name: list[str]) -> Names:
    bn, en = (tuple(Token(*token.split(" ")) for token in script.split(",")) if script else () for script in name)
    return Names(bn, en)
