"""Copies that arrive at the same moment, in processes that take turns at every call of the store."""

import asyncio
from dataclasses import dataclass
from random import Random

import pytest

from services.dedup.features import features_of
from services.dedup.matching import Level, compare
from shared.contracts.chain import Scored
from shared.contracts.person import Name, NationalId, Parent, Person
from shared.stage.records import Record
from tests.unit.dedup.people import person
from tests.unit.dedup.world import Interleaver, World

NOBODY = Parent(name=Name(bn="জাহানারা", en="Jahanara"))

COPY = person()
LEFT = person(national_id=NationalId(n10="4601234567"))
MIDDLE = person(national_id=NationalId(n10="4601234567", n13="5514952123456"))
RIGHT = person(
    national_id=NationalId(n13="5514952123456"),
    name=Name(bn="আব্দুল করিম মিয়া", en="Abdul Karim Miah"),
    mother=NOBODY,
    father=NOBODY,
    mobile="01811111111",
    date_of_birth=None,
)
"""A chain: LEFT and MIDDLE have one number in common, MIDDLE and RIGHT another; LEFT and RIGHT nothing but a name."""


def test_the_chain_is_a_chain() -> None:
    left, middle, right = map(features_of, (LEFT, MIDDLE, RIGHT))
    assert compare(left, middle).level is Level.SAME  # type: ignore[union-attr]
    assert compare(middle, right).level is Level.SAME  # type: ignore[union-attr]
    assert compare(left, right) is None


@dataclass
class Race:
    world: World
    records: list[Record]

    @property
    def names(self) -> list[str]:
        return [Scored.read(each.value or b"").application_id for each in self.records]

    def in_state(self, state: str) -> list[str]:
        return [name for name in self.names if self.world.state(name) == state]

    def assert_every_refusal_has_an_accepted_original(self) -> None:
        for name in self.in_state("duplicate"):
            original = self.world.ruling(name).original
            assert original is not None
            assert self.world.state(original.application_id) == "cleared"


async def _race(people: list[Person], seed: int) -> Race:
    """Each application in a process of its own, some twice as after a rebalance; then the sweeper of another."""
    world, random = World(), Random(seed)
    order = list(range(len(people)))
    random.shuffle(order)
    records = [world.record(f"a{i}", people[i], place=order[i]) for i in range(len(people))]
    turns = Interleaver(seed)
    batches = [[each] for each in records]
    if random.random() < 0.5:
        batches.append([random.choice(records)])
    if random.random() < 0.3:
        batches.append(random.sample(records, len(records)))
    processes = [await _waiting_instance(world, turns) for _ in batches]
    await turns.run(*(process.process(*batch) for process, batch in zip(processes, batches, strict=True)))
    await world.sweep(await world.instance())
    return Race(world, records)


async def _waiting_instance(world: World, turns: Interleaver):  # type: ignore[no-untyped-def]
    opening = asyncio.ensure_future(world.instance(turns.turn))
    await turns.run(opening)
    return opening.result()


SEEDS = range(200)


def _run(people: list[Person]) -> list[Race]:
    async def all_of_them() -> list[Race]:
        return [await _race(people, seed) for seed in SEEDS]

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("copies", [2, 3])
def test_exactly_one_of_several_copies_is_accepted(copies: int) -> None:
    for race in _run([COPY] * copies):
        assert len(race.in_state("cleared")) == 1
        assert len(race.in_state("duplicate")) == copies - 1
        race.assert_every_refusal_has_an_accepted_original()


def test_in_a_chain_nobody_is_refused_for_somebody_who_is_refused() -> None:
    seen = set()
    for race in _run([LEFT, MIDDLE, RIGHT]):
        states = tuple(race.world.state(name) for name in race.names)
        seen.add(states)
        assert set(states) <= {"cleared", "duplicate"}
        assert ("cleared", "cleared") not in (states[:2], states[1:])
        race.assert_every_refusal_has_an_accepted_original()
    assert ("cleared", "duplicate", "cleared") in seen
