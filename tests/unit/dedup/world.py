"""Dedup's stages over a store in memory and a Kafka that is a list: processes, crashes and interleavings to order."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from services.dedup.adjudicate import Adjudicator
from services.dedup.commands import Desk
from services.dedup.index import BLOCK_MAX, Index, ref_of
from services.dedup.listed import PairDesk
from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.bangladesh.person import record_of
from services.dedup.matching.engine import Engine
from services.dedup.publish import Publisher
from services.dedup.register import Entry, Register
from services.dedup.reopen import Reopener
from services.dedup.ruling import Ruling, read
from services.dedup.stage import DedupStage
from services.dedup.sweeper import Sweeper, Watch
from services.dedup.tables import TABLES, RevisionRow
from services.dedup.verdicts import Verdicts
from shared import topics
from shared.contracts.command import ReviewDecided
from shared.contracts.person import Person
from shared.envelope import Envelope
from shared.policy.reviews import DUPLICATES, ReviewPolicy
from shared.stage.commands import CommandStage
from shared.stage.lease import Lease
from shared.stage.messages import moment
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.runner import Runner
from shared.store.memory import Memory, MemoryStore
from shared.store.port import Store
from shared.store.tables import COMMON, DECISIONS, FATES, Decision
from tests.unit.dedup.engine.people import model
from tests.unit.dedup.people import record, scored
from tests.unit.store.interleaving import Turns

MODEL = Path(__file__).parents[3] / "deploy" / "matching" / "bangladesh.json"
ENGINE = Engine(NORMALISER, model(), b"k" * 32)
RULES = ReviewPolicy(code=DUPLICATES, claim_minutes=30, second_person=True, basis="assumed", source="test")
Before = Callable[[str], Awaitable[None]]


class ListSink:
    """What was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def start(self) -> None: ...

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        self.sent += outgoing

    async def stop(self) -> None: ...


@dataclass
class Process:
    """One instance of the service: its stages, its sweeper, its own connection to the store."""

    store: Store
    sink: ListSink
    now_us: Callable[[], int]
    watch: Watch = field(default_factory=Watch)
    block_max: int = BLOCK_MAX
    truncated: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        index = Index(self.store, ENGINE, self.block_max, 4 * self.block_max)
        register = self.register = Register(self.store, index)
        adjudicator = Adjudicator(
            self.store, register, ENGINE, "policy", self.now_us, lambda kind: self.truncated.update([kind])
        )
        reopener = Reopener(register, adjudicator)
        publisher = Publisher(register)
        self.stage = DedupStage(
            "policy",
            register,
            ENGINE,
            adjudicator,
            reopener,
            publisher,
            Verdicts(register, RULES),
            self.watch.change,
            self.watch.hold,
        )
        desk = Desk(register, reopener, publisher, RULES)
        handlers = {**desk.handlers(), **PairDesk(self.store, register, RULES).handlers()}
        self.commands = CommandStage("dedup", "policy", self.store, handlers, desk.emitters(), now_us=self.now_us)
        self.sweeper = Sweeper(self.store, register, self.sink, self.watch, self.now_us)
        self._main = self._runner(self.stage, topics.GROUPS["dedup"])
        self._commands = self._runner(self.commands, topics.COMMAND_GROUPS["dedup"])

    def _runner(self, stage: object, group: str) -> Runner[object]:
        return Runner(stage, self.store, self.sink, group=group, now_us=self.now_us, observer=Silent())  # type: ignore[arg-type]

    async def process(self, *records: Record) -> None:
        """Take a batch of the main topics."""
        await self._main.process(Batch(records), Lease(float("inf"), lambda: 0.0))

    async def obey(self, *records: Record) -> None:
        """Take a batch of commands."""
        await self._commands.process(Batch(records), Lease(float("inf"), lambda: 0.0))


