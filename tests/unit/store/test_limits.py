"""Several instances taking from the same limits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.stage.records import Origin
from shared.store.limit_log import LimitRefused, Log, first_fault
from shared.store.limits import Decide, LimitContended, LimitLogs
from shared.store.memory import Memory, MemoryStore
from shared.store.port import Store
from shared.store.tables import COMMON, LIMITS, LimitRow
from tests.unit.store.interleaving import Turns

pytestmark = pytest.mark.anyio


def origin(offset: int) -> Origin:
    return Origin("registry.application.cleared.v1", 0, offset)


def offering(name: str, amount: int, offset: int = 0) -> Decide:
    """Offer once."""

    def decide(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
        log = logs[name]
        return [] if log.caused_by(origin(offset)) else [log.offer(amount, origin(offset), 0)]

    return decide


def placing(wanted: Mapping[str, Sequence[str]], offset: int) -> Decide:
    """As enrolment would: in each limit, places for whoever has none, as far as there are free ones."""

    def decide(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
        rows = []
        for name, holders in wanted.items():
            log = logs[name]
            new = [holder for holder in holders if holder not in log.holders][: log.free]
            if new and not log.caused_by(origin(offset)):
                rows.append(log.take(dict.fromkeys(new, 1), origin(offset), 0))
        return rows

    return decide


@pytest.fixture
async def store() -> Store:
    store = MemoryStore()
    await store.open(COMMON)
    return store


async def test_places_go_to_who_comes_first_as_far_as_they_last(store: Store) -> None:
    limits = LimitLogs(store)
    await limits.change(["cell"], offering("cell", 3))
    await limits.change(["cell"], placing({"cell": ["a", "b"]}, 1))
    logs = await limits.change(["cell"], placing({"cell": ["c", "d"]}, 2))
    assert set(logs["cell"].holders) == {"a", "b", "c"}
    assert logs["cell"].free == 0


async def test_a_replay_changes_nothing_even_on_an_instance_that_has_seen_nothing(store: Store) -> None:
    limits = LimitLogs(store)
    await limits.change(["cell"], offering("cell", 3))
    first = await limits.change(["cell"], placing({"cell": ["a"]}, 1))
    again = await LimitLogs(store).change(["cell"], placing({"cell": ["a"]}, 1))
    assert again == first
    assert len([row async for row in store.scan(LIMITS)]) == 2


async def test_an_instance_sees_what_others_did_since_it_read_last(store: Store) -> None:
    one, other = LimitLogs(store), LimitLogs(store)
    await one.change(["cell"], offering("cell", 2))
    await other.change(["cell"], placing({"cell": ["a"]}, 1))
    assert dict((await one.read(["cell"]))["cell"].holders) == {"a": 1}


async def test_an_instance_that_was_overtaken_by_many_catches_up_at_once() -> None:
    memory = Memory()
    others = MemoryStore(memory)
    await others.open(COMMON)
    await LimitLogs(others).change(["cell"], offering("cell", 1_000))
    overtaken = False

    async def before(operation: str) -> None:
        nonlocal overtaken
        if operation == "insert" and not overtaken:
            overtaken = True
            for n in range(100):
                await LimitLogs(others).change(["cell"], placing({"cell": [f"h{n}"]}, n + 1))

    store = MemoryStore(memory, before)
    await store.open(COMMON)
    logs = await LimitLogs(store).change(["cell"], placing({"cell": ["late"]}, 500))
    assert len(logs["cell"].holders) == 101
    assert logs["cell"].rows[-1].holders == b'{"late":1}'


async def test_a_record_may_give_a_place_back_and_give_it_to_the_next(store: Store) -> None:
    limits = LimitLogs(store)
    await limits.change(["cell"], offering("cell", 1))
    await limits.change(["cell"], placing({"cell": ["a"]}, 1))

    def replace(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
        log = logs["cell"]
        done = {row.kind for row in log.caused_by(origin(2))}
        if "free" not in done:
            return [log.give_back(["a"], origin(2), 0)]
        return [] if "take" in done else [log.take({"b": 1}, origin(2), 0)]

    logs = await limits.change(["cell"], replace)
    assert dict(logs["cell"].holders) == {"b": 1}
    assert [row.kind for row in logs["cell"].rows] == ["offer", "take", "free", "take"]


async def test_a_row_that_may_not_follow_is_refused_before_any_is_inserted(store: Store) -> None:
    limits = LimitLogs(store)
    await limits.change(["a"], offering("a", 1))

    def overdraw(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
        take = LimitRow("b", 1, "take", 1, b'{"x":1}', *origin(1), b"{}", 0)
        return [logs["a"].take({"x": 1}, origin(1), 0), take]

    with pytest.raises(LimitRefused, match="Limit b cannot take"):
        await limits.change(["a", "b"], overdraw)
    assert len([row async for row in store.scan(LIMITS)]) == 1


async def test_two_rows_for_one_log_at_once_are_a_fault_of_the_caller(store: Store) -> None:
    log = Log("cell")
    row = log.offer(1, origin(0), 0)
    with pytest.raises(ValueError, match="one row for each log"):
        await LimitLogs(store).append({"cell": log}, [row, row._replace(n=2)])


async def test_a_decision_that_never_settles_ends_as_something_to_wait_for(store: Store) -> None:
    def insatiable(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
        return [logs["cell"].offer(1, origin(logs["cell"].n), 0)]

    with pytest.raises(LimitContended, match="not settled"):
        await LimitLogs(store).change(["cell"], insatiable)


@pytest.mark.parametrize("size", [1, 300])
async def test_the_number_of_store_calls_does_not_grow_with_the_number_of_limits(size: int) -> None:
    calls: Counter[str] = Counter()

    async def count(operation: str) -> None:
        calls[operation] += 1

    store = MemoryStore(before=count)
    await store.open(COMMON)
    calls.clear()
    names = [f"cell-{n}" for n in range(size)]

    def offer_all(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
        return [log.offer(1, origin(0), 0) for log in logs.values() if log.n == 0]

    await LimitLogs(store).change(names, offer_all)
    assert calls == {"follow": 1, "insert": 1}


async def test_where_limits_are_decided_apart_one_that_is_remembered_is_read_only_where_it_needs_no_row() -> None:
    calls: Counter[str] = Counter()

    async def count(operation: str) -> None:
        calls[operation] += 1

    store = MemoryStore(before=count)
    await store.open(COMMON)
    limits, other = LimitLogs(store), LimitLogs(store)

    def taker(holder: str, n: int) -> Decide:
        def take(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
            wanting = [log for log in logs.values() if log.free and holder not in log.holders]
            return [log.take({holder: 1}, origin(n), 0) for log in wanting]

        return take

    await limits.change(["a", "b"], lambda logs: [log.offer(2, origin(0), 0) for log in logs.values() if log.n == 0])
    calls.clear()
    both = await limits.change(["a", "b"], taker("first", 1), apart=True)
    assert calls == {"insert": 1}
    assert [dict(log.holders) for log in both.values()] == [{"first": 1}] * 2
    await other.change(["a"], taker("second", 2))
    calls.clear()
    both = await limits.change(["a", "b"], taker("third", 3), apart=True)
    assert calls == {"insert": 1, "follow": 1}
    assert {name: sorted(log.holders) for name, log in both.items()} == {
        "a": ["first", "second"],
        "b": ["first", "third"],
    }
    calls.clear()
    await other.change(["a"], lambda logs: [log.offer(1, origin(4), 0) for log in logs.values() if log.free == 0])
    both = await limits.change(["a", "b"], taker("fourth", 4), apart=True)
    assert "fourth" in both["a"].holders


async def test_only_tails_are_read_again_and_forgotten_logs_are_read_anew(store: Store) -> None:
    read: list[int] = []

    class Counting(MemoryStore):
        async def follow(self, table, positions, limit=None):  # type: ignore[no-untyped-def]
            rows = await super().follow(table, positions, limit)
            read.append(len(rows))
            return rows

    counting = Counting(store.memory)  # type: ignore[attr-defined]
    await counting.open(COMMON)
    limits = LimitLogs(counting, cached_max=4)
    for n in range(3):
        await limits.change(["a"], offering("a", 1, n))
    assert sum(read) == 0
    assert (await limits.read(["a"]))["a"].n == 3
    assert sum(read) == 0
    for n in range(3):
        await limits.change(["b"], offering("b", 1, n))
    assert (await limits.read(["a"]))["a"].n == 3
    assert sum(read) == 3


HOLDERS = [list("abcdefghabc"[start : start + size]) for size in range(5) for start in range(8)]
"""None to four of eight who stand in a circle, in either direction."""
holders = st.sampled_from([*HOLDERS, *(each[::-1] for each in HOLDERS)])
wishes = st.lists(st.fixed_dictionaries({"x": holders, "y": holders}), min_size=2, max_size=5)


@given(wishes, st.integers(0, 4), st.booleans(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_places_taken_never_exceed_those_offered_and_none_stays_free_while_somebody_was_refused(
    wanted: list[dict[str, list[str]]], places: int, freezing: bool, seed: int
) -> None:
    """Each batch runs on an instance of its own, half of them sharing a cache, in any order of store operations."""
    for order in range(4):
        run_in_some_order(wanted, places, freezing, seed + order)


def run_in_some_order(wanted: list[dict[str, list[str]]], places: int, freezing: bool, seed: int) -> None:
    random = Random(seed)
    memory = Memory()
    turns = Turns(random.randrange)
    shared: list[LimitLogs] = []

    async def instance() -> LimitLogs:
        store = MemoryStore(memory, turns.before)
        await store.open(COMMON)
        return LimitLogs(store)

    async def place(offset: int, wish: dict[str, list[str]]) -> dict[str, Log]:
        limits = await instance()
        if offset % 2:
            shared.append(limits)
            limits = shared[0]
        return await limits.change(["x", "y"], placing(wish, offset))

    async def freeze() -> dict[str, Log]:
        def decide(logs: Mapping[str, Log]) -> Sequence[LimitRow]:
            return [] if logs["x"].frozen else [logs["x"].freeze(origin(99), 0)]

        return await (await instance()).change(["x", "y"], decide)

    checked = 0

    def check() -> None:
        nonlocal checked
        rows = memory.tables["limits"].by_key if memory.tables else {}
        if len(rows) == checked:
            return  # rows are only ever added
        checked = len(rows)
        for name in ("x", "y"):
            assert first_fault(name, [row for _, row in sorted(rows.items()) if row.log == name]) is None

    async def offer() -> None:
        limits = await instance()
        for offset, name in enumerate(("x", "y")):
            await limits.change([name], offering(name, places, 1_000 + offset))

    async def read() -> Mapping[str, Log]:
        return await (await instance()).read(["x", "y"])

    if places:
        turns.run(offer())
    works = [place(offset, wish) for offset, wish in enumerate(wanted)]
    results = turns.run(*works, *([freeze()] if freezing else []), after_each=check)
    (final,) = turns.run(read())
    for name, log in final.items():
        assert log.taken <= places
        refused = {h for wish in wanted for h in wish[name] if h not in log.holders}
        assert not refused or log.free == 0
    for wish, result in zip(wanted, results, strict=False):
        for name in ("x", "y"):
            assert set(wish[name]) & set(result[name].holders) <= set(final[name].holders)
