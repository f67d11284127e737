"""Clerks, committees, treasury and a provider of the sandbox drive the real services, on a Kafka of their own."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import anyio
import pytest
from aiokafka import AIOKafkaProducer

from sandbox import treasury
from sandbox.clerks import Clerk, Work, decide_reviews
from sandbox.committees import Habits, decide_rounds
from sandbox.deployment.deployment import ROOT, Deployment, prepare, running
from sandbox.kafka.broker import LocalKafka
from sandbox.providers.ledger import read_ledger
from shared.contracts.chain import Chain, Cleared, Rank, Scored
from shared.contracts.person import Address, Gender, Name, NationalId, Parent, Payee, Person
from shared.envelope import Envelope
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.topics import CLEARED, SCORED

POLICY = ROOT / "deploy" / "policy"
PLACES = 12
APPLICANTS = 30


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Dedup, enrolment and payments as processes, and a provider of the sandbox."""
    folder = tmp_path_factory.mktemp("world")
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(folder / "kafka"))
        prepared = anyio.run(prepare, folder, kafka.bootstrap, load_policy(POLICY), POLICY)
        provider = subprocess.Popen(
            [sys.executable, "-m", "sandbox.providers", "bkash", "--mode", "accept", "--directory", str(folder / "p")],
            cwd=ROOT,
            env={**dict(prepared.environment), "PATH": ""},
        )
        stack.callback(provider.wait)
        stack.callback(provider.terminate)
        yield stack.enter_context(running(prepared, ("dedup", "enrolment", "payments")))


def _address() -> Address:
    return Address(division="30", district="26", city_corporation="00", upazila="14", union="11", line="House 1")


def _cleared(number: int, application_id: str) -> Cleared:
    return Cleared(
        outcome="passed",
        application_id=application_id,
        source="msw",
        source_ref=f"R-{number}",
        revision=1,
        n=1,
        programme="old_age",
        received_at=datetime(2026, 7, 2, tzinfo=UTC) + timedelta(seconds=number),
        person_id=application_id,
        cluster=(application_id,),
        permanent_address=_address(),
        payee=Payee(kind="self", provider="bkash", account=f"017{number:08}", holder_name=Name(bn="রহিমা", en="Rahima")),
        rank=Rank(model="m", score=str(number), order=float(number)),
        rate_class="default",
    )


async def _send(bootstrap: str, topic: str, events: Sequence[Chain]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    await producer.start()
    for event in events:
        type_ = topic.removeprefix("registry.")
        envelope = Envelope(id=event.application_id, source="/dsr", type=type_)
        await producer.send_and_wait(
            topic, event.write(), event.application_id.encode(), headers=list(envelope.to_headers())
        )
    await producer.stop()


def _until(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Look until there is something to see."""
    until = monotonic() + seconds
    while not (seen := look()):
        assert monotonic() < until, "it did not come in time"
        sleep(0.1)
    return seen


def test_a_round_is_decided_and_those_selected_are_paid(deployment: Deployment) -> None:
    events = [_cleared(number, f"a{number:032}") for number in range(APPLICANTS)]
    area = _address().union_code
    today = policy_date(datetime.now(UTC))
    with (
        deployment.client() as operator,
        deployment.client("treasury") as finance,
        deployment.client("committee") as committee,
    ):
        old_age = deployment.policy.programmes["old_age"]
        cycle = treasury.cycle_on(old_age, today)
        assert cycle is not None
        amount = old_age.cycle_poisha("default", cycle.starts_on)
        prepared = treasury.prepare_cycles(finance, operator, deployment.policy, today, 10**9)
        again = treasury.prepare_cycles(finance, operator, deployment.policy, today, 10**9)
        assert prepared == again
        assert operator.send_command("enrolment", "round.open", "old_age").state == "done"
        anyio.run(_send, deployment.bootstrap, CLEARED, events)
        _until(
            lambda: any(
                cell["waiting"] == APPLICANTS
                for row in operator.request("GET", "enrolment", "/v1/rounds").json()["rounds"]
                for cell in operator.request("GET", "enrolment", f"/v1/rounds/{row['round_id']}").json()["cells"]
            )
        )
        closed = operator.send_command("enrolment", "round.close", "old_age")

        minutes = decide_rounds(committee, Habits(seed=3, refused=0.2))

        round_id = closed.result["round_id"]
        members = operator.request("GET", "enrolment", f"/v1/rounds/{round_id}/cells/{area}").json()["members"]
        states = Counter(member["state"] for member in members)
        assert states["confirmed"] == PLACES == minutes.confirmed
        assert states["rejected"] == minutes.refused > 0
        assert (minutes.left_open, minutes.overridden) == (0, 0)
        assert [member["state"] for member in members[-3:]] == ["waiting"] * 3

        def paid() -> list[dict[str, Any]]:
            states = operator.request("GET", "payments", "/v1/totals").json()["states"]
            return [row for row in states if row["state"] == "reached" and row["payments"] == PLACES]

        _until(paid)
        ledger = read_ledger(deployment.folder / "p" / "bkash.db")
        totals = operator.request("GET", "payments", "/v1/totals", params={"by": "programme"}).json()["totals"]
    (row,) = [row for row in totals if row["by"] == {"programme": "old_age"}]
    assert row["reached"] == ledger.credited_poisha == PLACES * amount
    assert row["allocated"] == row["released"] == 10**9
    assert ledger.paid_twice == 0


def _scored(number: int, n10: str, name: str, born: date, mother: str) -> Scored:
    return Scored(
        outcome="passed",
        application_id=f"b{number:032}",
        source="msw",
        source_ref=f"W-{number}",
        revision=1,
        n=1,
        programme="widow",
        received_at=datetime(2026, 7, 2, tzinfo=UTC) + timedelta(seconds=number),
        person=Person(
            national_id=NationalId(n10=n10),
            name=Name(bn=name),
            mother=Parent(name=Name(bn=mother)),
            date_of_birth=born,
            gender=Gender.FEMALE,
            permanent_address=_address(),
        ),
        rank=Rank(),
        rate_class="default",
    )


def test_a_clerk_ends_the_reviews_whose_evidence_is_clear(deployment: Deployment) -> None:
    born, elsewhere = date(1961, 5, 17), date(1984, 9, 3)
    events = [
        _scored(1, "2648699058", "রহিমা খাতুন", born, "ফরিদা বিবি"),
        _scored(2, "2648699059", "রহিমা খাতুন", born, "ফরিদা বিবি"),  # a slip of the pen in the id
        _scored(3, "7318820461", "সালমা আক্তার", born, "জোহরা বেগম"),
        _scored(4, "7318820461", "বিলকিস নেছা", elsewhere, "নূরজাহান বিবি"),  # under somebody else's id
    ]
    anyio.run(_send, deployment.bootstrap, SCORED, events)
    with deployment.client("reviewer") as reviewer:
        _until(lambda: len(reviewer.request("GET", "dedup", "/v1/reviews").json()["reviews"]) == 2)

        nobody = decide_reviews(reviewer, Clerk(share=0))
        work = decide_reviews(reviewer, Clerk(share=1))

        assert nobody == Work(seen=2, left=2)
        assert work == Work(seen=2, distinct=1, duplicate=1)
        assert reviewer.request("GET", "dedup", "/v1/reviews").json()["reviews"] == []
