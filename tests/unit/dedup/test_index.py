"""Blocks are bounded whatever is typed: who comes to a full one goes on elsewhere, and truncation is never silence."""

import asyncio
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.dedup.generation import IndexOutdated, rebuilt, require_current
from services.dedup.index import Index, ref_of
from services.dedup.matching.bangladesh.person import record_of
from services.dedup.register import Wanted
from services.dedup.size import SAMPLE, Size
from services.dedup.tables import INDEX, REVISIONS, TABLES, RevisionRow
from shared.contracts.person import Address, Name, NationalId, Parent, Person
from shared.store.memory import MemoryStore
from shared.store.port import Store
from shared.store.sqlite import SqliteStore
from shared.store.tables import COMMON
from tests.unit.dedup.people import person
from tests.unit.dedup.world import ENGINE, Process, World, played

CLERKS_NUMBER = "01799999999"
_CONSONANTS = "বমলনরতদকগজ"


def somebody(number: int, year: int = 1950, upazila: str = "52") -> Person:
    """A person like no other, but for the mobile that a clerk typed for everyone."""
    name = Name(bn=f"{''.join(_CONSONANTS[int(d)] for d in f'{number:04}')} খাঁ")
    return person(
        national_id=NationalId(n10=f"46{number * 7919 % 10**8:08}"),
        name=name,
        mother=Parent(name=Name(bn=f"ম{name.bn}")),
        father=Parent(name=Name(bn=f"ত{name.bn}")),
        date_of_birth=date(year, 1 + number % 11, 2 + number % 26),
        permanent_address=Address(division="55", district="49", upazila=upazila, union=f"{11 + number % 80}"),
        mobile=CLERKS_NUMBER,
    )


def entered(people: list[Person], block_max: int, at_once: int) -> tuple[MemoryStore, Index]:
    """An index of these, entered by so many at once."""

    async def enter() -> tuple[MemoryStore, Index]:
        store = MemoryStore()
        await store.open((*COMMON, *TABLES))
        index = Index(store, ENGINE, block_max, 4 * block_max)
        looking = [index.looking(ENGINE.features(record_of(who)), ref_of(f"a{n}")) for n, who in enumerate(people)]
        for start in range(0, len(people), at_once):
            batch = looking[start : start + at_once]
            await store.insert(INDEX, index.rows(batch))
            await index.look_up(batch)
        return store, index

    return asyncio.run(enter())


def block_sizes(store: MemoryStore) -> Counter[object]:
    return Counter(key for key, _ in store.memory.tables[INDEX.name].by_key)


@pytest.mark.parametrize("at_once", [1, 7, 300])
def test_a_key_that_hundreds_share_fills_no_block_beyond_its_bound(at_once: int) -> None:
    people = [somebody(n, 1940 + n % 40) for n in range(300)]
    store, _ = entered(people, 5, at_once)
    assert max(block_sizes(store).values()) <= 10


def test_one_more_than_a_block_holds_is_sent_on_even_if_all_come_at_once() -> None:
    store, _ = entered([somebody(n, 1940 + n) for n in range(6)], 5, 6)
    assert max(block_sizes(store).values()) == 5


def test_whoever_takes_the_last_place_of_a_block_knows_it_as_full() -> None:
    store, _ = entered([somebody(n, 1940 + n) for n in range(12)], 5, 1)
    assert max(block_sizes(store).values()) == 5


@pytest.mark.parametrize("at_once", [1, 7, 60])
def test_whoever_comes_to_a_full_block_is_found_by_those_of_the_same_year(at_once: int) -> None:
    people = [somebody(n, 1940 + n % 20) for n in range(60)]
    _, index = entered(people, 5, at_once)
    # The same year of birth and the same mobile, and nothing else in common with the last one.
    stranger = somebody(999, 1940 + 59 % 20)
    looking = index.looking(ENGINE.features(record_of(stranger)))
    (near,) = asyncio.run(index.look_up([looking]))
    assert near.truncated == ()
    assert "mobile" in near.refs[ref_of("a59")]


def test_a_block_that_is_full_in_year_and_upazila_too_is_told_as_truncated_by_its_kind() -> None:
    people = [somebody(n) for n in range(60)]
    _, index = entered(people, 5, 10)
    looking = [index.looking(ENGINE.features(record_of(who))) for who in (somebody(998), somebody(999, 1980, "14"))]
    cut, whole = asyncio.run(index.look_up(looking))
    assert cut.truncated == ("mobile",)
    assert len(cut.refs) <= 3 * 4 * 5
    assert whole.truncated == ()


def unlike(number: int, year: int = 1950, upazila: str = "52") -> Person:
    """``somebody`` with no word of a name that others have."""
    who = somebody(number, year, upazila)
    return replace(who, name=Name(bn=(who.name.bn or "").split()[0]))


