"""A whole name made comparable: the skeletons of its words, and their vowels."""

from functools import lru_cache, partial
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

    text: bytes
    vowels: int


NOBODY: Final = Skeleton(b"", 0)
_SKELETON: Final = partial(tuple.__new__, Skeleton)


def skeleton(name: str) -> Skeleton:
    """The words that count, in the order written.

    A name of honorifics and soft words alone, or of a single letter, is unknown: it tells nobody apart.
    """
    # Words are remembered and names are not: two names of three come for the first time, and one word of 150.
    text, vowels, bits = b"", 0, 0
    words = name.split(None, WORDS_MAX)
    if len(name) > _WORD_MAX or len(words) > WORDS_MAX:
        words = [written[:_WORD_MAX] for written in words[:WORDS_MAX]]
    for written in words:
        of_word, vowels_of_word, bits_of_word = _word(written)
        if of_word:
            text = text + b" " + of_word if text else of_word
            vowels |= vowels_of_word << bits
            bits += bits_of_word
    return _SKELETON((text, vowels & _VOWELS)) if len(text) >= LETTERS_MIN else NOBODY


@lru_cache(maxsize=16_384)
def _word(written: str) -> tuple[bytes, int, int]:
    """The parts of a word that count: their skeletons, their vowels, and the bits that those take up."""
    letters, vowels, bits = [], 0, 0
    for consonants, of_part, places, soft in parts(written):
        if not soft:
            letters.append(consonants)
            vowels |= of_part << bits
            bits += BITS * places
    return " ".join(letters).encode(), vowels, bits


_WORD_MAX: Final = 200
_VOWELS: Final = (1 << BITS * _PLACES_MAX) - 1
