"""The whole system as six processes, and a test's ways in and out: records and reports in, answers and letters out."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from time import monotonic, sleep
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaProducer
from anyio.from_thread import BlockingPortal

from sandbox.deployment.deployment import Deployment
from sandbox.principals import client_of
from shared import topics
from shared.contracts.base import Contract, Event
from shared.contracts.chain import Validated
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.payment import Instruct, Report
from shared.contracts.status import StatusLine
from shared.envelope import Envelope
from shared.http.client import Client
from shared.policy.dates import policy_date
from shared.stage.messages import submission_id
from shared.stage.records import Headers, Origin, Record
from tests.integration.bad_input.ears import PATIENCE_S, Ears
from tests.integration.bad_input.people import Form, People

SUBMITTED = "application.submitted.v1"


class Sent(NamedTuple):
    """A record to send."""

    value: bytes | None
    headers: Headers
    key: bytes | None = b"any"


def event(content: Form | Contract | Event, type_: str = SUBMITTED, sender: str = "/outside") -> Sent:
    """A record with an envelope in order."""
    value = content.write() if isinstance(content, Contract | Event) else orjson.dumps(content)
    return Sent(value, Envelope("1", sender, type_).to_headers())


class World:
    """A running system. ``people`` gives every test applicants of its own, so that tests do not meet."""

    def __init__(self, deployment: Deployment, portal: BlockingPortal, ears: Ears, people: People) -> None:
        self.deployment, self.people = deployment, people
        self._portal, self._ears = portal, ears
        self._producer = portal.call(self._connect)

    async def _connect(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(bootstrap_servers=self.deployment.bootstrap)
        await producer.start()
        return producer

    @property
    def today(self) -> date:
        """The Dhaka date."""
        return policy_date(datetime.now(UTC))

    def call(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something else with Kafka."""
        self._portal.call(work)

    def close(self) -> None:
        """Disconnect."""
        self._portal.call(self._producer.stop)

    def send(self, topic: str, *records: Sent, partition: int = 0) -> list[Origin]:
        """Send records as one batch, so that they are neighbours; returns where they stand."""

        async def send() -> list[Origin]:
            batch = self._producer.create_batch()
            for sent in records:
                written = batch.append(timestamp=None, key=sent.key, value=sent.value, headers=list(sent.headers))
                assert written is not None, "it fits into one batch"
            await self._producer.partitions_for(topic)
            first = await (await self._producer.send_batch(batch, topic, partition=partition))
            return [Origin(topic, partition, first.offset + place) for place in range(len(records))]

        origins: list[Origin] = self._portal.call(send)
        return origins

    def submit(self, *forms: Form | Sent, source: str = "lgd") -> list[Origin]:
        """Submit forms of a source as one batch."""
        sent = [form if isinstance(form, Sent) else event(form) for form in forms]
        return self.send(topics.submitted(source), *sent)

    def heard(self, topic: str) -> list[Record]:
        """What has come so far in a topic that is listened to."""
        return self._ears.heard(topic)

    def line(self, form: Form, stage: str, state: str | None = None, source: str = "lgd") -> StatusLine:
        """What a stage says of this revision of an application; of the state given, if one is."""

        def look(record: Record) -> StatusLine | None:
            line = StatusLine.read(record.value or b"")
            named = (line.source_ref, line.revision, line.stage) == (form["source_ref"], form["revision"], stage)
            return line if named and line.about == "application" and state in (None, line.state) else None

        return self._ears.until(topics.status(source), look, f"{state or 'a line'} of {stage}")

    def answer(self, origin: Origin, source: str = "lgd") -> StatusLine:
        """The answer to one submission."""

        def look(record: Record) -> StatusLine | None:
            line = StatusLine.read(record.value or b"")
            return line if line.about == "submission" and line.submission == submission_id(origin) else None

        return self._ears.until(topics.status(source), look, f"the answer to offset {origin.offset}")

    def answers_to(self, origin: Origin, source: str = "lgd") -> list[StatusLine]:
        """All answers to one submission that have come so far."""
        lines = [StatusLine.read(record.value or b"") for record in self._ears.heard(topics.status(source))]
        return [line for line in lines if line.submission == submission_id(origin)]

    def letter(self, origin: Origin, group: str) -> Record:
        """The dead letter of a record."""

        def look(record: Record) -> Record | None:
            place = (record.header("dlq_partition"), record.header("dlq_offset"))
            return record if place == (b"%d" % origin.partition, b"%d" % origin.offset) else None

        return self._ears.until(topics.dead_letters(origin.topic, group), look, f"the letter of {origin}")

    def validated(self, form: Form) -> Validated:
        """What intake passes on of this revision."""

        def look(record: Record) -> Validated | None:
            event = Validated.read(record.value or b"")
            return event if (event.source_ref, event.revision) == (form["source_ref"], form["revision"]) else None

        return self._ears.until(topics.VALIDATED, look, "the accepted application")

    def change(self, form: Form) -> EntitlementChanged:
        """What enrolment tells payments because of this revision."""

        def look(record: Record) -> EntitlementChanged | None:
            if record.header("ce_type") != b"entitlement.changed.v1":
                return None
            event = EntitlementChanged.read(record.value or b"")
            return event if (event.source_ref, event.revision) == (form["source_ref"], form["revision"]) else None

        return self._ears.until(topics.ENTITLEMENT_CHANGED, look, "the change of the entitlement")

    def instruction(self, payment_id: str, provider: str = "bkash") -> Instruct:
        """What the provider is told to pay."""

        def look(record: Record) -> Instruct | None:
            instruct = Instruct.read(record.value or b"")
            return instruct if instruct.payment_id == payment_id else None

        return self._ears.until(topics.instruction(provider), look, f"the instruction {payment_id}")

    def times_instructed(self, payment_id: str, provider: str = "bkash") -> int:
        """How often the provider has been told of a payment so far, as soon as it has been at all.

        Topics are heard one by one: the line of a payment may come before its instruction does.
        """
        self.instruction(payment_id, provider)
        heard = self._ears.heard(topics.instruction(provider))
        return sum(Instruct.read(record.value or b"").payment_id == payment_id for record in heard)

    def report(self, *reports: Report, provider: str = "bkash") -> list[Origin]:
        """Report as a provider, in one batch."""
        sent = [event(report, "payment.report.v1", f"/{provider}") for report in reports]
        return self.send(topics.report(provider), *sent)

    def client(self, principal: str = "operator") -> Client:
        """An HTTP client with this principal's key; a context manager."""
        return client_of(self.deployment.settings(), self.deployment.secrets.keys[principal])

    def get(self, stage: str, path: str, principal: str = "operator", **params: str | int) -> Any:
        """Ask a service."""
        with self.client(principal) as client:
            return client.request("GET", stage, path, params=params).json()

    def payment(self, payment_id: str, is_so: Callable[[Any], bool]) -> Any:
        """One payment, as soon as it is so."""
        return self._look("payments", f"/v1/payments/{payment_id}", "operator", is_so)

    def shown(self, form: Form, is_so: Callable[[Any], bool], source: str = "lgd") -> Any:
        """An application as its source is shown it, as soon as it is so."""
        return self._look("notify", "/v1/applications", f"source:{source}", is_so, source_ref=form["source_ref"])

    def _look(self, stage: str, path: str, principal: str, is_so: Callable[[Any], bool], **params: str) -> Any:
        deadline = monotonic() + PATIENCE_S
        while not is_so(seen := self.get(stage, path, principal, **params)):
            assert monotonic() < deadline, f"{path} stays {seen}"
            sleep(0.05)
        return seen


def bilingual(lines: Sequence[StatusLine]) -> bool:
    """Whether every reason is told in English and in Bangla."""
    reasons = [reason for line in lines for reason in line.reasons]
    return bool(reasons) and all(
        reason.text_en.isascii() and any("ঀ" <= letter <= "৿" for letter in reason.text_bn) for reason in reasons
    )
