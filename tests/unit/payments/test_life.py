"""The whole life of payments: any order of entitlements, orders, reports, timers, crashes and rivals."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.payments.books.running import Books, differences, rebuilt
from services.payments.checks import findings
from services.payments.ids import attempt_ref
from services.payments.journal import balanced
from services.payments.payment import Payment
from shared.stage.records import Record
from tests.unit.payments.world import (
    CYCLE,
    NO_PAYEE,
    POISHA,
    POLICY,
    STARTS,
    Budget,
    Crash,
    World,
    by_first,
    change,
    each_operation,
    once,
    payee,
    paying,
    payment_of,
    report,
    world,
)

pytestmark = pytest.mark.anyio

PEOPLE = 4
numbers = st.integers(0, PEOPLE - 1)


class Life(RuleBasedStateMachine):
    """Two instances over one store get whatever the outside world sends, in any order and more than once."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        first = World(piece=2)
        self.worlds = [first, World(first.memory, first.topics, piece=2)]
        self.books = Books.begin(first.store, POLICY)
        for one in self.worlds:
            self.do(one.opened())
        self.records: list[Record] = []
        self.changes = dict.fromkeys(range(PEOPLE), 0)
        self.orders = self.released = self.credits = 0

    def do(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()

    def feed(self, at: int, *records: Record) -> None:
        self.records += records
        self.do(self.settled_after(self.worlds[at].feed(*records)))

    async def settled_after(self, done: Awaitable[object]) -> None:
        await done
        for one in self.worlds:
            await one.settle()

    @rule(at=st.integers(0, 1))
    def open_cycle(self, at: int) -> None:
        topics = self.worlds[0].topics
        self.feed(at, topics.command("cycle.open", programme="old_age", cycle=CYCLE, starts_on=STARTS.isoformat()))

    @rule(at=st.integers(0, 1), kind=st.sampled_from(["allocate", "release"]), times=st.integers(1, 3))
    def order(self, at: int, kind: str, times: int) -> None:
        self.orders += 1
        command = self.worlds[0].topics.command(
            f"treasury.{kind}", programme="old_age", cycle=CYCLE, poisha=times * POISHA - 1, order_ref=f"{self.orders}"
        )
        self.feed(at, command)

    @rule(
        at=st.integers(0, 1),
        chosen=st.lists(numbers, min_size=1, max_size=PEOPLE, unique=True),
        what=st.sampled_from(["granted", "suspended", "resumed", "ended", "payee_changed", "amended"]),
        revision=st.integers(1, 3),
        account=st.sampled_from(["good", "none", "other"]),
        shared=st.booleans(),
    )
    def entitlement(self, at: int, chosen: list[int], what: Any, revision: int, account: str, shared: bool) -> None:
        records = []
        for number in chosen:
            self.changes[number] += 1
            given = {"good": payee(number), "none": NO_PAYEE, "other": payee(number, "nagad")}[account]
            people = (f"p{number}", "p0") if shared else (f"p{number}",)
            event = change(number, payee_=given, change=what, revision=revision, n=self.changes[number], cluster=people)
            records.append(self.worlds[0].topics.change(event))
        self.feed(at, *records)

    @rule(
        at=st.integers(0, 1),
        number=numbers,
        kind=st.sampled_from(["credited", "failed", "returned", "pending", "not_found", "cancelled"]),
        provider=st.sampled_from(["bkash", "bkash", "nagad"]),
        attempt=st.sampled_from([1, 1, 1, 2]),
        poisha=st.sampled_from([POISHA, POISHA, POISHA, POISHA - 1, None]),
        times=st.integers(1, 3),
    )
    def reported(
        self, at: int, number: int, kind: str, provider: str, attempt: int, poisha: int | None, times: int
    ) -> None:
        named = payment_of(number)
        said = report(
            number,
            kind,
            attempt=attempt,
            attempt_ref=attempt_ref(named, attempt),
            amount_poisha=poisha,
            at=datetime(2026, 7, 2, tzinfo=UTC),
        )
        self.feed(at, *(self.worlds[0].topics.report(said, provider) for _ in range(times)))

    @rule(at=st.integers(0, 1), hours=st.sampled_from([1, 30, 300]))
    def time_passes(self, at: int, hours: int) -> None:
        for one in self.worlds:
            one.now = max(each.now for each in self.worlds) + hours * 3_600_000_000
        self.do(self.settled_after(self.worlds[at].scheduler.look()))

    @precondition(lambda self: self.records)
    @rule(at=st.integers(0, 1), data=st.data())
    def replay(self, at: int, data: st.DataObject) -> None:
        self.feed(at, data.draw(st.sampled_from(self.records)))

    @invariant()
    def the_invariants_hold(self) -> None:
        if hasattr(self, "worlds"):
            self.do(self.hold())

    async def hold(self) -> None:
        made = self.worlds[0]
        found = await findings(made.store)
        assert all(finding.holds for finding in found), found
        ledger = await rebuilt(made.store)
        for number in range(PEOPLE):
            rows = await made.rows(number)
            assert sum(row.state == "credited" and b'"reported"' in row.body for row in rows) <= 1
            assert all(balanced(Payment.read(row.body).postings) for row in rows)
        assert sum(ledger.balances.values()) == 0
        await self.books.catch_up()
        assert differences(ledger, self.books.ledger) == []

    @invariant()
    def what_was_sent_is_always_the_same_bytes(self) -> None:
        if not hasattr(self, "worlds"):
            return
        sent = by_first([out for one in self.worlds for out in one.sink.sent])
        instructions = [key for key, out in sent.items() if ("ce_type", b"payment.instruct.v1") in out[3]]
        assert len(instructions) == len({sent[key][1] for key in instructions})


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


@once
async def little_money() -> World:
    """A cycle that is open, with money for few."""
    made = await world(piece=2)
    await made.fund(allocated=5 * POISHA, released=3 * POISHA)
    await made.open_cycle()
    return made


class Rival:
    """Lets somebody else act once, before an instance's operation of this number (from 1, after its opening)."""

    def __init__(self, turn: int, act: Callable[[], Awaitable[None]]) -> None:
        self._left, self._act = turn + 1, act
        self.has_acted = False

    async def __call__(self, name: str) -> None:
        self._left -= 1
        if self._left == 0:
            await self.act()

    async def act(self) -> None:
        self.has_acted = True
        await self._act()


async def _crowd() -> tuple[World, list[Record]]:
    """Somebody in each situation, in one batch."""
    made = await little_money()
    events = [change(number) for number in range(5)]
    events += [change(7, payee_=NO_PAYEE), change(8, person_id="p0", cluster=("p0",)), change(9, rate_class="none")]
    return made, [made.topics.change(event) for event in events]


async def test_a_crash_at_any_operation_replays_to_the_same_bytes() -> None:
    made, records = await _crowd()
    await made.feed(*records)
    whole = set(by_first(made.sink.sent))
    for operations in each_operation(0):
        made, records = await _crowd()
        earlier = len(made.sink.sent)
        budget = Budget(operations + 1)
        dying = await World(made.memory, made.topics, budget, piece=2).opened()
        dying.now = made.now
        with contextlib.suppress(Crash):
            await dying.feed(*records)
        await made.feed(*records)
        again = by_first([*made.sink.sent, *dying.sink.sent])
        assert set(again) == whole
        assert earlier < len(made.sink.sent)
        assert all(finding.holds for finding in await findings(made.store))
        if budget.left >= 0:
            assert operations > 5
            return


async def test_two_instances_in_any_interleaving_make_one_payment() -> None:
    for turn in each_operation(1):
        made, records = await _crowd()
        await made.settle()
        rival = Rival(turn, partial(made.feed, *records))
        other = await World(made.memory, made.topics, rival, piece=2).opened()
        other.now = made.now + 1000
        await other.feed(*records)
        sent = by_first([*made.sink.sent, *other.sink.sent])
        told = [out for out in sent.values() if ("ce_type", b"payment.instruct.v1") in out[3]]
        assert len(told) == 3
        assert all(finding.holds for finding in await findings(made.store))
        if not rival.has_acted:
            assert turn > 5
            return


async def _five(made: World, rival: Rival) -> World:
    """Another instance, which takes five people's entitlements."""
    other = await World(made.memory, made.topics, rival, piece=2).opened()
    other.now = made.now
    await other.feed(*(made.topics.change(change(number)) for number in range(5)))
    return other


@once
async def nothing_released() -> World:
    made = await world(piece=2)
    await made.open_cycle()
    await made.fund(allocated=10 * POISHA, released=0)
    return made


async def test_a_release_that_races_with_those_it_is_for_leaves_nobody_waiting() -> None:
    for turn in each_operation(1):
        made = await nothing_released()
        treasury = Rival(turn, partial(made.fund, allocated=0, released=10 * POISHA))
        await _five(made, treasury)
        if ended := not treasury.has_acted:
            await treasury.act()
        assert {await made.state(number) for number in range(5)} == {"instructed"}, f"before operation {turn}"
        if ended:
            assert turn > 5
            return


@once
async def not_open_yet() -> World:
    made = await world(piece=2)
    await made.fund()
    return made


async def test_a_cycle_that_opens_while_entitlements_come_misses_nobody() -> None:
    for turn in each_operation(1):
        made = await not_open_yet()
        operator = Rival(turn, made.open_cycle)
        other = await _five(made, operator)
        if ended := not operator.has_acted:
            await operator.act()
        assert {await made.state(number) for number in range(5)} == {"instructed"}, f"before operation {turn}"
        told = [
            out
            for out in by_first([*made.sink.sent, *other.sink.sent]).values()
            if ("ce_type", b"payment.instruct.v1") in out[3]
        ]
        assert len(told) == 5, f"before operation {turn}"
        if ended:
            assert turn > 5
            return


async def test_the_number_of_store_calls_does_not_grow_with_the_batch() -> None:
    counts = []
    for size in (10, 200):
        made = await paying()
        calls: list[str] = []

        async def noted(name: str, calls: list[str] = calls) -> None:
            calls.append(name)

        made.store._before = noted
        await made.feed(*(made.topics.change(change(number)) for number in range(size)))
        counts.append(len(calls))
    assert counts[0] == counts[1]
