"""Copies that arrive at the same moment, in processes that take turns at every call of the store."""

from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random

import msgspec
import pytest

from services.dedup.checks import is_concession, verify_refusals
from services.dedup.matching.bangladesh.person import record_of
from services.dedup.matching.evidence import Outcome
from services.dedup.tables import TABLES
from shared.audit.decisions import verify_decisions
from shared.audit.numbers import verify_numbers
from shared.audit.tally import Tally
from shared.contracts.chain import Scored
from shared.contracts.person import Address, Name, NationalId, Parent, Person
from shared.stage.records import Record
from shared.store.memory import MemoryStore
from shared.store.tables import COMMON
from tests.unit.dedup.people import person
from tests.unit.dedup.world import ENGINE, World
from tests.unit.store.interleaving import Interruption, Turns, finished

NOBODY = Parent(name=Name(bn="জাহানারা", en="Jahanara"))

COPY = person()
LEFT = person(national_id=NationalId(n10="4601234567"))
MIDDLE = person(national_id=NationalId(n10="4601234567", n13="5514952123456"))
RIGHT = person(
    national_id=NationalId(n13="5514952123456"),
    name=Name(bn="আব্দুল করিম মিয়া", en="Abdul Karim Miah"),
    mother=NOBODY,
    father=NOBODY,
    mobile=None,
    date_of_birth=date(1957, 1, 1),
    permanent_address=Address(division="55", district="49", upazila="52", union="23"),
)
"""A chain: LEFT and MIDDLE have one number in common, MIDDLE and RIGHT another; LEFT and RIGHT nothing but a name."""


def test_the_chain_is_a_chain() -> None:
    left, middle, right = (ENGINE.features(record_of(each)) for each in (LEFT, MIDDLE, RIGHT))
    assert ENGINE.compare(left, middle, 3).outcome is Outcome.DUPLICATE
    assert ENGINE.compare(middle, right, 3).outcome is Outcome.DUPLICATE
    assert ENGINE.compare(left, right, 3).outcome is Outcome.UNIQUE


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

    def assert_it_passes_the_check(self) -> None:
        """What ``dsr check`` asks of decisions and fates (I2), and of numbers and refusals (I6, I10)."""

        async def findings() -> None:
            tally, store = Tally("I2", "dedup"), MemoryStore(self.world.memory)
            await store.open((*COMMON, *TABLES))
            await verify_decisions(store, tally, {}, is_reservation=is_concession)
            for finding in (
                tally.finding("decisions"),
                await verify_numbers(store, "dedup"),
                await verify_refusals(store, None),  # type: ignore[arg-type]
            ):
                assert finding.holds, finding.detail

        finished(findings())


async def _race(people: list[Person], seed: int) -> Race:
    """Each application in a process of its own, some twice as after a rebalance; then the sweeper of another."""
    world, random = World(), Random(seed)
    order = list(range(len(people)))
    random.shuffle(order)
    records = [world.record(f"a{i}", people[i], place=order[i]) for i in range(len(people))]
    batches = [[each] for each in records]
    if random.random() < 0.5:
        batches.append([random.choice(records)])
    if random.random() < 0.3:
        batches.append(random.sample(records, len(records)))
    return await _run(world, Turns(random.randrange), records, *batches)


async def _interrupted(places: tuple[int, int], interruption: Interruption) -> Race:
    """Two copies that arrived in that order, one of which is interrupted; then the sweeper of a third process."""
    world = World()
    records = [world.record(f"a{i}", COPY, place=place) for i, place in enumerate(places)]
    return await _run(world, Turns(interruption), records, *([each] for each in records))


async def _run(world: World, turns: Turns, records: list[Record], *batches: list[Record]) -> Race:
    processes = [world.rival(turns) for _ in batches]
    turns.run(*(process.process(*batch) for process, batch in zip(processes, batches, strict=True)))
    await world.sweep(await world.instance())
    return Race(world, records)


def _races(people: list[Person], number: int) -> list[Race]:
    return [finished(_race(people, seed)) for seed in range(number)]


def _assert_one_is_accepted(race: Race) -> None:
    assert len(race.in_state("cleared")) == 1
    assert len(race.in_state("duplicate")) == len(race.names) - 1
    race.assert_every_refusal_has_an_accepted_original()
    race.assert_it_passes_the_check()


