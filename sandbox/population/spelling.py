"""How people and clerks write a name down: the noise of this sandbox, and nothing of the registry's.

A respelling takes one of the spellings that offices use; a slip is a mistyped letter.
"""

from random import Random

from sandbox.population.draws import pick
from sandbox.population.tokens import MD, MST, Token

Written = dict[str, str]

_BN_SLIPS = (
    ("ি", "ী"), ("ী", "ি"), ("ু", "ূ"), ("ূ", "ু"), ("শ", "স"), ("স", "শ"), ("ণ", "ন"), ("ন", "ণ"),
    ("জ", "য"), ("য", "জ"), ("ো", "ু"), ("র", "ড়"),
)  # fmt: skip
_HONORIFICS = (MD, MST)


def write(words: tuple[Token, ...], rng: Random, respell: float, slips: float = 0.0) -> Written:
    """A name in both scripts.

    ``respell`` is the chance that a word is not in its usual spelling (half of that in Bangla); an honorific is left
    out as often. ``slips`` is the chance of one mistyped letter, in either script.
    """
    draw = rng.random
    bn, en = [], []
    for word in words:
        if word in _HONORIFICS and draw() < respell * 0.5:
            continue
        bn.append(pick(rng, word.other_bn) if word.other_bn and draw() < respell * 0.5 else word.bn)
        en.append(pick(rng, word.other_en) if word.other_en and draw() < respell else word.en)
    if slips and draw() < slips:
        at = int(draw() * len(bn))
        bn[at] = slip_bn(rng, bn[at])
    if slips and draw() < slips:
        at = int(draw() * len(en))
        en[at] = slip_en(rng, en[at])
    return {"bn": " ".join(bn), "en": " ".join(en)}


def slip_bn(rng: Random, word: str) -> str:
    """One sign or letter taken for its neighbour in sound; unchanged where there is none."""
    found = [(wrong, right) for right, wrong in _BN_SLIPS if right in word]
    if not found:
        return word
    wrong, right = pick(rng, found)
    return word.replace(right, wrong, 1)


def slip_en(rng: Random, word: str) -> str:
    """One letter left out, doubled, or changed places with the next."""
    if len(word) < 4:
        return word
    at = 1 + int(rng.random() * (len(word) - 2))
    kind = rng.random()
    if kind < 0.35:
        return word[:at] + word[at + 1 :]
    if kind < 0.6:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def mistype(rng: Random, number: str) -> str:
    """A national id with one wrong digit in its serial number, the last six."""
    at = len(number) - 6 + int(rng.random() * 6)
    digit = str((int(number[at]) + 1 + int(rng.random() * 9)) % 10)
    return number[:at] + digit + number[at + 1 :]
