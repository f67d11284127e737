"""How many instructions a second leave when a frozen list is released, beside a bare producer of the same records.

``python -m bench.payments.release [--payments 20000]``. A payments service as a process of its own, on SQLite and a
real Kafka; the clock runs from the first to the last append time of the instructions. The reference sends the same
bytes (instructions and status lines) with the same producer, and does nothing else. Bar: 2,000 a second on two cores.
"""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, Final
from uuid import UUID, uuid5

import click

from bench.payments.result import Bar, record
from sandbox.deployment.deployment import Deployment, prepare, running
from sandbox.kafka.choose import local_or_given
from sandbox.treasury import order
from shared import topics
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.person import Name, Payee
from shared.envelope import Envelope, event_id, traceparent_of
from shared.kafka.admin import create_topics
from shared.kafka.producer import KafkaSink
from shared.kafka.reading import log_bounds, read_topics
from shared.policy import load_policy
from shared.stage.records import Origin, Outgoing, Record

FOLDER: Final = Path("var/bench/payments-release")
PROGRAMME, CYCLE, STARTS = "old_age", "2026-q3", date(2026, 7, 1)
NAMESPACE: Final = UUID("00000000-0000-5000-8000-000000000000")
NO_INPUT: Final = Origin("", -1, -1)
CHUNK: Final = 2_000
BAR: Final = 2_000
SIGNERS: Final = ("approver-upazila", "approver-msw", "approver-finance")
SCRATCH: Final = "bench.release.reference"


