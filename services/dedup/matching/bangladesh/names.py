"""A whole name made comparable: the skeletons of its words, and their vowels."""

from functools import lru_cache
from typing import Final, NamedTuple

from services.dedup.matching.bangladesh.skeleton import BITS, parts

WORDS_MAX: Final = 8
"""So many words of a name are read; more are a list of relatives, not a name."""

LETTERS_MIN: Final = 2
"""A name of fewer consonants names nobody."""

_PLACES_MAX: Final = 64 // BITS
"""In a number of 64 bits."""


class Skeleton(NamedTuple):
    """ASCII skeletons joined by spaces, and the vowels of all words one after another (``skeleton.Part.vowels``)."""

    text: str
    vowels: int


NOBODY: Final = Skeleton("", 0)


@lru_cache(maxsize=4_096)
def skeleton(name: str) -> Skeleton:
    """The words that count, in the order written.

    A name of honorifics and soft words alone, or of a single letter, is unknown: it tells nobody apart.
    """
    letters, vowels, places = [], 0, 0
    for word in name.split(None, WORDS_MAX)[:WORDS_MAX]:
        for consonants, of_part, places_of_part, soft in parts(word[:_WORD_MAX]):
            if not soft:
                letters.append(consonants)
                vowels |= of_part << BITS * places
                places += places_of_part
    text = " ".join(letters)
    if len(text) < LETTERS_MIN:
        return NOBODY
    return Skeleton(text, vowels & (1 << BITS * _PLACES_MAX) - 1)


_WORD_MAX: Final = 200
