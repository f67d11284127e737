"""Applications of the made-up population as the events that scoring sends, and a dedup stage to take them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import process_time, time_ns
from typing import Any, Final

import orjson

from services.dedup.adjudicate import Adjudicator
from services.dedup.commands import Desk
from services.dedup.index import Index
from services.dedup.loading.prepare import engine_of
from services.dedup.matching.bangladesh import numbers
from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.engine import Engine
from services.dedup.matching.model_file import load as load_model
from services.dedup.publish import Publisher
from services.dedup.register import Register
from services.dedup.reopen import Reopener
from services.dedup.stage import DedupStage
from services.dedup.sweeper import Sweeper, Watch
from services.dedup.tables import TABLES
from services.dedup.verdicts import Verdicts
from shared import topics
from shared.envelope import Envelope
from shared.policy import load_policy
from shared.policy.reviews import DUPLICATES
from shared.privacy import Pseudonyms
from shared.settings import load as load_settings
from shared.stage.commands import CommandStage
from shared.stage.lease import Lease
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.runner import Runner
from shared.store.port import Store
from shared.store.tables import COMMON

BATCH: Final = 1_000
"""As many records as a stage takes at a time (``Settings.batch_records``)."""

SECRET = b"bench" * 8
MODEL = Path("deploy/matching/bangladesh.json")
BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
_PSEUDONYMS = Pseudonyms(SECRET)
_HEADERS = Envelope("e", "/bench", "application.scored.v1").to_headers()


class Kept:
    """Forgets what is sent, but for the commands of dedup's own timers."""

    def __init__(self) -> None:
        self.commands: list[Outgoing] = []

    async def start(self) -> None: ...

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        self.commands += (out for out in outgoing if out.topic == topics.command("dedup"))

    async def stop(self) -> None: ...


def engine() -> Engine:
    """The registry's engine with the shipped model."""
    return Engine(NORMALISER, load_model(MODEL, NORMALISER), SECRET)


def person_of(record: Mapping[str, str]) -> dict[str, Any]:
    """The applicant as an event has it."""
    typed = numbers.national_id(record.get("national_id", ""))
    n10 = record.get("n10") or (f"{typed.n10:010}" if typed.n10 else "")
    n13 = record.get("n13") or (f"{typed.n13:013}" if typed.n13 else "")
    national_id = {kind: number for kind, number in (("n10", n10), ("n13", n13)) if number}
    union = record["union"]
    person: dict[str, Any] = {
        "name": _name(record, "name"),
        "mother": {"name": _name(record, "mother")},
        "father": {"name": _name(record, "father")},
        "date_of_birth": record.get("date_of_birth"),
        "gender": record.get("gender"),
        "mobile": record.get("mobile"),
        "national_id": national_id or None,
        "permanent_address": {
            "division": union[:2], "district": union[2:4], "city_corporation": union[4:6],
            "upazila": union[6:8], "union": union[8:10], "rural_ward": "01", "line": "Rampur, house of the teacher",
        },
        "birth_place": "5549", "nationality": "Bangladeshi", "religion": "1", "occupation": "farmer",
        "marital_status": "married", "education": "primary",
    }  # fmt: skip
    return {name: value for name, value in person.items() if value}


def event_of(applicant: Mapping[str, str], place: int, programme: str = "old_age") -> bytes:
    """The scored event of the ``place``-th application, under an id as intake gives it: spread over all ids."""
    source, source_ref = "msw", f"MSW-2026-{place:08}"
    return orjson.dumps(
        {
            "application_id": _PSEUDONYMS.application_id(source, source_ref),
            "source": source,
            "source_ref": source_ref,
            "revision": 1,
            "n": 1,
            "programme": programme,
            "received_at": BEGIN + timedelta(milliseconds=place),
            "outcome": "passed",
            "person": person_of(applicant),
            "payee": {"kind": "self", "provider": "bkash", "account": "01712345678", "holder_name": {"en": "Holder"}},
            "rank": {"model": "pmt.v1", "score": "812.40", "order": 812.4},
            "rate_class": "standard",
            "gaps": [],
        }
    )


