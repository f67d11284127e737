"""A word in either script as one consonant skeleton, so that হোসেন and Hossain are one word.

Aspirates and sibilants are merged, জ, য and z are one letter, vowels and an h that is not the first letter are left out
(dedup.md, Names and ids). Which vowel is written at each place is kept beside the skeleton: হাসান and হোসেন are two
brothers with one skeleton.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from services.dedup.matching.bangladesh.words import HONORIFICS, SOFT
from shared.reference.text import tidy, with_visarga


class Part(NamedTuple):
    """One word: its ASCII ``skeleton``, and its ``vowels``.

    For the place before each consonant and for the end, ``places`` in all, the first one lowest, four bits: 1 a, 2 e or
    i, 4 o or u, more than one where a letter is written for both or several follow each other; 8 where vowels of two
    kinds follow each other or one follows an h that is left out; 0 where none is written.
    """

    skeleton: str
    vowels: int
    places: int
    soft: bool


_A, _I, _U, _SEVERAL = 1, 2, 4, 8
_LATIN_VOWELS: Final = {"a": _A, "e": _A | _I, "i": _I, "y": _I, "o": _U, "u": _U}
"""``e`` is written for both (Sarkar, Sarker; Malek, Malik)."""

_LATIN_CONSONANTS: Final = dict(zip("bcdfghjklmnpqrstvxz", "bkdpghjklmnpkrstbkj", strict=True))
_BANGLA_CONSONANTS: Final = {
    "ক": "k", "খ": "k", "গ": "g", "ঘ": "g", "ঙ": "n", "চ": "c", "ছ": "s", "জ": "j", "ঝ": "j", "ঞ": "n",
    "ট": "t", "ঠ": "t", "ড": "d", "ঢ": "d", "ণ": "n", "ত": "t", "থ": "t", "দ": "d", "ধ": "d", "ন": "n",
    "প": "p", "ফ": "p", "ব": "b", "ভ": "b", "ম": "m", "য": "j", "র": "r", "ল": "l", "শ": "s", "ষ": "s",
    "স": "s", "হ": "h", "ৎ": "t", "ং": "n", "ৰ": "r",
}  # fmt: skip
_BANGLA_VOWELS: Final = {
    **dict.fromkeys("আা", _A),
    **dict.fromkeys("ইঈএঐিীেৈ", _I),
    **dict.fromkeys("উঊওঔুূোৌ", _U),
    "অ": _A | _U,
}

_SEPARATORS: Final = re.compile(r"[^\w\u0980-\u09ff\u200c\u200d]+")
_INVISIBLE: Final = str.maketrans("", "", "\u200c\u200d\u0981")
_HARD_C: Final = "\x01"
_SOFT_Y: Final = "\x02"
_LATIN_SPELLINGS: Final = (("ksh", "k"), ("chh", "s"), ("ch", _HARD_C), ("ng", "n"), ("ck", "k"))
_BANGLA_SPELLINGS: Final = tuple(
    (unicodedata.normalize("NFC", spelling), instead)
    for spelling, instead in (
        ("জ্ঞ", "গ"),
        ("ক্ষ", "ক"),
        ("ঙ্গ", "ন"),
        ("ঙ্ঘ", "ন"),
        ("ড়", "র"),
        ("ঢ়", "র"),
        ("য়", _SOFT_Y),
        ("র্য", "রয"),
        ("্য", ""),
        ("ৃ", "র"),
        ("ঋ", "র"),
    )
)
"""Conjuncts and letters that are not said as they are written, in NFC, where dotted letters are two characters."""

_ABDUL: Final = re.compile("abd[lrsn]?")
_BANGLA: Final = re.compile("[\u0980-\u09ff]")

BITS: Final = 4
"""Of each place of vowels."""

LETTERS_MAX: Final = 64
"""Of one word so many letters are read: a longer one is no name."""


def parts(word: str) -> tuple[Part, ...]:
    """What is between two spaces, honorifics left out: often one part, but Md.Karim is two."""
    text = with_visarga(tidy(word)).casefold().translate(_INVISIBLE)
    found = []
    for part in _SEPARATORS.split(text):
        if part and part not in HONORIFICS:
            writer = _bangla(part[:LETTERS_MAX]) if _BANGLA.search(part) else _latin(_unaccented(part[:LETTERS_MAX]))
            if writer.skeleton:
                found.append(writer.part(soft=part in SOFT))
    return tuple(found)


def _unaccented(word: str) -> str:
    return word if word.isascii() else unicodedata.normalize("NFKD", word)


class _Writer:
    """Collects consonants, and before each of them the kinds of vowel that are written there."""

    def __init__(self) -> None:
        self.skeleton: list[str] = []
        self._vowels = [0]
        self._open = True
        self._breath = False

    def consonant(self, letter: str) -> None:
        if letter == "h" and self.skeleton:
            self._breath = True
            return
        self._breath = False
        if self.skeleton and self.skeleton[-1] == letter and not self._open:
            return
        self.skeleton.append(letter)
        self._vowels.append(0)
        self._open = False

    def vowel(self, kinds: int) -> None:
        if not self.skeleton:
            self.skeleton.append("a")
            self._vowels.append(0)
        before = self._vowels[-1]
        if kinds:
            # লাইলী is not লিলি, and রহিমা is not রিমা.
            several = self._breath or (before and before & kinds == 0)
            self._vowels[-1] = before | kinds | (_SEVERAL if several else 0)
        self._open = True

    def opened(self) -> None:
        """An unwritten vowel follows the last consonant: the same letter again is a second one, not a double."""
        self._open = True

    def part(self, soft: bool) -> Part:
        skeleton = "".join(self.skeleton)
        if _ABDUL.fullmatch(skeleton):
            # Abdul, Abdur, Abdus … are one name before its different companions.
            return Part("abd", 0, 4, soft)
        vowels = 0
        for place, kinds in enumerate(self._vowels):
            vowels |= kinds << BITS * place
        return Part(skeleton, vowels, len(self._vowels), soft)


def _latin(word: str) -> _Writer:
    for spelling, instead in _LATIN_SPELLINGS:
        word = word.replace(spelling, instead)
    writer = _Writer()
    for letter in word:
        if letter == _HARD_C:
            writer.consonant("c")
        elif letter == "w":
            writer.vowel(0)
        elif letter in _LATIN_VOWELS:
            writer.vowel(_LATIN_VOWELS[letter])
        elif letter in _LATIN_CONSONANTS:
            writer.consonant(_LATIN_CONSONANTS[letter])
    return writer


def _bangla(word: str) -> _Writer:
    for spelling, instead in _BANGLA_SPELLINGS:
        word = word.replace(spelling, instead)
    writer = _Writer()
    for place, letter in enumerate(word):
        after, before = word[place + 1 : place + 2], word[place - 1 : place] if place else ""
        if letter == _SOFT_Y:
            writer.vowel(0)
        elif letter in _BANGLA_VOWELS:
            writer.vowel(_BANGLA_VOWELS[letter])
        elif letter == "ঞ" and after != "্" and before != "্":
            writer.vowel(0)
        elif letter == "ব" and before == "্" and word[place - 2 : place - 1] not in ("ম", "র"):
            writer.opened()  # a silent ব under another letter: বিশ্বাস is Biswas
        elif letter in _BANGLA_CONSONANTS:
            writer.consonant(_BANGLA_CONSONANTS[letter])
            if after != "্":
                writer.opened()
    return writer