@pytest.mark.parametrize("places", [(0, 1), (1, 0)], ids=["the one first", "the other first"])
@pytest.mark.parametrize("first", [0, 1])
def test_wherever_one_copy_interrupts_another_exactly_one_is_accepted(places: tuple[int, int], first: int) -> None:
    for operations in count(1):
        interruption = Interruption(first, operations)
        _assert_one_is_accepted(finished(_interrupted(places, interruption)))
        if not interruption.came:
            assert operations > 5
            return


@pytest.mark.parametrize("copies", [2, 3])
def test_exactly_one_of_several_copies_is_accepted(copies: int) -> None:
    for race in _races([COPY] * copies, 60):
        _assert_one_is_accepted(race)


def test_in_a_chain_nobody_is_refused_for_somebody_who_is_refused() -> None:
    seen = set()
    for race in _races([LEFT, MIDDLE, RIGHT], 80):
        states = tuple(race.world.state(name) for name in race.names)
        seen.add(states)
        assert set(states) <= {"cleared", "duplicate"}
        assert ("cleared", "cleared") not in (states[:2], states[1:])
        race.assert_every_refusal_has_an_accepted_original()
    assert ("cleared", "duplicate", "cleared") in seen


def test_copies_in_two_programmes_become_one_person() -> None:
    async def scene(seed: int) -> None:
        world, turns = World(), Turns(Random(seed).randrange)
        random = Random(seed)
        records = [
            world.record("a0", place=random.randrange(2)),
            world.record("a1", place=random.randrange(2), programme="disability"),
        ]
        processes = [world.rival(turns) for _ in records]
        turns.run(*(process.process(each) for process, each in zip(processes, records, strict=True)))
        await world.sweep(await world.instance())
        first, second = world.ruling("a0").person, world.ruling("a1").person
        assert first is not None
        assert first == second

    for seed in range(40):
        finished(scene(seed))


def test_of_those_refused_for_one_who_withdraws_exactly_one_is_accepted() -> None:
    """Two refused copies are looked at again, in two processes, while a fourth copy arrives in another."""

    async def begin() -> tuple[World, list[Record]]:
        world = World()
        first = await world.instance()
        await first.process(*(world.record(f"a{i}", place=i) for i in range(3)))
        await first.process(world.record("a0", revision=2, outcome="withdrawn"))
        world.later()
        await first.sweeper.look()
        await first.obey(*world.asked())
        world.later()
        await first.sweeper.look()
        return world, world.asked()

    async def scene(world: World, commands: list[Record], seed: int) -> None:
        turns = Turns(Random(seed).randrange)
        fourth = world.record("a3", place=Random(seed).choice([1, 2, 3]))
        work = [(world.rival(turns), each) for each in commands]
        arriving = world.rival(turns)
        turns.run(*(process.obey(each) for process, each in work), arriving.process(fourth))
        await world.sweep(await world.instance())
        states = [world.state(f"a{i}") for i in range(4)]
        assert states[0] == "withdrawn"
        assert states.count("cleared") == 1
        assert states.count("duplicate") == 2

    begun, commands = finished(begin())
    for seed in range(40):
        finished(scene(begun.copy(), commands, seed))


def test_a_verdict_and_a_copy_that_arrives_meanwhile_are_not_both_accepted() -> None:
    borrower = person(
        name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman"),
        mother=NOBODY,
        father=None,
        mobile="01811111111",
        date_of_birth=date(1961, 11, 23),
    )

    async def begin() -> World:
        world = World()
        first = await world.instance()
        await first.process(world.record("a0"))
        await first.process(world.record("b0", borrower, place=1))
        return world

    async def scene(world: World, seed: int) -> None:
        turns = Turns(Random(seed).randrange)
        fresh = msgspec.structs.replace(borrower, national_id=NationalId(n13="5514952999999"))
        arriving = world.record("b1", fresh, place=Random(seed).choice([0, 2]))
        said = world.verdict("b0", "distinct", n=1)
        one, other = world.rival(turns), world.rival(turns)
        turns.run(one.process(said), other.process(arriving))
        await world.sweep(await world.instance())
        states = (world.state("b0"), world.state("b1"))
        assert states in {
            ("cleared", "duplicate"),
            ("cleared", "review/reviewer"),
            ("duplicate", "cleared"),
        }

    begun = finished(begin())
    for seed in range(40):
        finished(scene(begun.copy(), seed))
