"""Text as people type it, made comparable: NFC, digits, spaces, visarga; and what may not stand in it.

Under NFC the letters U+09DC, U+09DD and U+09DF decompose (domain.md §7), so every text is normalised where it
enters and compared only in that form.
"""

import re
import unicodedata
from typing import Final

_ASCII_DIGITS: Final = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")

_INVISIBLE: Final = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
"""Invisible characters without meaning. ZWNJ and ZWJ (U+200C, U+200D) stay: Bangla spelling needs them."""

_DROPPED: Final = dict.fromkeys(map(ord, _INVISIBLE))
_NOTHING: Final = _INVISIBLE + "".join(filter(str.isspace, map(chr, range(0x3001))))

_PLAIN: Final = (
    "!-~\u0980-\u0983\u0985-\u098c\u098f\u0990\u0993-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09bc-\u09c4\u09c7\u09c8"
    "\u09cb-\u09ce\u09e0-\u09e3\u09e6-\u09fd"
)
"""Visible ASCII, and the characters of the Bangla block that NFC leaves as they are, but for the two pairs below."""

_NOT_PLAIN: Final = re.compile(f"[^ {_PLAIN}]")
_JOINED_BY_NFC: Final = "\u09c7\u09be"
_SWAPPED_BY_NFC: Final = "\u09cd\u09bc"

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
"""Control characters but white space, lone surrogates, noncharacters, and U+FFFD, the scar of lost bytes."""

_BANGLA_LETTER: Final = re.compile("[\u0985-\u09b9\u09ce\u09dc-\u09e1]")
_LATIN_LETTER: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_VISARGA_COLON: Final = re.compile("(?<=[\u0980-\u09ff]):")
_REPLACEMENT: Final = "\ufffd"
_NUKTA: Final = "\u09bc"


def has_forbidden(text: str) -> bool:
    """Whether it holds a character that no name, address or number may hold (NUL, control, damaged text)."""
    return (_REPLACEMENT in text or not text.isprintable()) and _FORBIDDEN.search(text) is not None


def is_tidy(text: str) -> bool:
    """Whether all of it is such as ``tidy`` leaves alone, seen in a quarter of the time; False may be wrong.

    What is tidy in this sense holds nothing forbidden either.
    """
    if text.isascii():
        if text.isalnum():
            return True  # numbers and codes, as most texts are
        is_plain = text.isprintable()
    else:
        is_plain = _NOT_PLAIN.search(text) is None and _JOINED_BY_NFC not in text and _SWAPPED_BY_NFC not in text
    return is_plain and "  " not in text and text.strip(" ") == text != ""


def tidy(text: str) -> str:
    """NFC, invisible characters dropped, runs of white space made one space, none at either end."""
    if is_tidy(text):
        return text
    if not text.isprintable():
        text = text.translate(_DROPPED)
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_blank(content: object) -> bool:
    """Whether a field's content is nothing: absent, or text of which ``tidy`` leaves nothing."""
    return content is None or (isinstance(content, str) and not content.strip(_NOTHING))


def ascii_digits(text: str) -> str:
    """The same text with Bangla digits as ASCII ones."""
    return text if text.isascii() else text.translate(_ASCII_DIGITS)


def with_visarga(tidied: str) -> str:
    """A colon after a Bangla letter is a mistyped visarga: মো: becomes মোঃ."""
    return _VISARGA_COLON.sub("ঃ", tidied) if ":" in tidied else tidied


def has_bangla_letter(text: str) -> bool:
    """Whether a letter of the Bangla script occurs; signs and digits alone do not count."""
    return not text.isascii() and _BANGLA_LETTER.search(text) is not None


def has_latin_letter(text: str) -> bool:
    """Whether a letter of the Latin script occurs."""
    return _LATIN_LETTER.search(text) is not None


def length(tidied: str) -> int:
    """Characters as a clerk counts them: a nukta that NFC split off its letter is not one more."""
    return len(tidied) - tidied.count(_NUKTA)
