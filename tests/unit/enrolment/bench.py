"""Enrolment on a store in memory: people, committees and operators for its tests, all through the Runner."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson

from services.enrolment.commands import Desk
from services.enrolment.filler import Filler
from services.enrolment.logbook import Logbook
from services.enrolment.stage import EnrolmentStage
from services.enrolment.tables import TABLES
from shared import topics
from shared.contracts.chain import Cleared, Rank
from shared.contracts.command import Command, SelectionDecided
from shared.contracts.person import Address, Name, Payee
from shared.envelope import Envelope, event_id
from shared.policy import Policy
from shared.stage.commands import CommandStage
from shared.stage.lease import Lease
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Record
from shared.stage.runner import Runner
from shared.store.memory import Memory, MemoryStore
from shared.store.tables import COMMON, DECISIONS, FATES
from tests.shipped import shipped_policy
from tests.unit.clock import Clock
from tests.unit.stage.echo import ListSink

AREA = "3026000110"
RECEIVED = datetime(2026, 8, 1, tzinfo=UTC)


@cache
def policy(places: int) -> Policy:
    """The shipped policy with so many places in every cell."""
    shipped = shipped_policy()
    programmes = {
        code: each.model_copy(update={"quota": each.quota.model_copy(update={"per_cell": places, "cells": {}})})
        for code, each in shipped.programmes.items()
    }
    return replace(shipped, programmes=programmes)


def payee(account: str = "01711111111") -> Payee:
    """An account of the applicant's own."""
    return Payee(kind="self", provider="bkash", account=account, holder_name=Name(en="A"))


def cleared(name: str, programme: str = "disability", **more: Any) -> Cleared:
    """An application that dedup has cleared; ``order`` and ``minute`` (of receipt) set its rank."""
    order, minute = more.pop("order", 1.0), more.pop("minute", 0)
    area = more.pop("area", AREA)
    person = more.pop("person", f"p-{name}")
    return Cleared(
        **{
            "application_id": name,
            "source": "msw",
            "source_ref": f"ref-{name}",
            "revision": 1,
            "n": 1,
            "programme": programme,
            "received_at": RECEIVED + timedelta(minutes=minute),
            "person_id": person,
            "cluster": (person,),
            "permanent_address": Address(
                division=area[:2], district=area[2:4], city_corporation=area[4:6], upazila=area[6:8], union=area[8:]
            ),
            "payee": payee(),
            "rank": Rank(order=order),
            "outcome": "passed",
            "rate_class": "default",
            **more,
        }
    )


