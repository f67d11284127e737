"""Words of names: one spelling in each script and the others that offices use for it.

An entry of a list reads ``Bangla English[/other English spellings][;other Bangla spellings joined by /]``.
"""

from typing import NamedTuple


class Token(NamedTuple):
    """One word of a name: the usual spelling in each script, and the others that occur."""

    bn: str
    en: str
    other_en: tuple[str, ...] = ()
    other_bn: tuple[str, ...] = ()


class Stock(NamedTuple):
    """What the names of one community and sex are put together from."""

    honorifics: tuple[Token, ...]
    given: tuple[Token, ...]
    last: tuple[Token, ...]
    twins: tuple[tuple[Token, Token], ...]


def tokens(text: str) -> tuple[Token, ...]:
    """The entries of a list, one a line."""
    found = []
    for entry in text.split("\n"):
        if entry.strip():
            spellings, _, other_bn = entry.strip().partition(";")
            bn, english = spellings.split(" ", 1)
            en, *other_en = english.split("/")
            found.append(Token(bn, en, tuple(other_en), tuple(other_bn.split("/")) if other_bn else ()))
    return tuple(found)


def pairs(text: str) -> tuple[tuple[Token, Token], ...]:
    """Two and two of a list: names that parents give to twins."""
    found = tokens(text)
    return tuple(zip(found[::2], found[1::2], strict=True))


MD = Token("মোঃ", "Md.", ("Md", "MD", "Mohammad", "Mohammed", "Muhammad"), ("মো:", "মোহাম্মদ", "মুহাম্মদ", "মোহাঃ"))
MST = Token("মোছাঃ", "Mst.", ("Mst", "Most.", "Mosammat", "Mosammat."), ("মোছা:", "মোসাঃ", "মোসাম্মৎ"))
SREE = Token("শ্রী", "Sree", ("Sri", "Shri"), ("শ্রীঃ",))
SREEMATI = Token("শ্রীমতি", "Sreemati", ("Srimati", "Shrimati"), ("শ্রীমতী",))
LATE = Token("মৃত", "Late", ("Late.",), ("মৃতঃ",))
"""Written before the name of a parent who has died."""