def shown(people: list[Person], store: Store) -> list[dict[str, tuple[str, ...]]]:
    """Whom each of these is to be compared with, by number and kinds of key, when all have come at once."""

    async def look() -> list[dict[str, tuple[str, ...]]]:
        await store.open((*COMMON, *TABLES))
        index = Index(store, ENGINE)
        looking = [index.looking(ENGINE.features(record_of(who)), ref_of(f"a{n}")) for n, who in enumerate(people)]
        await store.insert(INDEX, index.rows(looking))
        names = {ref_of(f"a{n}"): f"a{n}" for n in range(len(people))}
        near = await index.look_up(looking)
        await store.close()
        return [{names[ref]: kinds for ref, kinds in one.refs.items()} for one in near]

    return asyncio.run(look())


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_whoever_shares_a_clerks_mobile_and_nothing_else_is_not_read_until_something_else_is_shared(
    kind: str, tmp_path: Path
) -> None:
    def store() -> Store:
        return MemoryStore() if kind == "memory" else SqliteStore(tmp_path / f"{uuid4()}.db")

    one, other = unlike(111), unlike(222, 1961)
    assert shown([one, other], store()) == [{}, {}]
    same_year = replace(other, date_of_birth=date(1950, 12, 30))
    assert shown([one, same_year], store()) == [{"a1": ("mobile",)}, {"a0": ("mobile",)}]
    same_parents = replace(other, mother=one.mother, father=one.father)
    assert shown([one, same_parents], store()) == [{"a1": ("mobile", "parents_sex")}, {"a0": ("mobile", "parents_sex")}]


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.integers(0, 2)] * 6), min_size=2, max_size=6))
def test_of_any_two_either_each_is_compared_with_the_other_or_neither(picks: list[tuple[int, ...]]) -> None:
    pool = [unlike(n * 111, 1950 + n, f"{14 + n}") for n in range(3)]
    fields = ("name", "mother", "father", "date_of_birth", "permanent_address", "national_id")
    people = [
        replace(
            unlike(100 + n), **{field: getattr(pool[pick], field) for field, pick in zip(fields, picked, strict=True)}
        )
        for n, picked in enumerate(picks)
    ]
    seen = {(f"a{n}", other) for n, near in enumerate(shown(people, MemoryStore())) for other in near}
    assert seen == {(other, one) for one, other in seen}


def test_whoever_comes_to_a_full_block_is_shown_all_who_share_another_key_too() -> None:
    people = [unlike(n * 7, 1940 + n) for n in range(8)]
    _, index = entered(people, 5, 1)
    twin_of_parents = replace(unlike(999, 1990), mother=people[0].mother, father=people[0].father)
    alone = replace(twin_of_parents, mobile=None)
    looking = [index.looking(ENGINE.features(record_of(who))) for who in (alone, twin_of_parents)]
    apart, crowded = asyncio.run(index.look_up(looking))
    assert ref_of("a0") not in apart.refs
    assert crowded.refs.keys() >= {ref_of("a0"), ref_of("a4")}


def test_nobody_is_entered_without_a_ref() -> None:
    index = Index(MemoryStore(), ENGINE)
    with pytest.raises(ValueError, match="without a ref"):
        index.rows([index.looking(ENGINE.features(record_of(somebody(1))))])


@played
async def test_whoever_cannot_be_compared_with_all_is_held_for_a_reviewer_and_counted(
    world: World, process: Process
) -> None:
    narrow = await world.instance(block_max=3)
    for n in range(15):
        await narrow.process(world.record(f"a{n}", somebody(n), place=n))
    states = [world.state(f"a{n}") for n in range(15)]
    assert set(states[:8]) == {"cleared"}
    assert states[-1] == "review/reviewer"
    assert world.ruling("a14").truncated == ("mobile",)
    assert narrow.truncated["mobile"] == sum(bool(world.ruling(f"a{n}").truncated) for n in range(15))
    await narrow.process(world.verdict("a14", "distinct", n=1))
    assert world.state("a14") == "cleared"


@played
async def test_a_duplicate_behind_a_truncated_block_is_found_by_another_key(world: World, process: Process) -> None:
    narrow = await world.instance(block_max=3)
    for n in range(15):
        await narrow.process(world.record(f"a{n}", somebody(n), place=n))
    await narrow.process(world.record("again", somebody(2), place=20))
    assert world.state("again") == "duplicate"


@played
async def test_an_application_finds_itself_by_no_key_and_whoever_shares_its_number_all_the_same(
    world: World, process: Process
) -> None:
    await process.process(world.record("a1"), world.record("a2", somebody(1), place=1))
    (own,) = await process.store.find(REVISIONS, "ref", [ref_of("a1")])
    await process.store.insert(REVISIONS, [own._replace(application_id="collides")])
    (hood,) = await process.register.neighbours([Wanted(process.register.looking(own), own)])
    assert {name: found.keys for name, found in hood.found.items()} == {"a1": (), "collides": ()}
    looking = process.register.looking_for(ENGINE.unpack(own.packed))
    (hood,) = await process.register.neighbours([Wanted(looking, None, ["a2"])])
    assert set(hood.found) == {"a1", "collides", "a2"}
    assert "n10" in hood.found["a1"].keys


def test_the_size_of_the_register_is_told_without_counting_it() -> None:
    async def about(count: int) -> int:
        store = MemoryStore()
        await store.open((*COMMON, *TABLES))
        random = Random(count)
        names = [f"a{random.getrandbits(64):x}" for _ in range(count)]
        rows = [RevisionRow(ref_of(name), name, 1, "p", "s", "r", 0, "5549005211", b"", b"") for name in names]
        await store.insert(REVISIONS, rows)
        return await Size(store).about()

    assert asyncio.run(about(0)) == 0
    assert asyncio.run(about(SAMPLE - 1)) == SAMPLE - 1
    assert asyncio.run(about(5_000)) == pytest.approx(5_000, rel=0.15)


def test_an_index_of_another_normaliser_refuses_the_start_until_it_is_rebuilt() -> None:
    async def scene() -> None:
        store = MemoryStore()
        await store.open(COMMON)
        await require_current(store, "bangladesh-1")
        await require_current(store, "bangladesh-1")
        with pytest.raises(IndexOutdated, match="dsr dedup index rebuild"):
            await require_current(store, "bangladesh-2")
        await rebuilt(store, "bangladesh-2")
        await require_current(store, "bangladesh-2")
        with pytest.raises(IndexOutdated):
            await require_current(store, "bangladesh-1")

    asyncio.run(scene())
