"""Who holds a claim: at no moment do two subjects' latest decisions name the same one."""

from collections import Counter
from itertools import product
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.stage.records import Origin
from shared.store.claims import Claims, Holder, Wanted
from shared.store.memory import Memory, MemoryStore
from shared.store.port import Store
from shared.store.tables import CLAIMS, COMMON, DECISIONS, FATES, Claim, Decision, Fate
from tests.unit.store.interleaving import Turns

pytestmark = pytest.mark.anyio


def origin(offset: int) -> Origin:
    return Origin("registry.application.scored.v1", 0, offset)


async def decide(store: Store, owner: str, at: Origin, *claims: str, revision: int = 1, n: int = 1) -> None:
    """Record a decision that names ``claims``, and then the record's fate."""
    await store.insert(DECISIONS, [Decision(owner, revision, n, *at, "", "cleared", " ".join(claims), b"{}", "", 0)])
    await close(store, at)


async def close(store: Store, at: Origin) -> None:
    """Record a fate without a decision."""
    await store.insert(FATES, [Fate(*at, "decision", "", "", 1, b"[]", b"{}", 0)])


@pytest.fixture
async def store() -> Store:
    store = MemoryStore()
    await store.open(COMMON)
    return store


@pytest.fixture
def claims(store: Store) -> Claims:
    return Claims(store)


async def rows(store: Store) -> list[Claim]:
    return [row async for row in store.scan(CLAIMS)]


async def test_the_first_who_wants_a_claim_has_it_and_the_others_are_told(store: Store, claims: Claims) -> None:
    wanted = [Wanted("nid:1", "a", origin(1)), Wanted("nid:1", "b", origin(2)), Wanted("nid:2", "b", origin(2))]
    assert await claims.take(wanted) == {"nid:1": Holder("a", False), "nid:2": Holder("b", False)}
    assert await claims.take([Wanted("nid:1", "c", origin(3))]) == {"nid:1": Holder("a", False)}
    assert [(row.claim, row.n, row.owner) for row in await rows(store)] == [("nid:1", 1, "a"), ("nid:2", 1, "b")]


async def test_a_claim_holds_while_the_owners_latest_decision_names_it(store: Store, claims: Claims) -> None:
    await claims.take([Wanted("nid:1", "a", origin(1))])
    await decide(store, "a", origin(1), "nid:1")
    assert await claims.take([Wanted("nid:1", "b", origin(2))]) == {"nid:1": Holder("a", True)}


@pytest.mark.parametrize("named", [(), ("nid:10",), ("nid:2",)])
async def test_an_owner_whose_latest_decision_does_not_name_a_claim_has_given_it_up(
    store: Store, claims: Claims, named: tuple[str, ...]
) -> None:
    await claims.take([Wanted("nid:1", "a", origin(1))])
    await decide(store, "a", origin(1), "nid:1")
    await decide(store, "a", origin(2), *named, revision=2)
    assert await claims.holders(["nid:1", "nid:9"]) == {"nid:1": None, "nid:9": None}
    assert await claims.take([Wanted("nid:1", "b", origin(3))]) == {"nid:1": Holder("b", False)}


async def test_a_record_that_ended_without_a_decision_gives_up_what_was_taken_for_it(
    store: Store, claims: Claims
) -> None:
    await claims.take([Wanted("nid:1", "a", origin(1))])
    await close(store, origin(1))
    assert await claims.take([Wanted("nid:1", "b", origin(2))]) == {"nid:1": Holder("b", False)}


async def test_an_owner_that_decided_before_holds_what_it_takes_for_its_next_record(
    store: Store, claims: Claims
) -> None:
    await decide(store, "a", origin(1))
    await claims.take([Wanted("nid:1", "a", origin(2))])
    assert await claims.take([Wanted("nid:1", "b", origin(3))]) == {"nid:1": Holder("a", False)}


async def test_a_replay_finds_its_own_claim_and_adds_no_row(store: Store, claims: Claims) -> None:
    wanted = [Wanted("nid:1", "a", origin(1)), Wanted("nid:1", "a", origin(1))]
    await claims.take(wanted)
    assert await Claims(store).take(wanted) == {"nid:1": Holder("a", False)}
    assert len(await rows(store)) == 1


async def test_what_was_taken_long_ago_and_given_up_is_not_held_again_because_it_was_thought_new(store: Store) -> None:
    wanted = [Wanted("nid:1", "a", origin(1)), Wanted("nid:2", "a", origin(1))]
    await Claims(store).take(wanted[:1], likely_new=True)
    await decide(store, "a", origin(1))
    await Claims(store).take([Wanted("nid:1", "b", origin(2))])
    held = {"nid:1": Holder("b", False), "nid:2": Holder("a", False)}
    assert await Claims(store).take(wanted, likely_new=True) == held
    assert [(row.claim, row.n, row.owner) for row in await rows(store)] == [
        ("nid:1", 1, "a"),
        ("nid:1", 2, "b"),
        ("nid:2", 1, "a"),
    ]


async def test_an_owner_keeps_its_claim_for_a_later_record_while_an_earlier_one_gives_it_up(
    store: Store, claims: Claims
) -> None:
    await claims.take([Wanted("nid:1", "a", origin(1)), Wanted("nid:1", "a", origin(2))])
    await decide(store, "a", origin(1))
    assert await claims.take([Wanted("nid:1", "b", origin(3))]) == {"nid:1": Holder("a", False)}
    await decide(store, "a", origin(2), "nid:1", revision=2)
    assert await claims.holders(["nid:1"]) == {"nid:1": Holder("a", True)}


