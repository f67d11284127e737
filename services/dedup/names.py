"""Names made comparable: one consonant skeleton for both scripts, so that হোসেন and Hossain are one token.

Aspirates and sibilants are merged, জ, য and z are one letter, vowels and an h that is not the first letter are left out
(dedup.md, Names and ids). Vowels are kept beside the skeleton, by the place where they stand: হাসান and হোসেন are two
brothers with one skeleton.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from shared.reference.text import tidy, with_visarga


class Token(NamedTuple):
    """A word of a name. ``vowels`` has a hexadecimal digit before each consonant and one at the end: which kinds of
    vowel stand there (1 a, 2 e or i, 4 o or u, 8 several after one another, summed), 0 where none is written."""

    skeleton: str
    vowels: str

    def __str__(self) -> str:
        return f"{self.skeleton} {self.vowels}"


Tokens = tuple[Token, ...]


class Agreement(IntEnum):
    """How well two values agree, the best last. UNKNOWN: there is nothing to compare."""

    UNKNOWN = 0
    DIFFERENT = 1
    NEAR = 2
    EQUAL = 3


_HONORIFICS: Final = frozenset(
    tidy("""
    md mohd mohammad mohammed muhammad muhammed mohamad mohamed mohammod mst most mosa mosammat musammat mossammat
    mosammot mr mrs ms sree sri shri sreemati srimati shrimati shrimoti late haji hazi hajji hajee alhaj alhaz alhajj dr
    janab
    মোঃ মো মোহাঃ মোহা মোহাম্মদ মুহাম্মদ মোহাম্মাদ মুহাম্মাদ মোহাম্মেদ মোছাঃ মোছা মোসাঃ মোসা মোসাম্মৎ মোসাম্মত মোছাম্মৎ মোছাম্মত
    মুসাম্মৎ মৃত মৃতঃ শ্রী শ্রীঃ শ্রীমতি শ্রীমতী হাজী হাজি আলহাজ আলহাজ্ব জনাব ডাঃ ডা
    """).split()
)

_SOFT: Final = frozenset(
    tidy("""
    begum begom khatun khatoon akter akhter aktar akhtar bibi khanam khanom banu bano nesa nessa miah mia miya sheikh
    shaikh sk
    বেগম খাতুন আক্তার আখতার আকতার বিবি খানম বানু নেছা নেসা মিয়া মিঞা শেখ
    """).split()
)
"""Words that half the country bears or that clerks add and leave out: never needed for agreement, never in a key."""

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

_LETTERS_FOR_A_SLIP: Final = 4
"""In shorter skeletons one letter makes another name: Kamal and Jamal, Rahim and Karim."""

_LETTERS_FOR_A_NAME: Final = 2
_WEAK: Final = "?"

_SEPARATORS: Final = re.compile(r"[^\w\u0980-\u09ff\u200c\u200d]+")
_INVISIBLE: Final = str.maketrans("", "", "\u200c\u200d\u0981")
_LATIN_SPELLINGS: Final = (("ksh", "k"), ("chh", "s"), ("ch", "\x01"), ("ng", "n"), ("ck", "k"))
_BANGLA_SPELLINGS: Final = tuple(
    (unicodedata.normalize("NFC", spelling), instead)
    for spelling, instead in (
        ("জ্ঞ", "গ"),
        ("ক্ষ", "ক"),
        ("ঙ্গ", "ন"),
        ("ঙ্ঘ", "ন"),
        ("ড়", "র"),
        ("ঢ়", "র"),
        ("য়", "\x02"),
        ("র্য", "রয"),
        ("্য", ""),
        ("ৃ", "র"),
        ("ঋ", "র"),
    )
)
"""Conjuncts and letters that are not said as they are written, in NFC, where dotted letters are two characters."""

_ABDUL: Final = re.compile("abd[lrsn]?")
_BANGLA: Final = re.compile("[\u0980-\u09ff]")


def tokens(name: str | None) -> Tokens:
    """The tokens of a name that count, in the order written.

    Where there is none but soft words, honorifics or a single letter, what is there is marked as weak: it tells two
    people apart, but never makes two one.
    """
    if not name:
        return ()
    parts = [part for word in name.split() for part in _parts(word)]
    counting = tuple(part.token for part in parts if part.kind is _Kind.COUNTS)
    if sum(len(token.skeleton) for token in counting) >= _LETTERS_FOR_A_NAME:
        return counting
    soft = tuple(part.token for part in parts if part.kind is not _Kind.HONORIFIC)
    return tuple(Token(_WEAK + token.skeleton, "0" + token.vowels) for token in soft or (part.token for part in parts))


def is_weak(name: Tokens) -> bool:
    """Whether there is nothing in it that names anybody."""
    return bool(name) and name[0].skeleton.startswith(_WEAK)


class _Kind(IntEnum):
    HONORIFIC = 0
    SOFT = 1
    COUNTS = 2


class _Part(NamedTuple):
    kind: _Kind
    token: Token


@lru_cache(maxsize=16_384)
def _parts(word: str) -> tuple[_Part, ...]:
    """What is between two spaces: often one word, but Md.Karim is two."""
    text = with_visarga(tidy(word)).casefold().translate(_INVISIBLE)
    parts = []
    for part in _SEPARATORS.split(text):
        token = _token(part)
        if token.skeleton:
            kind = _Kind.HONORIFIC if part in _HONORIFICS else _Kind.SOFT if part in _SOFT else _Kind.COUNTS
            parts.append(_Part(kind, token))
    return tuple(parts)


def _token(word: str) -> Token:
    token = _bangla(word) if _BANGLA.search(word) else _latin(word)
    # Abdul, Abdur, Abdus … are one name before its different companions.
    return Token("abd", "0000") if _ABDUL.fullmatch(token.skeleton) else token


class _Writer:
    """Collects consonants, and between them the kinds of vowel."""

    def __init__(self) -> None:
        self.skeleton: list[str] = []
        self.vowels = [0]
        self._open = True
        self._joined = False

    def consonant(self, letter: str) -> None:
        # Rahim is not said Raim: vowels on two sides of an h that is left out are no diphthong.
        self._joined = False
        if letter == "h" and self.skeleton:
            return
        if self.skeleton and self.skeleton[-1] == letter and not self._open:
            return
        self.skeleton.append(letter)
        self.vowels.append(0)
        self._open = False

    def vowel(self, kinds: int) -> None:
        if not self.skeleton:
            self.skeleton.append("a")
            self.vowels.append(0)
        before = self.vowels[-1]
        self.vowels[-1] |= kinds | (_SEVERAL if self._joined and kinds and before & kinds == 0 else 0)
        self._open = True
        self._joined = self._joined or kinds != 0

    def opened(self) -> None:
        """An unwritten vowel follows the last consonant: the same letter again is a second one, not a double."""
        self._open = True

    def token(self) -> Token:
        return Token("".join(self.skeleton), "".join(f"{kinds:x}" for kinds in self.vowels))


def _latin(word: str) -> Token:
    for spelling, instead in _LATIN_SPELLINGS:
        word = word.replace(spelling, instead)
    writer = _Writer()
    for letter in word:
        if letter == "\x01":
            writer.consonant("c")
        elif letter == "w":
            writer.vowel(0)
        elif letter in _LATIN_VOWELS:
            writer.vowel(_LATIN_VOWELS[letter])
        elif letter in _LATIN_CONSONANTS:
            writer.consonant(_LATIN_CONSONANTS[letter])
    return writer.token()


def _bangla(word: str) -> Token:
    for spelling, instead in _BANGLA_SPELLINGS:
        word = word.replace(spelling, instead)
    writer = _Writer()
    for place, letter in enumerate(word):
        after, before = word[place + 1 : place + 2], word[place - 1 : place] if place else ""
        if letter == "\x02":
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
    return writer.token()


def compare(ours: Tokens, theirs: Tokens) -> Agreement:
    """How well two names agree.

    EQUAL: the same words in any order, or the same letters cut into other words. NEAR: the words of the shorter one
    are among the other's, at most a letter or a vowel apart.
    """
    if not ours or not theirs:
        return Agreement.UNKNOWN
    if is_weak(ours) or is_weak(theirs):
        if ours == theirs:
            return Agreement.NEAR
        return Agreement.DIFFERENT if is_weak(ours) and is_weak(theirs) else Agreement.UNKNOWN
    if ours == theirs:
        return Agreement.EQUAL
    if len(ours) > len(theirs):
        ours, theirs = theirs, ours
    left = list(theirs)
    level = Agreement.EQUAL if len(ours) == len(theirs) else Agreement.NEAR
    for token in ours:
        best, which = Agreement.DIFFERENT, 0
        for place, other in enumerate(left):
            agreement = _compare(token, other)
            if agreement > best:
                best, which = agreement, place
        if best is Agreement.DIFFERENT:
            level = best
            break
        level = min(level, best)
        del left[which]
    if level is not Agreement.EQUAL and len(ours) != len(theirs) and _letters(ours) == _letters(theirs):
        return Agreement.EQUAL
    return level


def _letters(name: Tokens) -> str:
    """All consonants in a row, without the marks of words that begin with a vowel."""
    return "".join(token.skeleton.lstrip("a") for token in name)


@lru_cache(maxsize=16_384)
def _compare(ours: Token, theirs: Token) -> Agreement:
    if ours.skeleton == theirs.skeleton:
        return Agreement.NEAR if _vowels_clash(ours.vowels, theirs.vowels) else Agreement.EQUAL
    shorter = min(len(ours.skeleton), len(theirs.skeleton))
    if shorter >= _LETTERS_FOR_A_SLIP and OSA.distance(ours.skeleton, theirs.skeleton, score_cutoff=1) <= 1:
        return Agreement.NEAR
    return Agreement.DIFFERENT


def _vowels_clash(ours: str, theirs: str) -> bool:
    """Whether two spellings of one skeleton are two names: another kind of vowel, or লাইলী beside লিলি."""
    first = True
    for a, b in zip((int(digit, 16) for digit in ours), (int(digit, 16) for digit in theirs), strict=True):
        if a and b:
            if a & b & ~_SEVERAL == 0 or (first and _I in (a, b) and (a | b) & _SEVERAL):
                return True
            first = False
    return False
