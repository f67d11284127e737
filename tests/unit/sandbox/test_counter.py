"""Several providers at one counter: one batch for all of them, and each keeps its own books and report topic."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.providers.app import GROUP, Counter
from sandbox.providers.behaviour import always
from sandbox.providers.desk import Desk
from sandbox.providers.ledger import read_ledger
from sandbox.providers.memory import Memory
from sandbox.providers.modes import Mode
from sandbox.providers.provider import Provider
from shared.contracts.payment import Report
from shared.kafka.fake import FakeKafka, Step
from shared.policy import Policy
from shared.stage.ports import KafkaAway
from shared.stage.records import Record
from shared.topics import PARTITIONS, instruction, report
from tests.unit.sandbox.provider_bench import DELAYS, SECOND_US, START_US, instruct, record

pytestmark = pytest.mark.anyio
CODES = ("bkash", "nagad")
TURNS = 4


class Killed(BaseException):
    """The process ends at once."""


class Counted:
    """Two providers that say all twice, on a Kafka in memory, with a clock in our hands."""

    def __init__(self, policy: Policy, folder: Path) -> None:
        self.now_us = START_US
        self.killed_at: Step | None = None
        self.kafka = FakeKafka(
            {topic: PARTITIONS for code in CODES for topic in (instruction(code), report(code))},
            lambda: self.now_us // 1_000,
            at=self._at,
        )
        self.folder = folder
        self.providers = [
            Provider(
                code,
                Desk(policy.providers[code], always(Mode.TWICE), DELAYS),
                Memory(folder / f"{code}.db"),
                lambda: self.now_us,
            )
            for code in CODES
        ]
        self._stop, self._fetches, self._each_us = asyncio.Event(), 0, 0

    async def _at(self, step: Step) -> None:
        if step is self.killed_at:
            self.killed_at = None
            raise Killed
        if step is Step.FETCH:
            self._fetches += 1
            self.now_us += self._each_us
            if self._fetches == TURNS:
                self._stop.set()

    async def serve_a_while(self, passing_us: int = 0, each_us: int = 0) -> None:
        """Some turns by a new counter, after ``passing_us`` have passed, which go by at ``each_us``."""
        self.now_us += passing_us
        self._stop, self._fetches, self._each_us = asyncio.Event(), 0, each_us
        source = self.kafka.source(GROUP, [instruction(code) for code in CODES])
        counter = Counter(self.providers, source, self.kafka.sink(), lambda: self.now_us / SECOND_US)
        await counter.serve(self._stop)

    def tell(self, code: str, partition: int, payment: str) -> None:
        headers, value = record(instruct(f"{payment}-1", payment=payment))
        self.kafka.append(instruction(code), partition, payment.encode(), value, headers)

    def reports(self, code: str) -> list[tuple[str, int]]:
        """Each reported payment with the partition that its report stands in."""
        found = [one for one in self.kafka.contents(report(code)) if isinstance(one, Record)]
        return sorted((Report.read(one.value or b"").payment_id, one.origin.partition) for one in found)


@pytest.fixture
def counted(policy: Policy, tmp_path: Path) -> Iterator[Counted]:
    made = Counted(policy, tmp_path)
    yield made
    for provider in made.providers:
        provider.close()


async def test_each_provider_pays_what_it_was_told_and_reports_on_its_own_topic_where_it_was_told(
    counted: Counted,
) -> None:
    counted.tell("bkash", 1, "p1")
    counted.tell("nagad", 3, "p2")
    counted.tell("nagad", 0, "p3")
    await counted.serve_a_while()

    assert counted.reports("bkash") == [("p1", 1)]
    assert counted.reports("nagad") == [("p2", 3), ("p3", 0)]
    assert [read_ledger(counted.folder / f"{code}.db").credited for code in CODES] == [1, 2]
    committed = counted.kafka.committed(GROUP)
    assert {place for place, offset in committed.items() if offset} == {
        (instruction("bkash"), 1), (instruction("nagad"), 3), (instruction("nagad"), 0)
    }  # fmt: skip


async def test_what_has_fallen_due_with_several_providers_is_said_once_by_each(counted: Counted) -> None:
    counted.tell("bkash", 1, "p1")
    counted.tell("nagad", 3, "p2")
    await counted.serve_a_while()
    await counted.serve_a_while(passing_us=int(DELAYS.repeat_s * SECOND_US))
    await counted.serve_a_while(passing_us=int(DELAYS.repeat_s * SECOND_US))

    assert [payment for payment, _ in counted.reports("bkash")] == ["p1", "p1"]
    assert [payment for payment, _ in counted.reports("nagad")] == ["p2", "p2"]


async def test_what_falls_due_while_a_counter_serves_is_said(counted: Counted) -> None:
    counted.tell("bkash", 1, "p1")
    await counted.serve_a_while(each_us=int(DELAYS.repeat_s * SECOND_US))

    assert [payment for payment, _ in counted.reports("bkash")] == ["p1", "p1"]


@pytest.mark.parametrize("step", [Step.SEND, Step.COMMIT])
async def test_after_a_failure_the_same_counter_takes_the_batch_again(
    step: Step, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.providers.app.RETRY_S", 0)
    counted.tell("bkash", 1, "p1")
    counted.tell("nagad", 3, "p2")
    counted.kafka.fail(step, KafkaAway("gone"))
    await counted.serve_a_while()

    assert {payment for payment, _ in counted.reports("bkash")} == {"p1"}
    assert {payment for payment, _ in counted.reports("nagad")} == {"p2"}
    assert [read_ledger(counted.folder / f"{code}.db").credited for code in CODES] == [1, 1]
    assert sum(counted.kafka.committed(GROUP).values()) == 2


@pytest.mark.parametrize("step", [Step.SEND, Step.COMMIT])
async def test_who_is_killed_before_the_reports_are_out_takes_the_batch_again(step: Step, counted: Counted) -> None:
    counted.tell("bkash", 1, "p1")
    counted.tell("nagad", 3, "p2")
    counted.killed_at = step
    with pytest.raises(Killed):
        await counted.serve_a_while()
    await counted.serve_a_while()

    assert {payment for payment, _ in counted.reports("bkash")} == {"p1"}
    assert {payment for payment, _ in counted.reports("nagad")} == {"p2"}


async def test_who_is_killed_while_it_says_what_is_due_says_it_after_all(counted: Counted) -> None:
    counted.tell("bkash", 1, "p1")
    await counted.serve_a_while()
    counted.killed_at = Step.SEND
    with pytest.raises(Killed):
        await counted.serve_a_while(passing_us=int(DELAYS.repeat_s * SECOND_US))
    await counted.serve_a_while()

    assert [payment for payment, _ in counted.reports("bkash")] == ["p1", "p1"]
