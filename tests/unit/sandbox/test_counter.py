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
from shared.stage.records import Record
from shared.topics import PARTITIONS, instruction, report
from tests.unit.sandbox.provider_bench import DELAYS, SECOND_US, START_US, instruct, record

pytestmark = pytest.mark.anyio
CODES = ("bkash", "nagad")


class Counted:
    """Two providers that say all twice, on a Kafka in memory; time stands still while they wait for instructions."""

    def __init__(self, policy: Policy, folder: Path) -> None:
        self.now_us = START_US
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
        self._stop, self._fetches = asyncio.Event(), 0

    async def _at(self, step: Step) -> None:
        self._fetches += step is Step.FETCH
        if self._fetches == 3:
            self._stop.set()

    async def serve_a_while(self, passing_us: int = 0) -> None:
        """Three turns, after ``passing_us`` have passed."""
        self.now_us += passing_us
        self._stop, self._fetches = asyncio.Event(), 0
        source = self.kafka.source(GROUP, [instruction(code) for code in CODES])
        await Counter(self.providers, source, self.kafka.sink()).serve(self._stop)

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
