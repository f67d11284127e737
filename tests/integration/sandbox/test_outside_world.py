"""Treasury, committee and provider of the sandbox drive the real enrolment and payments: from a cleared application,
over a closed round, to the money, on a Kafka of its own."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import anyio
import pytest
from aiokafka import AIOKafkaProducer

from sandbox import treasury
from sandbox.committees import Habits, decide_rounds
from sandbox.deployment.deployment import ROOT, Deployment, prepare, running
from sandbox.kafka.broker import LocalKafka
from sandbox.providers.ledger import read_ledger
from shared.contracts.chain import Cleared, Rank
from shared.contracts.person import Address, Name, Payee
from shared.envelope import Envelope
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.topics import CLEARED

POLICY = ROOT / "deploy" / "policy"
PLACES = 12
APPLICANTS = 30


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Enrolment and payments as processes, and a provider of the sandbox."""
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
        yield stack.enter_context(running(prepared, ("enrolment", "payments")))


def _address() -> Address:
    return Address(
        division="30", district="26", city_corporation="00", upazila="14", union="11", line="House 1", country="050"
    )


def _cleared(number: int, application_id: str) -> Cleared:
    return Cleared(
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


async def _send(bootstrap: str, events: list[Cleared]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    await producer.start()
    for event in events:
        envelope = Envelope(id=event.application_id, source="/dsr/dedup", type="application.cleared.v1")
        await producer.send_and_wait(
            CLEARED, event.write(), event.application_id.encode(), headers=list(envelope.to_headers())
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
        anyio.run(_send, deployment.bootstrap, events)
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
            return [row for row in states if row["state"] == "credited" and row["payments"] == PLACES]

        _until(paid)
        ledger = read_ledger(deployment.folder / "p" / "bkash.db")
        totals = operator.request("GET", "payments", "/v1/totals", params={"by": "programme"}).json()["totals"]
    (row,) = [row for row in totals if row["by"] == {"programme": "old_age"}]
    assert row["reached"] == ledger.credited_poisha == PLACES * amount
    assert row["allocated"] == row["released"] == 10**9
    assert ledger.paid_twice == 0
