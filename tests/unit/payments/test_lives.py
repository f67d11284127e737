"""Whole lives of payments against honest providers, in any order of everything: the model is the providers' own books.

``DSR_TEST_LIVES`` says which (``0-60``); ``python -m bench.payments.lives`` runs 10,000.
"""

import os
from random import Random
from typing import Any

import msgspec
import orjson
import pytest

from sandbox.providers.attempts import Books as ProvidersBooks
from sandbox.providers.behaviour import always
from sandbox.providers.desk import Desk, Told
from sandbox.providers.modes import Delays, Mode
from services.payments.books.running import Books, differences, rebuilt
from services.payments.checks import findings
from services.payments.states import BACK, State
from shared.contracts.payment import Cancel, Inquire, Instruct, Report
from shared.stage.records import Record
from shared.store.tables import DECISIONS
from tests.unit.payments.test_pacing import OFFICE, paced
from tests.unit.payments.world import POISHA, POLICY, World, change, payee, paying, payment_of

pytestmark = pytest.mark.anyio

FIRST, LAST = map(int, os.environ.get("DSR_TEST_LIVES", "0-60").split("-"))
AT_ONCE = 20
AT_HOURS = paced(**OFFICE, instructions_per_minute_max=1)
MODELS: dict[bytes, type[Told]] = {
    b"payment.instruct.v1": Instruct,
    b"payment.inquire.v1": Inquire,
    b"payment.cancel.v1": Cancel,
}
ACTIONS = (
    *("tell", "tell", "late", "report", "report", "report", "time"),
    *("cancel", "retry", "retry", "retry", "account", "forge", "replay"),
)


class Provider:
    """An honest one, for as long as one payment lives. What it says arrives when and as often as we let it."""

    def __init__(self, code: str, random: Random) -> None:
        self.code, self._random = code, random
        self.books = ProvidersBooks()
        self._desks = {mode: Desk(POLICY.providers[code], always(mode), Delays(return_s=1.0)) for mode in Mode}
        self._modes: dict[str, Mode] = {}

    def _desk(self, attempt_ref: str) -> Desk:
        return self._desks[self._modes.setdefault(attempt_ref, self._random.choice(list(Mode)))]

    def take(self, told: Told, now_us: int) -> list[Report]:
        return [said.report for said in self._desk(told.attempt_ref).take(told, self.books, now_us)]

    def late(self, now_us: int) -> list[Report]:
        if not self.books.due:
            return []
        due = self.books.due.pop(self._random.randrange(len(self.books.due)))
        return [said.report for said in self._desk(due.attempt_ref).fall_due(due, self.books, now_us)]

    @property
    def has_paid(self) -> int:
        """How often it has paid, less what came back."""
        return sum(1 if moved.kind == "credited" else -1 for moved in self.books.movements)


