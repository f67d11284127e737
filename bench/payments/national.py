"""A store of payments as a national cycle leaves it, written by the same code that decides and in a random order.

The rows are those that a run leaves: transitions with their postings and claims, fates of pieces and reports, orders,
and the rows of limits. Only the way in is short: no Kafka, and no durable commit for each batch.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

import orjson

from services.payments import ids, journal
from services.payments.payment import Payment
from services.payments.reports.judging import after_report
from services.payments.states import Move, State
from services.payments.tables import ORDERS, TABLES, OrderRow
from shared import topics
from shared.contracts.payment import Report
from shared.policy.policy import Policy
from shared.stage.messages import moment
from shared.store.port import Table
from shared.store.sqlite_schema import LAYOUT, statements
from shared.store.tables import COMMON, DECISIONS, FATES, LIMITS, Decision, Fate, LimitRow

PROGRAMMES: Final = ("old_age", "widow", "disability", "hijra")
CYCLES: Final = ("2026-q1", "2026-q2")
DISTRICTS: Final = tuple(f"{code}" for code in (1004, 2015, 3026, 3029, 4047, 4539, 5081, 5585, 6036, 6091))
POISHA: Final = 210_000
PIECE: Final = 500
START_US: Final = 1_783_000_000_000_000
OUTCOMES: Final = (("credited", 0.90), ("dormant", 0.04), ("failed", 0.02), ("returned", 0.02), ("open", 0.02))

Kind = Literal["credited", "failed", "returned"]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many payments, transitions, and which release orders with their poisha."""

    payments: int
    transitions: int
    orders: dict[str, int]