def policy_by_list(source: Path, target: Path) -> Path:
    """The shipped policy without straight-through payments, and without the account check, which is measured apart."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    programmes = target / "programmes.yaml"
    text = programmes.read_text(encoding="utf-8")
    programmes.write_text(re.sub(r"\{flow: straight_through,", "{flow: by_list,", text), encoding="utf-8")
    return target


def granted(number: int) -> Outgoing:
    """An entitlement of a generated person, as enrolment would send it."""
    named = str(uuid5(NAMESPACE, f"entitlement {number}"))
    change = EntitlementChanged(
        entitlement_id=named,
        application_id=str(uuid5(NAMESPACE, f"application {number}")),
        source="msw",
        source_ref=f"bench-{number}",
        revision=1,
        n=1,
        change="granted",
        programme=PROGRAMME,
        rate_class="default",
        starts_on=STARTS,
        person_id=f"p{number}",
        cluster=(f"p{number}",),
        area="3026",
        upazila="30260014",
        payee=Payee(kind="self", provider="bkash", account=f"017{number:08d}", holder_name=Name(en="Generated Person")),
        received_at=datetime(2026, 7, 1, tzinfo=UTC),
    )
    event = event_id("bench", "entitlement.changed.v1", named, 1, 1)
    envelope = Envelope(event, "/bench", "entitlement.changed.v1", named, 0, None, traceparent_of(event))
    return Outgoing(topics.ENTITLEMENT_CHANGED, named.encode(), change.write(), envelope.to_headers(), NO_INPUT)


async def measure(payments: int, bootstrap: str, folder: Path) -> dict[str, Any]:
    """One release and its reference."""
    policy_dir = policy_by_list(Path("deploy/policy"), folder / "policy")
    policy = load_policy(policy_dir)
    prepared = await prepare(folder, bootstrap, policy, policy_dir, 1.0)
    sink = KafkaSink(bootstrap, client_id="bench-release")
    await sink.start()
    try:
        with running(prepared, ("payments",)) as deployment:
            await _send(sink, [granted(number) for number in range(payments)])
            began = perf_counter()
            manifest = await asyncio.to_thread(_prepare_list, deployment, payments)
            frozen_s = perf_counter() - began
            await asyncio.to_thread(_release, deployment, manifest)
            records = await _instructions(bootstrap, payments)
            lines = [one async for one in read_topics(bootstrap, [topics.status("msw")]) if isinstance(one, Record)]
        appended = sorted(one.timestamp_ms for one in records)
        seconds = (appended[-1] - appended[0]) / 1_000
        bare = await _reference(sink, bootstrap, [*records, *lines], len(records))
    finally:
        await sink.stop()
    rate = payments / seconds
    return {
        "payments": payments,
        "freeze_and_approve_s": round(frozen_s, 2),
        "release_s": round(seconds, 2),
        "instructions_per_s": round(rate),
        "bare_producer_instructions_per_s": round(bare),
        "ratio": round(rate / bare, 3),
    }


async def _send(sink: KafkaSink, records: Sequence[Outgoing]) -> None:
    for at in range(0, len(records), CHUNK):
        await sink.send(records[at : at + CHUNK])


def _prepare_list(deployment: Deployment, payments: int) -> str:
    about = f"{PROGRAMME}|{CYCLE}"
    cycle: dict[str, Any] = {"programme": PROGRAMME, "cycle": CYCLE}
    poisha = payments * 1_000_000
    with deployment.client("treasury") as treasury:
        order(treasury, "allocate", PROGRAMME, CYCLE, poisha, "AL/bench")
        order(treasury, "release", PROGRAMME, CYCLE, poisha, "RE/bench")
    with deployment.client("operator") as operator:
        operator.send_command("payments", "cycle.open", about, {**cycle, "starts_on": STARTS.isoformat()})
        while True:
            operator.send_command("payments", "cycle.freeze", about, cycle)
            (*_, last) = _lists(operator, "frozen")
            if last["manifest"]["count"] == payments:
                break
            # Entitlements were still on their way: that list is sent back.
            number = {"number": last["number"], "reason": "not all are here yet"}
            operator.send_command("payments", "cycle.send-back", about, {**cycle, **number})
    manifest: str = last["manifest"]["hash"]
    for signer in SIGNERS:
        with deployment.client(signer) as client:
            given = {**cycle, "number": last["number"], "manifest": manifest[:16]}
            result = client.send_command("payments", "cycle.approve", about, given)
            if result.state != "done":
                raise SystemExit(f"{signer} could not sign: {result.reasons}")
    return str(last["number"])


def _lists(client: Any, state: str) -> list[dict[str, Any]]:
    until = monotonic() + 120
    while monotonic() < until:
        answer = client.request("GET", "payments", f"/v1/payrolls/{PROGRAMME}/{CYCLE}").json()
        lists: list[dict[str, Any]] = answer["lists"]
        if lists and lists[-1]["state"] == state:
            return lists
        sleep(0.2)
    raise SystemExit(f"the list did not become {state} in two minutes")


def _release(deployment: Deployment, number: str) -> None:
    with deployment.client("operator") as operator:
        given = {"programme": PROGRAMME, "cycle": CYCLE, "number": int(number)}
        operator.send_command("payments", "cycle.release", f"{PROGRAMME}|{CYCLE}", given)
        _lists(operator, "released")


async def _instructions(bootstrap: str, payments: int) -> list[Record]:
    records = [one async for one in read_topics(bootstrap, [topics.instruction("bkash")]) if isinstance(one, Record)]
    if len(records) != payments:
        raise SystemExit(f"{len(records)} instructions left, not {payments}")
    return records


async def _reference(sink: KafkaSink, bootstrap: str, records: Sequence[Record], instructions: int) -> float:
    """Instructions a second where nothing is decided or stored: the same bytes by the same producer."""
    await create_topics(bootstrap, [topics.Topic(SCRATCH, "as the original", ("bench",), ("bench",), ("bench",))])
    copies = [Outgoing(SCRATCH, one.key, one.value, one.headers, NO_INPUT) for one in records]
    began = perf_counter()
    await _send(sink, copies)
    seconds = perf_counter() - began
    ends = await log_bounds(bootstrap, [SCRATCH])
    if sum(bounds.end for bounds in ends.values()) != len(copies):
        raise SystemExit("the reference did not send everything")
    return instructions / seconds


@click.command()
@click.option("--payments", type=click.IntRange(100), default=20_000, show_default=True)
def main(payments: int) -> None:
    """Measure, and put the figures beside those of the other parts."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with local_or_given(os.environ.get("DSR_KAFKA"), FOLDER / "kafka") as bootstrap:
        figures = asyncio.run(measure(payments, bootstrap, FOLDER))
    rate, bare = figures["instructions_per_s"], figures["bare_producer_instructions_per_s"]
    bar = Bar(f"release >= {BAR:,} instructions/s", f"{rate:,}/s (bare producer {bare:,}/s)", rate >= BAR)
    sys.exit(0 if record("release", figures, [bar]) else 1)


if __name__ == "__main__":
    main()
