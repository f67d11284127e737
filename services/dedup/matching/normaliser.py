"""What the engine asks of a country: comparable features of a record, and the values by which it is found."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from services.dedup.matching.layout import Features, Layout

Record = Mapping[str, str]
"""A record as it comes: field → text. A field that is absent or blank is unknown. Which fields there are is said by the
normaliser; others are not looked at."""


class Normaliser(Protocol):
    """Configuration and code of one country or data set. A change of what it answers is a new ``version``, and a
    re-index: features of two versions are never compared."""

    @property
    def version(self) -> str:
        """Names this normaliser in models, in the index and in decisions."""
        ...

    @property
    def layout(self) -> Layout:
        """The slots of its features."""
        ...

    @property
    def key_kinds(self) -> tuple[str, ...]:
        """Names of the kinds of blocking key, for metrics and evidence."""
        ...

    def features(self, record: Record) -> Features:
        """Never fails: what cannot be read is unknown. Bounded in time by the length of the fields it looks at."""
        ...

    def key_values(self, features: Features) -> Iterable[tuple[int, bytes, int]]:
        """(Place of the kind in ``key_kinds``, value, traits) for each key; a value may come twice. At most a few
        of a kind. The traits (``traits.py``) say nothing that the key says; 0: all who share the key are compared."""
        ...

    def narrower(self, features: Features) -> tuple[int, int]:
        """What tells apart the records of a block that is full: (year of birth, place), 0 where unknown."""
        ...