def write(path: Path, policy: Policy, payments: int, seed: int = 1) -> Written:
    """Make the file. The same arguments make the same one."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;")
    for table in (*COMMON, *TABLES):
        for statement in statements(table).create:
            database.execute(statement)
    writer = _Writer(database, policy, Random(seed))
    groups = [(programme, cycle) for programme in PROGRAMMES for cycle in CYCLES]
    for place, (programme, cycle) in enumerate(groups):
        count = payments // len(groups) + (place < payments % len(groups))
        writer.cycle(programme, cycle, count)
    database.execute(f"PRAGMA user_version={LAYOUT}")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Written(payments, writer.transitions, writer.orders)


class _Writer:
    def __init__(self, database: sqlite3.Connection, policy: Policy, random: Random) -> None:
        self._database, self._policy, self._random = database, policy, random
        self._offsets: dict[tuple[str, int], int] = {}
        self._providers = [code for code in policy.providers if policy.providers[code].channel == "mfs"]
        self._names = [name for name, _ in OUTCOMES]
        self._weights = [share for _, share in OUTCOMES]
        self.transitions = 0
        self.orders: dict[str, int] = {}

    def cycle(self, programme: str, cycle: str, count: int) -> None:
        """One cycle of a programme, paid from two release orders that meet in the middle of a payment."""
        whole = count * POISHA
        self._order("allocate", programme, cycle, whole, f"A/{programme}/{cycle}", 1)
        first = whole // 2 + 1
        self._order("release", programme, cycle, first, f"R/{programme}/{cycle}/1", 1)
        self._order("release", programme, cycle, whole - first + POISHA, f"R/{programme}/{cycle}/2", 2)
        for start in range(0, count, PIECE):
            self._piece(programme, cycle, range(start, min(start + PIECE, count)), start // PIECE)

    def _order(self, kind: str, programme: str, cycle: str, poisha: int, ref: str, n: int) -> None:
        origin = self._origin(topics.command("payments"))
        postings = journal.allocate(poisha) if kind == "allocate" else journal.release(poisha)
        row = OrderRow(kind, ref, programme, cycle, poisha, orjson.dumps(postings), "treasury", *origin, START_US)
        log = (ids.allocation_log if kind == "allocate" else ids.release_log)(programme, cycle)
        offer = LimitRow(log, n, "offer", poisha, b"{}", *origin, b"{}", START_US)
        self._insert(ORDERS, [row])
        self._insert(LIMITS, [offer])
        if kind == "release":
            self.orders[ref] = poisha

    def _piece(self, programme: str, cycle: str, numbers: Sequence[int], piece: int) -> None:
        command = self._origin(topics.command("payments"))
        at_us = START_US + piece * 1_000_000
        named = [ids.payment_id(programme, cycle, f"{programme}-{number}") for number in numbers]
        holders = orjson.dumps(dict.fromkeys(named, POISHA), option=orjson.OPT_SORT_KEYS)
        places = {payment_id: place for place, payment_id in enumerate(sorted(named))}
        amount = len(named) * POISHA
        takes = [
            LimitRow(log, offset + piece, "take", amount, holders, *command, b"{}", at_us)
            for log, offset in ((ids.allocation_log(programme, cycle), 2), (ids.release_log(programme, cycle), 3))
        ]
        rows: list[Decision] = []
        fates: list[Fate] = []
        refs: list[tuple[str, int, int]] = []
        for number, payment_id in zip(numbers, named, strict=True):
            drawn = (piece * PIECE + places[payment_id]) * POISHA
            claim = ids.person_claim(programme, cycle, f"{programme}-person-{number}")
            lives = list(self._life(programme, cycle, number, payment_id, drawn, at_us))
            for n, payment in enumerate(lives, 1):
                origin = command if n == 1 else self._origin(topics.report(payment.provider), payment_id)
                decided_us = at_us + n * 60_000_000
                rows.append(
                    Decision(
                        payment_id,
                        0,
                        n,
                        *origin,
                        "",
                        payment.state,
                        claim,
                        payment.write(),
                        self._policy.hash,
                        decided_us,
                    )
                )
                ref = (payment_id, 0, n)
                if n == 1:
                    refs.append(ref)
                else:
                    fates.append(Fate(*origin, "decision", "", payment_id, 0, orjson.dumps([ref]), b"{}", decided_us))
        fates.append(Fate(*command, "decision", "", "", 0, orjson.dumps(refs), b"{}", at_us))
        self.transitions += len(rows)
        self._database.execute("BEGIN")
        self._insert(LIMITS, takes)
        self._insert(DECISIONS, rows)
        self._insert(FATES, fates)
        self._database.execute("COMMIT")

    def _life(
        self, programme: str, cycle: str, number: int, payment_id: str, drawn: int, at_us: int
    ) -> Iterator[Payment]:
        provider = self._random.choice(self._providers)
        sent = Payment(
            state=State.INSTRUCTED, move=Move.SENT, code="sent_to_provider", next="provider",
            entitlement_id=f"{programme}-{number}", programme=programme, cycle=cycle,
            district=self._random.choice(DISTRICTS), amount=POISHA, committed=True, application_id=f"a-{number}",
            source="dss", source_ref=f"ref-{number}", revision=1, provider=provider, account=f"017{number:08d}",
            holder_name="Generated Person", attempt=1, sent_us=at_us, drawn=drawn, valid_until_us=at_us + 1,
            report_due_us=at_us + 1,
        )  # fmt: skip
        payment = journal.entered(None, sent)
        yield payment
        (outcome,) = self._random.choices(self._names, self._weights)
        if outcome == "open":
            return
        kinds: tuple[Kind, ...] = ("credited", "returned") if outcome == "returned" else ("credited",)
        kinds = ("failed",) if outcome == "failed" else kinds
        for kind in kinds:
            report = Report(
                payment_id=payment_id, attempt=1, attempt_ref=ids.attempt_ref(payment_id, 1), kind=kind,
                account_state="dormant" if outcome == "dormant" else "active", at=moment(at_us), code=None,
            )  # fmt: skip
            payment = after_report(payment, State(kind), report, self._policy.providers[provider])
            yield payment

    def _origin(self, topic: str, key: str = "") -> tuple[str, int, int]:
        partition = int(key[:2], 16) % topics.PARTITIONS if key else 0
        offset = self._offsets.get((topic, partition), 0)
        self._offsets[topic, partition] = offset + 1
        return topic, partition, offset

    def _insert(self, table: Table[Any], rows: Sequence[Any]) -> None:
        self._database.executemany(statements(table).insert, rows)
