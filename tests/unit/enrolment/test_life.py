"""Places over a life: people come, change and leave, rounds turn, committees speak; no place is given twice.

Both instances have records in hand at once, and either may be stopped in the middle of one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.enrolment.checks import check_numbers, places
from services.enrolment.entitlements import entitlement_id
from services.enrolment.logbook import Logbook
from services.enrolment.places import Status
from services.enrolment.tables import CELLS
from shared.stage.records import Record
from shared.store.memory import Memory
from tests.unit.enrolment.bench import Bench, Feed, cleared
from tests.unit.enrolment.test_competing import PLACES, verify

PEOPLE = 6
ROLLING, IN_ROUNDS = "disability", "old_age"
numbers = st.integers(0, PEOPLE - 1)
instances = st.integers(0, 1)


class Stopped(BaseException):
    """The process ends here."""


class Life(RuleBasedStateMachine):
    """Two instances over one store, each of which may be given any record, and more than once, and both at once."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.memory, self.feed = Memory(), Feed()
        self.cut_after: int | None = None
        self.calls_left: int | None = None
        self.benches = [self.start() for _ in range(2)]
        self.revisions: dict[str, int] = {}
        self.records: list[Record] = []
        self.rounds = 0

    def do(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()

    def start(self) -> Bench:
        started: Bench = self.do(Bench(self.memory, PLACES, self.before, self.feed).open())
        return started

    async def before(self, operation: str) -> None:
        await asyncio.sleep(0)
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise Stopped

    def take(self, at: int, *records: Record) -> None:
        """One instance takes them; the other takes the last of them at the same time, as a zombie would."""
        self.records += records
        if self.cut_after is not None:
            self.cut_off(at, lambda bench: bench.take(*records))
            return
        one, other = self.benches[at], self.benches[1 - at]

        async def both() -> None:
            await asyncio.gather(one.take(*records), other.take(records[-1]))

        self.do(both())

    def command(self, at: int, name: str, about: str, **arguments: Any) -> None:
        record = self.feed.command(name, about, arguments)
        self.cut_off(at, lambda bench: bench.order(record))

    def cut_off(self, at: int, does: Callable[[Bench], Awaitable[None]]) -> None:
        """One instance does it, if it gets so far; where it ends before, the other one does it again."""
        self.calls_left, self.cut_after = self.cut_after, None
        try:
            self.do(does(self.benches[at]))
        except Stopped:
            self.calls_left = None
            self.benches[at] = self.start()
            self.do(does(self.benches[1 - at]))
        self.calls_left = None

    @rule(calls=st.integers(0, 30))
    def the_next_is_cut_off(self, calls: int) -> None:
        """After so many calls of store and Kafka."""
        self.cut_after = calls

    @rule(
        at=instances,
        chosen=st.lists(numbers, min_size=1, max_size=4, unique=True),
        programme=st.sampled_from([ROLLING, IN_ROUNDS]),
        order=st.integers(0, 3),
        outcome=st.sampled_from(["passed", "passed", "withdrawn"]),
    )
    def come_or_are_amended(self, at: int, chosen: list[int], programme: str, order: int, outcome: str) -> None:
        events = []
        for number in chosen:
            name = f"{programme[:1]}{number}"
            revision = self.revisions[name] = self.revisions.get(name, 0) + 1
            is_first = revision == 1
            events.append(
                cleared(
                    name,
                    programme,
                    revision=revision,
                    person=f"p{number}",
                    order=float(order + number % 2),
                    minute=number,
                    outcome="passed" if is_first else outcome,
                )
            )
        self.take(at, *(self.feed.cleared(event) for event in events))

    @rule(at=instances, number=numbers, programme=st.sampled_from([ROLLING, IN_ROUNDS]))
    def an_entitlement_ends(self, at: int, number: int, programme: str) -> None:
        self.command(at, "entitlement.end", entitlement_id(f"{programme[:1]}{number}"), reason="has died")

    @rule(at=instances, kind=st.sampled_from(["round.open", "round.close"]))
    def a_round_turns(self, at: int, kind: str) -> None:
        self.rounds += kind == "round.open"
        self.command(at, kind, IN_ROUNDS)

    @precondition(lambda self: self.rounds)
    @rule(
        at=instances,
        words=st.lists(st.tuples(numbers, st.booleans(), st.booleans()), min_size=1, max_size=4),
        back=st.integers(0, 1),
    )
    def committees_speak(self, at: int, words: list[tuple[int, bool, bool]], back: int) -> None:
        round_id = f"{IN_ROUNDS}.{max(1, self.rounds - back)}"
        self.take(
            at,
            *(
                self.feed.selected(f"o{who}", round_id, selected, override=override, reason="as resolved")
                for who, selected, override in words
            ),
        )

    @precondition(lambda self: self.records)
    @rule(at=instances, data=st.data())
    def comes_again(self, at: int, data: st.DataObject) -> None:
        self.take(at, data.draw(st.sampled_from(self.records)))

    @rule(at=instances)
    def free_places_are_passed_on_in_rank(self, at: int) -> None:
        """Both instances look for free places at the same time; nobody is passed over who could have had one."""
        self.do(self.passed_on())

    async def passed_on(self) -> None:
        before = await self.cells()
        await asyncio.gather(*(bench.settle() for bench in self.benches))
        after = await self.cells()
        for log, cell in after.items():
            if not log.startswith(ROLLING):
                continue
            waited = {name: each for name, each in before[log].items() if each[0] is Status.WAITING}
            given = [rank for name, (_, rank) in waited.items() if cell[name][0] is Status.HELD]
            passed_over = [
                name
                for name, (_, rank) in waited.items()
                if given and rank < max(given) and cell[name][0] is Status.WAITING
            ]
            assert not passed_over, (log, passed_over)
        await verify(*self.benches)

    async def cells(self) -> dict[str, dict[str, tuple[Status, Any]]]:
        """By cell and member: status and rank."""
        store = self.benches[0].store
        logs = [f"{row.programme}|{row.area}" async for row in store.scan(CELLS)]
        read = await Logbook(store, self.benches[0].tick).read(logs)
        return {
            log: {name: (each.status, each.rank) for name, each in cell.members.items()} for log, cell in read.items()
        }

    @invariant()
    def no_place_is_given_twice(self) -> None:
        if hasattr(self, "benches"):
            self.do(self.hold())

    async def hold(self) -> None:
        store = self.benches[0].store
        seen = await places(store)
        assert (seen.beyond_quota, seen.passed_over) == (0, 0)
        assert all(finding.holds for finding in await check_numbers(store))


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