class World:
    """The store, the topics, and a clock that counts calls."""

    def __init__(self) -> None:
        self.memory, self.sink = Memory(), ListSink()
        self._clock, self._offset, self._swept = 0, 0, 0

    def copy(self) -> "World":
        """A world in which the same has happened so far, for processes of its own."""
        other = World()
        other.memory, other.sink.sent = self.memory.copy(), list(self.sink.sent)
        other._clock, other._offset, other._swept = self._clock, self._offset, self._swept
        return other

    def now_us(self) -> int:
        self._clock += 1
        return self._clock

    async def instance(
        self, before: Before | None = None, store: Store | None = None, block_max: int = BLOCK_MAX
    ) -> Process:
        """A process of its own."""
        store = store or MemoryStore(self.memory, before)
        await store.open((*COMMON, UNDELIVERED, *TABLES))
        return Process(store, self.sink, self.now_us, block_max=block_max)

    def rival(self, turns: Turns) -> Process:
        """A process that waits for its turn at every call of the store."""
        (opened,) = turns.run(self.instance(turns.before))
        assert isinstance(opened, Process)
        return opened

    def offset(self) -> int:
        self._offset += 1
        return self._offset

    def record(self, name: str, *arguments: object, **changes: object) -> Record:
        """An application on its way in; see ``people.scored``."""
        return record(scored(name, *arguments, **changes), self.offset())  # type: ignore[arg-type]

    def verdict(
        self, name: str, verdict: str, *, n: int, revision: int = 1, of: str | None = None, by: str = "reviewer-1"
    ) -> Record:
        """A reviewer's word on its way in."""
        offset = self.offset()
        said = ReviewDecided(
            command_id=f"c-{offset}",
            application_id=name,
            revision=revision,
            n=n,
            verdict=verdict,
            duplicate_of=of,
            by=by,
            reason="looked at both",
            at=moment(0),
        )
        headers = Envelope(said.command_id, "/test", "review.decided.v1").to_headers()
        return Record(Origin(topics.REVIEW_DECIDED, 0, offset), name.encode(), said.write(), headers, 1_000)

    def later(self) -> None:
        """A minute goes by."""
        self._clock += 60_000_000

    async def sweep(self, by: Process, rounds: int = 8) -> None:
        """Let the sweeper look, and obey what it asks, until nothing more happens."""
        for _ in range(rounds):
            self.later()
            if not await by.sweeper.look():
                return
            await by.obey(*self.asked())
        raise AssertionError("the sweeper does not come to an end")

    def asked(self) -> list[Record]:
        """The commands that were produced and not taken yet."""
        new = [out for out in self.sink.sent if out.topic == topics.command("dedup")][self._swept :]
        self._swept += len(new)
        return [Record(Origin(out.topic, 0, self.offset()), out.key, out.value, out.headers, 1_000) for out in new]

    def rows(self, name: str) -> list[Decision]:
        """All decisions of a subject, in order."""
        rows = self.memory.tables[DECISIONS.name]
        return [rows.by_key[key] for key in rows.group(("subject",), (name,))]

    def ruling(self, name: str) -> Ruling:
        """The latest decision of an application."""
        return read(self.rows(name)[-1].body)

    def state(self, name: str) -> str:
        """How an application stands: its state, and for a hold whom it waits for."""
        ruling = self.ruling(name)
        return ruling.state.value if ruling.hold is None else f"{ruling.state.value}/{ruling.hold.value}"

    def published(self, topic: str) -> list[dict[str, object]]:
        """What was sent to a topic, in order."""
        return [orjson.loads(out.value or b"") for out in self.sink.sent if out.topic == topic]

    def statuses(self, name: str) -> list[tuple[object, object, object]]:
        """The status lines of an application: (revision, n, state)."""
        lines = self.published(topics.status("msw"))
        return [(line["revision"], line.get("n"), line["state"]) for line in lines if line["application_id"] == name]

    def cleared(self, name: str) -> list[tuple[object, object, object]]:
        """What enrolment hears of an application: (revision, n, outcome)."""
        events = self.published(topics.CLEARED)
        return [
            (event["revision"], event["n"], event["outcome"]) for event in events if event["application_id"] == name
        ]

    def has_fate(self, incoming: Record) -> bool:
        return tuple(incoming.origin) in self.memory.tables[FATES.name].by_key


def played(scene: Callable[[World, Process], Awaitable[None]]) -> Callable[[], None]:
    """A test that is a scene with one process in a world of its own."""

    def run() -> None:
        async def play() -> None:
            world = World()
            await scene(world, await world.instance())

        asyncio.run(play())

    run.__name__, run.__doc__ = scene.__name__, scene.__doc__
    return run


async def enter_listed(process: Process, name: str, who: Person, programme: str) -> None:
    """Enter somebody of a list, as a load does."""
    features = ENGINE.features(record_of(who))
    packed, event = ENGINE.pack(features), orjson.dumps({"person": orjson.loads(who.write())})
    area = who.permanent_address.union_code
    row = RevisionRow(ref_of(name), name, 0, programme, "msw", f"r-{name}", 0, area, packed, event)
    await process.register.enter([Entry(row, process.register.looking_for(features, row.ref))])
