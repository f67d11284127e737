"""Review from any side in any order: people come, change and leave while reviewers decide and take back (I10).

And the instances that hear it are stopped in the middle of it, or both have the same record in hand.
"""

import asyncio
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.dedup.checks import is_concession, verify_refusals
from services.dedup.tables import TABLES
from shared import topics
from shared.audit.decisions import verify_decisions
from shared.audit.numbers import verify_numbers
from shared.audit.tally import Tally
from shared.contracts.person import Name, NationalId, Person
from shared.stage.records import Record
from shared.store.memory import MemoryStore
from shared.store.tables import COMMON
from tests.unit.dedup.people import person
from tests.unit.dedup.world import Process, World
from tests.unit.store.interleaving import finished

PEOPLE: dict[str, Person] = {
    "karim": person(),
    "borrower of karim's id": person(name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman")),
    "stranger": person(
        national_id=NationalId(n10="7700000001"), name=Name(bn="সোলায়মান"), mother=None, father=None, mobile=None
    ),
}
MOST = 5
numbers = st.integers(0, MOST - 1)
instances = st.integers(0, 1)


class Stopped(BaseException):
    """The process ends here."""


class ReviewLife(RuleBasedStateMachine):
    """Two instances over one store; whatever is said refers to what stands, to something older, or to nothing."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.world = World()
        self.calls_left: int | None = None
        self.at_once = False
        self.processes = [self.start() for _ in range(2)]
        self.people: list[tuple[str, str]] = []
        self.revisions: dict[int, int] = {}
        self.records: list[Record] = []

    def do(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()

    def start(self) -> Process:
        process: Process = self.do(self.world.instance(self.before))
        return process

    async def before(self, operation: str) -> None:
        await asyncio.sleep(0)
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise Stopped

    def give(self, at: int, *records: Record) -> None:
        self.records += records
        if self.at_once:
            self.do(self.both(at, records))
        else:
            try:
                self.do(self.processes[at].process(*records))
            except Stopped:
                self.calls_left = None
                self.processes[at] = self.start()
                self.do(self.processes[1 - at].process(*records))
        self.calls_left, self.at_once = None, False
        self.world.later()
        self.do(self.world.sweep(self.processes[at], rounds=20))

    async def both(self, at: int, records: tuple[Record, ...]) -> None:
        """The other instance is a zombie that still has the last of the records in hand."""
        one, other = self.processes[at], self.processes[1 - at]
        await asyncio.gather(one.process(*records), other.process(records[-1]))

    @rule(calls=st.none() | st.integers(0, 25))
    def the_next_is_cut_off_or_heard_by_both(self, calls: int | None) -> None:
        """After so many calls of the store the instance that hears it ends, and the other one does it again."""
        self.calls_left, self.at_once = calls, calls is None

    @precondition(lambda self: len(self.people) < MOST)
    @rule(at=instances, who=st.sampled_from(sorted(PEOPLE)), programme=st.sampled_from(["old_age", "disability"]))
    def arrives(self, at: int, who: str, programme: str) -> None:
        number = len(self.people)
        self.people.append((who, programme))
        self.revisions[number] = 1
        self.give(at, self.world.record(f"a{number}", PEOPLE[who], place=number, programme=programme))

    @precondition(lambda self: self.people)
    @rule(
        at=instances,
        number=numbers,
        who=st.sampled_from(sorted(PEOPLE)),
        outcome=st.sampled_from(["passed", "withdrawn"]),
    )
    def is_amended(self, at: int, number: int, who: str, outcome: str) -> None:
        number %= len(self.people)
        self.revisions[number] += 1
        _, programme = self.people[number]
        changes = {"revision": self.revisions[number], "outcome": outcome, "programme": programme}
        self.give(at, self.world.record(f"a{number}", PEOPLE[who], place=number, **changes))

    @precondition(lambda self: self.people)
    @rule(
        at=instances,
        number=numbers,
        verdict=st.sampled_from(["distinct", "duplicate", "split", "merge", "undo"]),
        of=st.none() | numbers,
        by=st.sampled_from(["salma", "rahim"]),
        stale=st.booleans(),
        twice=st.booleans(),
    )
    def reviewer_speaks(
        self, at: int, number: int, verdict: str, of: int | None, by: str, stale: bool, twice: bool
    ) -> None:
        number %= len(self.people)
        row = self.world.rows(f"a{number}")[-1]
        said = self.world.verdict(
            f"a{number}",
            verdict,
            n=max(1, row.n - stale),
            revision=row.revision,
            of=None if of is None else f"a{of}",
            by=by,
        )
        self.give(at, *([said, said] if twice else [said]))

    @precondition(lambda self: self.records)
    @rule(at=instances, data=st.data())
    def comes_again(self, at: int, data: st.DataObject) -> None:
        self.give(at, data.draw(st.sampled_from(self.records)))

    @invariant()
    def nobody_is_refused_without_an_accepted_record(self) -> None:
        if not hasattr(self, "world"):
            return
        finished(self.verify())

    async def verify(self) -> None:
        store, tally = MemoryStore(self.world.memory), Tally("I2", "dedup")
        await store.open((*COMMON, *TABLES))
        await verify_decisions(store, tally, {}, is_reservation=is_concession)
        found = [
            tally.finding("decisions"),
            await verify_numbers(store, "dedup"),
            await verify_refusals(store, None),  # type: ignore[arg-type]
        ]
        assert all(finding.holds for finding in found), found

    @invariant()
    def who_is_under_review_is_not_passed_on(self) -> None:
        for number in range(len(self.people) if hasattr(self, "world") else 0):
            name = f"a{number}"
            told = sorted(self.world.cleared(name))
            if self.world.rows(name)[-1].state == "review" and told:
                assert told[-1][2] == "withdrawn", (name, told)
            assert self.world.statuses(name), f"nothing was said about {name}"

    @invariant()
    def what_was_sent_is_always_the_same_bytes(self) -> None:
        first: dict[object, object] = {}
        for sent in self.world.sink.sent if hasattr(self, "world") else ():
            if sent.topic != topics.command("dedup"):
                identity = sent.topic, dict(sent.headers)["ce_id"]
                assert first.setdefault(identity, (sent.key, sent.value)) == (sent.key, sent.value)


TestReviewLife = ReviewLife.TestCase
TestReviewLife.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