def record_of(event: bytes, offset: int) -> Record:
    """A record of the scored topic."""
    key = orjson.loads(event)["application_id"].encode()
    return Record(Origin(topics.SCORED, 0, offset), key, event, _HEADERS, 1_000)


def batches(events: Iterator[bytes], start: int = 0) -> Iterator[list[Record]]:
    """Batches of records, with offsets from ``start``."""
    offset = start
    while taken := list(islice(events, BATCH)):
        yield [record_of(event, offset + place) for place, event in enumerate(taken)]
        offset += len(taken)


class Taker:
    """A dedup stage over a store, with everything of the service but Kafka."""

    def __init__(
        self, store: Store, pseudonyms: Pseudonyms | None = None, truncated: Callable[[str], None] = lambda kind: None
    ) -> None:
        """``pseudonyms``: those that a list was loaded with. ``decided_s``: CPU time of the stage's deciding.

        ``truncated`` is told what the service's metric counts: the kind of a key that too many share.
        """
        self.store = store
        self.engine = engine() if pseudonyms is None else engine_of(MODEL, pseudonyms)
        self.decided_s = 0.0
        self.register = Register(store, Index(store, self.engine))
        adjudicator = Adjudicator(store, self.register, self.engine, "bench", _now_us, truncated)
        self.reopener = Reopener(self.register, adjudicator)
        publisher = Publisher(self.register)
        rules = load_policy(load_settings().policy_dir).reviews[DUPLICATES]
        verdicts, watch, self._sink = Verdicts(self.register, rules), Watch(), Kept()
        stage = DedupStage(
            "bench",
            self.register,
            self.engine,
            adjudicator,
            self.reopener,
            publisher,
            verdicts,
            watch.change,
            watch.hold,
        )
        stage.decide = self._timed(stage.decide)  # type: ignore[method-assign]
        desk = Desk(self.register, self.reopener, publisher, rules)
        commands = CommandStage("dedup", "bench", store, desk.handlers(), desk.emitters(), now_us=_now_us)
        self._sweeper = Sweeper(store, self.register, self._sink, watch, self._later_us, rows_each=100_000)
        self._runner = self._run(stage, "bench")
        self._commands = self._run(commands, "bench-commands")
        self._skipped_us, self._offset = 0, time_ns()

    def _run(self, stage: Any, group: str) -> Runner[Any]:
        return Runner(stage, self.store, self._sink, group=group, now_us=_now_us, observer=Silent())

    def _timed(self, decide: Any) -> Any:
        async def timed(*arguments: Any) -> Any:
            before = process_time()
            verdicts = await decide(*arguments)
            self.decided_s += process_time() - before
            return verdicts

        return timed

    def _later_us(self) -> int:
        return _now_us() + self._skipped_us

    async def sweep(self, rounds: int = 50) -> None:
        """Let the sweeper look, and obey what it asks, until nothing more happens."""
        for _ in range(rounds):
            self._skipped_us += 60_000_000
            if not await self._sweeper.look():
                return
            asked, self._sink.commands = self._sink.commands, []
            batch = []
            for out in asked:
                self._offset += 1
                batch.append(Record(Origin(out.topic, 0, self._offset), out.key, out.value, out.headers, 1_000))
            await self._commands.process(Batch(tuple(batch)), Lease(float("inf"), lambda: 0.0))

    async def open(self) -> None:
        """Open the store."""
        await self.store.open((*COMMON, UNDELIVERED, *TABLES))

    async def take(self, batch: Sequence[Record]) -> None:
        """A batch through the stage, to what would be sent."""
        await self._runner.process(Batch(tuple(batch)), Lease(float("inf"), lambda: 0.0))


def _now_us() -> int:
    return time_ns() // 1_000


def _name(record: Any, field: str) -> dict[str, str]:
    return {script: value for script in ("bn", "en") if (value := record.get(f"{field}_{script}"))}
