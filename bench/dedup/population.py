"""A stream of applications as they arrive: people for the first time, the same people again, and those easily taken
for others. What each one is stands beside it, for the measurement only.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final, NamedTuple

import orjson

from bench.dedup.people import Country, Person
from bench.dedup.writing import Hand, Record, mistype, other_words, write

AGAIN: Final = 0.06
"""Share of all applications that are of a person who applied before (domain.md §6: 1–2 % exact, 2–4 % fuzzy)."""

TRAINING_SEED: Final = 1001
"""The people that the shipped model was trained on; no bar is measured on them."""

APART: Final = 3_000
"""A second application comes after some thousands of others."""

_FIRST: Final = Hand()
_CLEAN: Final = Hand(respell=0.0, slip=0.0)


class Arrival(NamedTuple):
    """One application: the record, whose it is, and what was done to it."""

    record: Record
    person: int
    family: int
    twin: bool
    kind: str


def arrivals(seed: int, count: int, again: float = AGAIN, apart: int = APART) -> Iterator[Arrival]:
    """``count`` applications in order of arrival; ``again`` of them are second ones, some ``apart`` after the first."""
    rng = Random(seed * 31 + 7)
    country = Country(seed)
    waiting: list[Person] = []
    before: Person | None = None
    sent = 0
    for family in country.people(count):
        for who in family:
            if sent >= count:
                return
            kind, record = "first", write(rng, who, _FIRST)
            draw = rng.random()
            if draw < 0.003 and before is not None:
                # Somebody else's id: a neighbour's or a relative's.
                lender = family[0] if who is not family[0] and rng.random() < 0.5 else before
                record["national_id"] = write(rng, lender, _CLEAN)["national_id"]
                kind = "borrowed"
            elif draw < 0.008 and record["national_id"]:
                record["national_id"], kind = mistype(rng, record["national_id"]), "mistyped"
            yield Arrival(record, who.number, who.family, who.twin, kind)
            sent += 1
            before = who
            if rng.random() < again / (1 - again):
                waiting.append(who)
            if len(waiting) > apart * again and sent < count:
                at = int(rng.random() * len(waiting))
                waiting[at], waiting[-1] = waiting[-1], waiting[at]
                who_again = waiting.pop()
                yield second(rng, who_again)
                sent += 1


def second(rng: Random, who: Person) -> Arrival:
    """The same person once more, typed by somebody else on another day."""
    draw = rng.random()
    family, twin = who.family, who.twin
    if draw < 0.25:
        record = write(rng, who, Hand(respell=0.05, slip=0.02))
        return Arrival(record, who.number, family, twin, "exact")
    other_kind = 17 if who.shows == 10 else 10
    if draw < 0.5:
        record = write(rng, _changed(rng, who), Hand(respell=0.4, slip=0.12))
        return Arrival(record, who.number, family, twin, "equal_id")
    if draw < 0.75:
        record = write(rng, _changed(rng, who), Hand(respell=0.3, slip=0.08), other_kind)
        return Arrival(record, who.number, family, twin, "other_id")
    if draw < 0.87:
        record = write(rng, _changed(rng, who), Hand(respell=0.3, slip=0.08), who.shows or 10)
        record["national_id"] = mistype(rng, record["national_id"])
        return Arrival(record, who.number, family, twin, "mistyped_id")
    if draw < 0.94:
        record = write(rng, _changed(rng, who), Hand(respell=0.2, slip=0.05), 0)
        return Arrival(record, who.number, family, twin, "no_id")
    record = write(rng, who, Hand(respell=0.2, slip=0.05, scripts="en"), other_kind)
    return Arrival(record, who.number, family, twin, "other_script")


def _changed(rng: Random, who: Person) -> Person:
    """Another mobile, birth date, name or parents' names in other words, another union: each by itself."""
    draw = rng.random
    if draw() < 0.35:
        who = replace(who, mobile=f"01{rng.randint(3, 9)}{rng.randrange(100_000_000):08}")
    if draw() < 0.12:
        who = replace(who, born=_another_day(rng, who.born))
    if draw() < 0.12:
        who = replace(who, name=other_words(rng, who.name))
    if draw() < 0.15:
        who = replace(who, mother=other_words(rng, who.mother), father=other_words(rng, who.father))
    return _moved(rng, who)


def _another_day(rng: Random, born: tuple[int, int, int]) -> tuple[int, int, int]:
    year, month, day = born
    draw = rng.random()
    if draw < 0.3:
        return year, 1, 1
    if draw < 0.5:
        return year + rng.choice((-3, -2, -1, 1, 2, 3)), month, day
    if draw < 0.75 and day <= 12:
        return year, day, month
    return year, month, rng.randint(1, 28)


def _moved(rng: Random, who: Person) -> Person:
    return replace(who, union=who.union[:8] + f"{13 + 8 * rng.randrange(9)}") if rng.random() < 0.08 else who


def lists_in_two_scripts(seed: int, count: int, shared: float = 0.1) -> tuple[list[Arrival], list[Arrival]]:
    """A list in Bangla and one in English; ``shared`` of the second one's people are in the first as well.

    The second office knows the other kind of national id for half of them, and another mobile for a third.
    """
    rng = Random(seed * 17 + 3)
    everybody = [who for family in Country(seed).people(count * 2) for who in family]
    rng.shuffle(everybody)
    bangla, english = everybody[:count], everybody[count : count * 2 - int(count * shared)]
    english += rng.sample(bangla, int(count * shared))
    rng.shuffle(english)
    first = [_listed(rng, who, "bn", who.shows) for who in bangla]
    return first, [_listed(rng, _other_office(rng, who), "en", _other_kind(rng, who)) for who in english]


def _other_kind(rng: Random, who: Person) -> int:
    return who.shows if rng.random() < 0.5 else 17 if who.shows == 10 else 10


def _other_office(rng: Random, who: Person) -> Person:
    return (
        replace(who, mobile="" if rng.random() < 0.5 else f"013{rng.randrange(10**8):08}")
        if rng.random() < 0.33
        else who
    )


def _listed(rng: Random, who: Person, script: str, digits: int) -> Arrival:
    record = write(rng, who, Hand(respell=0.15, slip=0.03, scripts=script), digits)
    return Arrival(record, who.number, who.family, who.twin, script)


def main() -> None:
    """Writes the records of a population to stdout, one JSON object a line: what `dsr dedup train` reads."""
    parser = ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=TRAINING_SEED)
    parser.add_argument("--applications", type=int, default=150_000)
    asked = parser.parse_args()
    for arrival in arrivals(asked.seed, asked.applications):
        sys.stdout.buffer.write(orjson.dumps(arrival.record) + b"\n")


if __name__ == "__main__":
    main()
