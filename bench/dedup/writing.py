"""How people and clerks write a person down: the noise of this bench, and nothing of the registry's."""

from dataclasses import dataclass
from random import Random
from typing import Final

from bench.dedup import names
from bench.dedup.people import FullName, Person

Record = dict[str, str]

_BN_SLIPS: Final = (
    ("ি", "ী"), ("ী", "ি"), ("ু", "ূ"), ("ূ", "ু"), ("শ", "স"), ("স", "শ"), ("ণ", "ন"), ("ন", "ণ"), ("জ", "য"),
    ("ো", "ু"), ("র", "ড়"), ("া", ""), ("ল", "ন"),
)  # fmt: skip
_BN_DIGITS: Final = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_ADDED: Final = (names.MD, names.MST, names.LATE)


@dataclass(frozen=True, slots=True)
class Hand:
    """How a form is filled in. ``respell``: chance that a word is not in its usual spelling; ``slip``: that a name has
    one mistyped letter; ``scripts``: which are written."""

    respell: float = 0.05
    slip: float = 0.01
    scripts: str = "both"


def write(rng: Random, who: Person, hand: Hand, digits: int | None = None) -> Record:
    """A record of a person. ``digits``: which national id is shown, 0 for none; the person's habit if left out."""
    draw = rng.random
    record = {
        "date_of_birth": f"{who.born[0]}-{who.born[1]:02}-{who.born[2]:02}",
        "gender": who.sex,
        "mobile": who.mobile,
        "union": who.union,
        "national_id": national_id(who, who.shows if digits is None else digits),
    }
    scripts = hand.scripts
    if scripts == "both" and draw() < 0.25:
        scripts = "bn"
    for field, name in (("name", who.name), ("mother", who.mother), ("father", who.father)):
        if field != "name" and draw() < 0.02:
            continue
        bn, en = spell(rng, name, hand)
        if scripts != "en":
            record[field + "_bn"] = bn
        if scripts != "bn":
            record[field + "_en"] = en
    if draw() < 0.1:
        record["mobile"] = (
            ("+88" if draw() < 0.5 else "") + record["mobile"].translate(_BN_DIGITS) if who.mobile else ""
        )
    return record


def national_id(who: Person, digits: int) -> str:
    """The number of so many digits; "" for 0."""
    return who.n10 if digits == 10 else who.n13 if digits == 13 else f"{who.born[0]}{who.n13}" if digits == 17 else ""


def spell(rng: Random, name: FullName, hand: Hand) -> tuple[str, str]:
    """In Bangla and English. Honorifics come and go as spellings do; words are slipped in, in each script by itself."""
    draw, respell = rng.random, hand.respell
    bn, en = [], []
    for word in name:
        if word in _ADDED and draw() < respell:
            continue
        bn.append(_one(word.bn, draw(), respell * 0.6))
        en.append(_one(word.en, draw(), respell))
    if draw() < hand.slip:
        bn[-1 if len(bn) == 1 or draw() < 0.5 else len(bn) - 2] = slip_bn(rng, bn[-1 if len(bn) == 1 else len(bn) - 2])
    if draw() < hand.slip:
        at = int(draw() * len(en))
        en[at] = slip_en(rng, en[at])
    return " ".join(bn), " ".join(en)


def _one(spellings: tuple[str, ...], at: float, respell: float) -> str:
    if at >= respell or len(spellings) == 1:
        return spellings[0]
    return spellings[1 + int(at / respell * (len(spellings) - 1))]


def slip_bn(rng: Random, word: str) -> str:
    """One sign or letter taken for its neighbour; unchanged where there is none."""
    found = [(right, wrong) for right, wrong in _BN_SLIPS if right in word[1:]]
    if not found:
        return word
    right, wrong = rng.choice(found)
    return word[0] + word[1:].replace(right, wrong, 1)


def slip_en(rng: Random, word: str) -> str:
    """One letter left out, doubled, changed for another, or changed places with the next."""
    if len(word) < 4:
        return word
    at = rng.randint(1, len(word) - 2)
    kind = rng.random()
    if kind < 0.3:
        return word[:at] + word[at + 1 :]
    if kind < 0.5:
        return word[:at] + word[at] + word[at:]
    if kind < 0.7:
        return word[:at] + rng.choice("aeiounrlst") + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def other_words(rng: Random, name: FullName) -> FullName:
    """The same name as another clerk writes it: a word left out, two changed places, Begum for Khatun."""
    words = [word for word in name if word not in _ADDED]
    draw = rng.random()
    if draw < 0.3 and len(words) > 2:
        del words[1]
    elif draw < 0.45 and len(words) > 1:
        words = [*words[1:], words[0]]
    elif words[-1] in names.SOFT_WOMEN:
        words[-1] = rng.choice(names.SOFT_WOMEN)
    return tuple(words)


def mistype(rng: Random, number: str) -> str:
    """One wrong digit, or two neighbours changed places, in the second half."""
    at = rng.randint(len(number) // 2, len(number) - 2)
    if rng.random() < 0.3:
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return number[:at] + str((int(number[at]) + rng.randint(1, 9)) % 10) + number[at + 1 :]