class Feed:
    """Gives records their offsets: one partition for each topic."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def record(self, topic: str, key: str, type_: str, value: bytes) -> Record:
        offset = self._next.get(topic, 0)
        self._next[topic] = offset + 1
        envelope = Envelope(event_id("test", type_, key, 0, offset), "/test", type_)
        return Record(Origin(topic, 0, offset), key.encode(), value, envelope.to_headers(), 1_000_000 + offset)

    def cleared(self, event: Cleared) -> Record:
        return self.record(topics.CLEARED, event.application_id, "application.cleared.v1", event.write())

    def selected(self, name: str, round_id: str, selected: bool = True, **more: Any) -> Record:
        command_id = more.pop("command_id", event_id("test", "selection", name, 0, self._next.get("s", 0)))
        self._next["s"] = self._next.get("s", 0) + 1
        event = SelectionDecided(
            command_id=command_id,
            application_id=name,
            round_id=round_id,
            selected=selected,
            by="uc",
            at=RECEIVED,
            **more,
        )
        return self.record(topics.SELECTION_DECIDED, name, "selection.decided.v1", event.write())

    def command(self, name: str, about: str, arguments: Mapping[str, Any] | None = None) -> Record:
        topic = topics.command("enrolment")
        command_id = event_id("test", "command", name, 0, self._next.get(topic, 0))
        event = Command(command_id=command_id, name=name, about=about, by="op", at=RECEIVED, arguments=arguments or {})
        return self.record(topic, about, "enrolment.command.v1", event.write())


class Bench:
    """One instance of enrolment on a memory that outlives it."""

    def __init__(
        self,
        memory: Memory,
        places: int = 2,
        before: Callable[[str], Awaitable[None]] | None = None,
        feed: Feed | None = None,
    ) -> None:
        self.tick = Clock(1_788_000_000_000_000)
        self.store, self.sink = MemoryStore(memory, before), ListSink(before=before)
        self.feed = feed or Feed()
        rules = policy(places)
        logbook = Logbook(self.store, self.tick)
        desk = Desk(rules, self.store, logbook, self.tick)
        self.filler = Filler(rules, self.store, logbook, self.sink, self.tick)
        stages = (
            EnrolmentStage(rules, self.store, logbook, self.tick),
            CommandStage("enrolment", "p", self.store, desk.handlers(), desk.emitters(), now_us=self.tick),
        )
        self.main, self.commands = (
            Runner(stage, self.store, self.sink, group="g", now_us=self.tick, observer=Silent()) for stage in stages
        )

    async def open(self) -> "Bench":
        await self.store.open((*COMMON, UNDELIVERED, *TABLES))
        return self

    async def take(self, *records: Record) -> None:
        """One batch of the main consumer."""
        await self.main.process(Batch(tuple(records)), Lease(deadline=1.0, clock=lambda: 0.0))

    async def arrive(self, *events: Cleared) -> None:
        await self.take(*(self.feed.cleared(event) for event in events))

    async def ask(self, name: str, about: str, arguments: Mapping[str, Any] | None = None) -> str:
        """One command, and all that enrolment asks of itself after it; the state of the answer."""
        record = self.feed.command(name, about, arguments)
        await self.order(record)
        await self.settle()
        command = Command.read(record.value or b"")
        (row,) = await self.store.find(DECISIONS, "subject", [command.command_id])
        return row.state

    async def order(self, *records: Record) -> None:
        """One batch of the command consumer."""
        await self.commands.process(Batch(records), Lease(deadline=1.0, clock=lambda: 0.0))

    async def settle(self) -> None:
        """Give enrolment the commands that it has sent to itself, until it sends none."""
        while await self.filler.look() or self._commands_sent():
            await self._give_commands()

    def _commands_sent(self) -> bool:
        return any(item.topic == topics.command("enrolment") for item in self.sink.sent)

    async def _give_commands(self) -> None:
        while waiting := [item for item in self.sink.sent if item.topic == topics.command("enrolment")]:
            self.sink.sent = [item for item in self.sink.sent if item.topic != topics.command("enrolment")]
            await self.order(
                *(self.feed.record(item.topic, (item.key or b"").decode(), "enrolment.command.v1", item.value or b"")
                  for item in waiting)
            )  # fmt: skip

    async def close_round(self, programme: str = "old_age") -> str:
        """Open a round if none is, and close it; its id."""
        await self.ask("round.open", programme)
        assert await self.ask("round.close", programme) == "done"
        rows = [row async for row in self.store.scan(DECISIONS) if b'"cells"' in row.body]
        round_id: str = orjson.loads(max(rows, key=lambda row: row.at_us).body)["result"]["round_id"]
        return round_id

    async def states(self) -> dict[str, str]:
        """The latest state of each application."""
        return {row.subject: row.state async for row in self.store.scan(DECISIONS) if b'"version"' in row.body}

    async def fates(self) -> list[str]:
        """The kinds of all fates, by origin."""
        return [row.kind async for row in self.store.scan(FATES)]

    def changes(self) -> list[tuple[str, str, int, int]]:
        """What payments were told: application, change, revision, n."""
        told = [orjson.loads(item.value or b"") for item in self.sink.sent if item.topic == topics.ENTITLEMENT_CHANGED]
        return [(each["application_id"], each["change"], each["revision"], each["n"]) for each in told]


async def bench(places: int = 2) -> Bench:
    """A fresh one."""
    return await Bench(Memory(), places).open()
