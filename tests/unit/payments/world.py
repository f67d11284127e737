"""A payments service on a store in memory: both its consumers, their records, and what they sent."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, ParamSpec
from uuid import UUID, uuid5

import msgspec
import orjson
import pytest

from services.payments.commands import command_stage
from services.payments.ids import attempt_ref, payment_id
from services.payments.payment import Payment
from services.payments.publish import is_transition
from services.payments.scheduler import Scheduler
from services.payments.sending.disburse import Disburser
from services.payments.stage import PaymentsStage
from services.payments.tables import TABLES
from services.payments.view import View
from shared import topics
from shared.contracts.command import Command
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.payment import Report
from shared.contracts.person import Name, Payee
from shared.contracts.status import StatusLine
from shared.envelope import Envelope
from shared.policy import Policy
from shared.stage.lease import Lease
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.runner import Runner
from shared.stage.tables import RUNTIME
from shared.store.memory import Memory, MemoryStore
from shared.store.tables import DECISIONS, FATES, Decision
from tests.shipped import shipped_policy
from tests.unit.clock import Clock
from tests.unit.stage.echo import ListSink

POLICY = shipped_policy()
PROGRAMME, CYCLE = "old_age", "2026-q3"
STARTS = date(2026, 7, 1)
POISHA = POLICY.programmes[PROGRAMME].cycle_poisha("default", STARTS)
NAMESPACE = UUID("00000000-0000-5000-8000-000000000000")
MANIFEST_KEY = bytes(32)
AT = datetime(2026, 7, 1, tzinfo=UTC)
PLENTY = POISHA * 1_000_000
Before = Callable[[str], Awaitable[None]]
P = ParamSpec("P")


def entitlement_id(number: int) -> str:
    return str(uuid5(NAMESPACE, f"entitlement {number}"))


def payment_of(number: int, cycle: str = CYCLE) -> str:
    return payment_id(PROGRAMME, cycle, entitlement_id(number))


def payee(number: int = 1, provider: str = "bkash", account: str | None = None) -> Payee:
    return Payee(
        kind="self", provider=provider, account=account or f"017{number:08d}", holder_name=Name(en="Generated Person")
    )


NO_PAYEE = object()


def change(number: int, *, payee_: Any = None, **fields: Any) -> EntitlementChanged:
    given = payee(number) if payee_ is None else None if payee_ is NO_PAYEE else payee_
    content: dict[str, Any] = {
        "entitlement_id": entitlement_id(number),
        "application_id": f"a{number}",
        "source": "dss",
        "source_ref": f"ref-{number}",
        "revision": 1,
        "n": 1,
        "change": "granted",
        "programme": PROGRAMME,
        "rate_class": "default",
        "starts_on": date(2026, 7, 1),
        "person_id": f"p{number}",
        "cluster": (f"p{number}",),
        "area": "3026",
        "payee": given,
        "received_at": datetime(2026, 7, 1, tzinfo=UTC),
    }
    return EntitlementChanged(**{**content, **fields})


def report(number: int, kind: str, **fields: Any) -> Report:
    named = payment_of(number)
    content: dict[str, Any] = {
        "payment_id": named,
        "attempt": 1,
        "attempt_ref": attempt_ref(named, 1),
        "kind": kind,
        "amount_poisha": POISHA,
        "account": f"017{number:08d}",
        "account_state": "active" if kind == "credited" else None,
        "at": datetime(2026, 7, 2, tzinfo=UTC),
    }
    return Report(**{**content, **fields})


class Topics:
    """Gives offsets: one Kafka, shared by all instances of a test."""

    def __init__(self) -> None:
        self._ends: dict[str, int] = {}

    def copy(self) -> "Topics":
        copy = Topics()
        copy._ends |= self._ends
        return copy

    def place(self, topic: str) -> Origin:
        offset = self._ends.get(topic, 0)
        self._ends[topic] = offset + 1
        return Origin(topic, 0, offset)

    def record(self, topic: str, type_: str, key: str, value: bytes, source: str = "/test") -> Record:
        envelope = Envelope(f"{topic}-{self._ends.get(topic, 0)}", source, type_)
        return Record(self.place(topic), key.encode(), value, envelope.to_headers(), 1)

    def change(self, event: EntitlementChanged) -> Record:
        return self.record(topics.ENTITLEMENT_CHANGED, "entitlement.changed.v1", event.entitlement_id, event.write())

    def report(self, event: Report, provider: str = "bkash", source: str = "/test") -> Record:
        return self.record(topics.report(provider), "payment.report.v1", event.payment_id, event.write(), source)

    def command(
        self,
        name: str,
        about: str = "x",
        by: str = "tester",
        roles: tuple[str, ...] = (),
        at: datetime = AT,
        **arguments: Any,
    ) -> Record:
        place = self._ends.get(topics.command("payments"), 0)
        command = Command(
            command_id=str(uuid5(NAMESPACE, f"command {place}")),
            name=name,
            about=about,
            by=by,
            roles=roles,
            at=at,
            arguments=arguments,
        )
        return self.record(topics.command("payments"), "payments.command.v1", about, command.write())

    def sent(self, outgoing: Outgoing) -> Record:
        """What a service sent, as its consumer reads it."""
        assert outgoing.value is not None
        return Record(self.place(outgoing.topic), outgoing.key, outgoing.value, outgoing.headers, 1)


class World:
    """One instance. Others on the same ``memory`` and ``topics`` are further instances of the same service."""

    def __init__(
        self,
        memory: Memory | None = None,
        topics_: Topics | None = None,
        before: Before | None = None,
        piece: int = 500,
        policy: Policy = POLICY,
    ) -> None:
        self.memory, self.topics, self.policy, self._piece = memory or Memory(), topics_ or Topics(), policy, piece
        self.now_us = Clock(1_783_000_000_000_000)
        self.store = MemoryStore(self.memory, before)
        self.sink = ListSink(before=before)
        self.disburser = Disburser(self.store, policy, now_us=self.now_us, factor=1.0)
        self.scheduler = Scheduler(self.store, self.sink, now_us=self.now_us)
        self._main = self._runner(PaymentsStage(self.store, policy, self.disburser, now_us=self.now_us), "payments")
        self.view = View(self.store, policy, now_us=self.now_us, recent=self.disburser.recent)
        desk = command_stage(
            self.store,
            policy,
            self.disburser,
            ledger=self.view.ledger,
            now_us=self.now_us,
            manifest_key=MANIFEST_KEY,
            piece=piece,
        )
        self._commands = self._runner(desk, "payments-commands")
        self._taken = 0

    def _runner(self, stage: Any, group: str) -> Runner[Any]:
        sources = self.policy.sources
        return Runner(
            stage,
            self.store,
            self.sink,
            group=group,
            now_us=self.now_us,
            observer=Silent(),
            may_miss=lambda topic: topics.is_status_of_none(topic, sources),
        )

    @property
    def now(self) -> int:
        return self.now_us.now

    @now.setter
    def now(self, now: int) -> None:
        self.now_us.now = now

    async def opened(self) -> "World":
        await self.store.open((*RUNTIME, *TABLES))
        return self

    async def another(self, policy: Policy | None = None) -> "World":
        """The same world up to now, to go on from apart from this one, as after a restart (under ``policy``)."""
        other = World(self.memory.copy(), self.topics.copy(), piece=self._piece, policy=policy or self.policy)
        other.now, other._taken = self.now, self._taken
        other.sink.sent += self.sink.sent
        return await other.opened()

    async def feed(self, *records: Record) -> None:
        """Let the consumer that reads them process the records, in one batch."""
        runner = self._commands if records[0].origin.topic == topics.command("payments") else self._main
        await runner.process(Batch(tuple(records)), Lease(1.0, lambda: 0.0))

    async def settle(self) -> None:
        """Read back the commands that the service sent itself, until it sends no more."""
        while self._taken < len(self.sink.sent):
            outgoing = self.sink.sent[self._taken]
            self._taken += 1
            if outgoing.topic == topics.command("payments"):
                await self.feed(self.topics.sent(outgoing))

    async def command(self, name: str, **arguments: Any) -> None:
        await self.feed(self.topics.command(name, programme=PROGRAMME, **arguments))
        await self.settle()

    async def open_cycle(self, cycle: str = CYCLE) -> None:
        await self.command("cycle.open", cycle=cycle, starts_on=STARTS.isoformat())

    async def fund(self, allocated: int = PLENTY, released: int = PLENTY, ref: str = "1") -> None:
        if allocated:
            await self.command("treasury.allocate", cycle=CYCLE, poisha=allocated, order_ref=f"A-{ref}")
        if released:
            await self.command("treasury.release", cycle=CYCLE, poisha=released, order_ref=f"R-{ref}")

    async def vouch(self, number: int) -> None:
        """A second person confirms a changed account, and it cools off."""
        named = entitlement_id(number)
        await self.feed(self.topics.command("account.confirm", by="second", entitlement_id=named))
        await self.settle()
        await self.sweep(73)

    async def rows(self, number: int) -> list[Decision]:
        return [row for row in await self.store.find(DECISIONS, "subject", [payment_of(number)]) if is_transition(row)]

    async def state(self, number: int) -> str | None:
        rows = await self.rows(number)
        return rows[-1].state if rows else None

    async def payment(self, number: int) -> Payment:
        return Payment.read((await self.rows(number))[-1].body)

    async def kind_of(self, record: Record) -> str:
        return (await self.store.get(FATES, [record.origin]))[record.origin].kind

    def messages(self, type_: str) -> list[Any]:
        """The contents of what was sent under a message type, replays included."""
        wanted = ("ce_type", type_.encode())
        return [orjson.loads(out.value or b"") for out in self.sink.sent if wanted in out.headers]

    def lines(self, number: int) -> list[StatusLine]:
        found = msgspec.convert(self.messages("application.status.v1"), list[StatusLine])
        return [line for line in found if line.subject == payment_of(number)]

    async def sweep(self, hours: float) -> int:
        """Let time pass, look for what is due, and let the commands be carried out."""
        self.now += int(hours * 3_600_000_000)
        asked = await self.scheduler.look()
        await self.settle()
        return asked


class Crash(BaseException):
    """The process ends here."""


_OPERATIONS_MAX: Final = 200


def each_operation(first: int) -> Iterator[int]:
    """The operations of a batch, one after the other; fails after more of them than a batch of a test takes."""
    yield from range(first, _OPERATIONS_MAX)
    pytest.fail("a batch takes more operations than were tried")


class Budget:
    """Lets so many store and sink operations through, then ends the process."""

    def __init__(self, count: int) -> None:
        self.left = count

    async def __call__(self, name: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crash(name)


async def world(**options: Any) -> World:
    return await World(**options).opened()


def once(make: Callable[P, Coroutine[Any, Any, World]]) -> Callable[P, Coroutine[Any, Any, World]]:
    """Make the world that many tests begin with once for given arguments, and give each of them another one like it."""
    made: dict[Any, World] = {}

    async def another(*args: P.args, **kwargs: P.kwargs) -> World:
        given = (args, *kwargs.items())
        if given not in made:
            made[given] = await make(*args, **kwargs)
        return await made[given].another()

    return another


async def begun(**options: Any) -> World:
    """A world with an open cycle and plenty of money, from the very beginning."""
    made = await world(**options)
    await made.fund()
    await made.open_cycle()
    return made


_begun = once(begun)


async def paying(policy: Policy = POLICY) -> World:
    """A world with an open cycle and plenty of money; ``policy`` differs from the shipped one in its providers."""
    made = await _begun()
    return made if policy is POLICY else await made.another(policy)


@once
async def instructed() -> World:
    """One payment is with its provider."""
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    return made


def by_first(sent: Sequence[Outgoing]) -> dict[tuple[str, bytes | None, bytes | None], tuple[Any, ...]]:
    """What was sent, by event id: equal ids must be equal bytes."""
    found: dict[Any, Any] = {}
    for out in sent:
        identity = next(content for name, content in out.headers if name == "ce_id")
        bytes_ = (out.topic, out.key, out.value, out.headers)
        assert found.setdefault(identity, bytes_) == bytes_, f"{identity!r} was sent with other bytes"
    return found