class Life:
    """One payment, and everything that can happen to it."""

    def __init__(self, made: World, random: Random) -> None:
        self.made, self.random = made, random
        self.providers = {code: Provider(code, random) for code in ("bkash", "nagad")}
        self.fed: list[Record] = []
        self.said: list[tuple[str, Report]] = []
        self.changes = 1
        self.told = 0

    async def feed(self, *records: Record) -> None:
        self.fed += records
        await self.made.feed(*records)
        await self.made.settle()

    def messages(self) -> list[tuple[str, Told]]:
        found = []
        for out in self.made.sink.sent:
            kind = next((content for name, content in out.headers if name == "ce_type"), b"")
            if kind in MODELS:
                found.append((out.topic.split(".")[2], MODELS[kind].read(out.value or b"")))
        return found

    async def tell(self) -> None:
        """The next message arrives, or one that has arrived before."""
        messages = self.messages()
        if not messages:
            return
        again = self.random.random() < 0.2 or self.told >= len(messages)
        code, told = self.random.choice(messages) if again else messages[self.told]
        self.told += not again
        self.said += [(code, one) for one in self.providers[code].take(told, self.made.now)]
        assert sum(provider.has_paid for provider in self.providers.values()) <= 1

    async def late(self) -> None:
        provider = self.random.choice(list(self.providers.values()))
        self.said += [(provider.code, one) for one in provider.late(self.made.now)]

    async def report(self) -> None:
        if self.said:
            place = self.random.randrange(len(self.said))
            code, report = self.said[place] if self.random.random() < 0.3 else self.said.pop(place)
            await self.feed(self.made.topics.report(report, code))

    async def time(self) -> None:
        await self.made.sweep(self.random.choice([1, 30, 400]))

    async def command(self, name: str, by: str, **arguments: Any) -> dict[str, Any]:
        record = self.made.topics.command(name, by=by, **arguments)
        await self.feed(record)
        (row,) = await self.made.store.find(DECISIONS, "subject", [orjson.loads(record.value or b"")["command_id"]])
        found: dict[str, Any] = orjson.loads(row.body).get("result", {})
        return found

    async def cancel(self) -> None:
        await self.command("payment.cancel", "first", payment_id=payment_of(1), reason="drawn by lot")

    async def retry(self) -> None:
        asked = await self.command("payment.retry", "first", payment_id=payment_of(1), reason="drawn by lot")
        if "proposal" in asked:
            await self.command("payment.confirm", self.random.choice(["first", "second"]), proposal=asked["proposal"])

    async def account(self) -> None:
        self.changes += 1
        given = payee(self.random.randrange(3), self.random.choice(["bkash", "nagad"]))
        event = change(1, payee_=given, change="payee_changed", n=self.changes)
        await self.feed(self.made.topics.change(event))

    async def forge(self) -> None:
        """A report that cannot be true moves nothing."""
        if not self.said:
            return
        code, report = self.random.choice(self.said)
        forged: dict[str, Any] = self.random.choice(
            [
                {"amount_poisha": POISHA + 1, "kind": "credited"},
                {"attempt": report.attempt + 9, "attempt_ref": report.attempt_ref[:-2] + "99"},
                {"account": "01999999999"},
            ]
        )
        before = await self.made.rows(1)
        await self.feed(self.made.topics.report(msgspec.structs.replace(report, **forged), code))
        assert await self.made.rows(1) == before

    async def replay(self) -> None:
        await self.made.feed(self.random.choice(self.fed))

    async def live(self) -> None:
        await self.feed(self.made.topics.change(change(1)))
        for _ in range(self.random.randint(8, 24)):
            await getattr(self, self.random.choice(ACTIONS))()

    async def end(self) -> None:
        """Everything arrives in the end, and the journal says what the providers' books say."""
        while self.told < len(self.messages()):
            await self.tell()
        for provider in self.providers.values():
            while provider.books.due:
                self.said += [(provider.code, one) for one in provider.late(self.made.now)]
        for code, report in self.said:
            await self.feed(self.made.topics.report(report, code))
        paid = sum(provider.has_paid for provider in self.providers.values())
        assert paid in (0, 1)
        payment = await self.made.payment(1)
        if payment.state in (State.CREDITED, State.WITHDRAWN):
            assert paid == 1
        if payment.state in BACK:
            assert paid == 0
        assert all(finding.holds for finding in await findings(self.made.store))
        books, anew = Books.begin(self.made.store, POLICY), await rebuilt(self.made.store)
        await books.catch_up()
        assert differences(anew, books.ledger) == []


@pytest.mark.parametrize("start", range(FIRST, LAST, AT_ONCE))
async def test_in_any_order_of_everything_nobody_is_paid_twice_and_the_books_agree(start: int) -> None:
    for seed in range(start, start + AT_ONCE):
        # Every fourth one with providers that work at hours and take one instruction a minute.
        life = Life(await paying(AT_HOURS if seed % 4 == 3 else POLICY), Random(seed))
        try:
            await life.live()
            await life.end()
        except AssertionError as broken:
            broken.add_note(f"life number {seed}")
            raise