async def test_a_claim_holds_until_all_records_that_its_owner_took_it_for_have_their_fate(
    store: Store, claims: Claims
) -> None:
    await claims.take([Wanted("nid:1", "a", origin(1)), Wanted("nid:1", "a", origin(2))])
    await decide(store, "a", origin(2))
    assert await claims.take([Wanted("nid:1", "b", origin(3))]) == {"nid:1": Holder("a", False)}
    await decide(store, "a", origin(1), "nid:1", revision=2)
    assert await claims.holders(["nid:1"]) == {"nid:1": Holder("a", True)}


@pytest.mark.parametrize("moment", range(1, 5))
async def test_a_decision_that_lands_while_somebody_else_looks_is_not_missed(moment: int) -> None:
    memory = Memory()
    owner_store = MemoryStore(memory)
    await owner_store.open(COMMON)
    await Claims(owner_store).take([Wanted("nid:1", "a", origin(1))])
    operations = 0

    async def before(_operation: str) -> None:
        nonlocal operations
        operations += 1
        if operations == moment + 1:
            await decide(owner_store, "a", origin(1), "nid:1")

    store = MemoryStore(memory, before)
    await store.open(COMMON)
    taken = await Claims(store).take([Wanted("nid:1", "b", origin(2))])
    assert taken["nid:1"].owner == "a"
    assert len(await rows(owner_store)) == 1


async def test_whoever_gave_a_claim_up_may_take_it_again_after_others(store: Store, claims: Claims) -> None:
    for n, owner in enumerate(("a", "b", "a")):
        assert await claims.take([Wanted("nid:1", owner, origin(n))]) == {"nid:1": Holder(owner, False)}
        await decide(store, owner, origin(n), revision=n + 1)
    assert await claims.holders(["nid:1"]) == {"nid:1": None}


@pytest.mark.parametrize("size", [1, 300])
async def test_the_number_of_store_calls_does_not_grow_with_the_number_of_claims(size: int) -> None:
    calls: Counter[str] = Counter()

    async def count(operation: str) -> None:
        calls[operation] += 1

    store = MemoryStore(before=count)
    await store.open(COMMON)
    calls.clear()
    wanted = [Wanted(f"nid:{n}", f"a{n}", origin(n)) for n in range(size)]
    taken = await Claims(store).take(wanted)
    assert {claim: holder.owner for claim, holder in taken.items()} == {wish.claim: wish.owner for wish in wanted}
    assert calls == {"find": 1, "insert": 1}
    new = [Wanted(f"brn:{n}", f"a{n}", origin(n)) for n in range(size)]
    assert await Claims(store).take(new, likely_new=True) == {wish.claim: Holder(wish.owner, False) for wish in new}
    assert calls == {"find": 1, "insert": 2}
    again = [Wanted(wish.claim, "other", origin(size)) for wish in wanted]
    assert await Claims(store).take(again) == taken
    assert calls.total() <= 6


class Job(NamedTuple):
    """A record: its owner wants the claims, and names those that it got unless it is refused for another reason."""

    owner: str
    revision: int
    n: int
    claims: tuple[str, ...]
    refused: bool


JOBS = [Job(*each) for each in product("ab", (1, 2), (1, 2), (("x",), ("x", "y"), ("y",), ()), (False, True))]
jobs = st.lists(
    st.sampled_from(JOBS),
    min_size=2,
    max_size=5,
    unique_by=lambda job: job[:3],
)


@given(jobs, st.integers(0, 2**32), st.integers(0, 3))
@settings(max_examples=120, deadline=None)
def test_at_no_moment_do_two_latest_decisions_name_the_same_claim(work: list[Job], seed: int, crashes: int) -> None:
    """Every record runs on an instance of its own, in any order of store operations; some crash and run again."""
    for order in range(5):
        run_in_some_order(work, seed + order, crashes)


def run_in_some_order(work: list[Job], seed: int, crashes: int) -> None:
    random = Random(seed)
    memory = Memory()
    turns = Turns(random.randrange)

    async def run(offset: int, job: Job, crash_at: int | None) -> None:
        step = 0

        async def before(operation: str) -> None:
            nonlocal step
            await turns.before(operation)
            step += 1
            if step == crash_at:
                raise ConnectionAbortedError

        store = MemoryStore(memory, before)
        try:
            await store.open(COMMON)
            wanted = [Wanted(claim, job.owner, origin(offset)) for claim in job.claims]
            got = await Claims(store).take(wanted, likely_new=bool(seed >> offset & 1))
            mine = [] if job.refused else [claim for claim in job.claims if got[claim].owner == job.owner]
            await decide(store, job.owner, origin(offset), *mine, revision=job.revision, n=job.n)
        except ConnectionAbortedError:
            await run(offset, job, None)

    checked = 0

    def check() -> None:
        nonlocal checked
        decisions = memory.tables["decisions"].by_key if memory.tables else {}
        if len(decisions) == checked:
            return  # rows are only ever added
        checked = len(decisions)
        latest = {row.subject: row for _, row in sorted(decisions.items())}
        named = Counter(claim for row in latest.values() for claim in row.claims.split())
        assert not named or max(named.values()) == 1, decisions

    crashing = {offset: random.randint(2, 7) for offset in range(crashes)}
    turns.run(*(run(offset, job, crashing.get(offset)) for offset, job in enumerate(work)), after_each=check)
