"""The invariants of payments, computed from the rows alone: I3 one payment a person, I4 money, I5 moves. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby

from services.payments.journal import Money, posted
from services.payments.ledger import Ledger, broken
from services.payments.payment import Body, Standing, body_of
from services.payments.states import Move, State, allowed
from shared.checks import Finding
from shared.store.limit_log import first_fault
from shared.store.tables import Decision, LimitRow

SHOWN = 3


@dataclass(slots=True)
class Audit:
    """Takes all transitions in the order of (payment, number); ``findings`` says what holds."""

    ledger: Ledger = field(default_factory=Ledger)
    payments: int = 0
    differs: list[str] = field(default_factory=list)
    """What the running ledger has otherwise, as sentences."""
    _paid_for: dict[str, str] = field(default_factory=dict)
    _twice: list[str] = field(default_factory=list)
    _moves: list[str] = field(default_factory=list)
    _money: list[str] = field(default_factory=list)
    _last: tuple[Decision, Body, Money, Standing] | None = None
    _attempts: set[str] = field(default_factory=set)

    def transition(self, row: Decision) -> None:
        """The next transition."""
        body = body_of(row.body)
        money = Money(
            body.state,
            body.committed,
            body.attempt,
            body.provider,
            body.active,
            body.fee,
            body.amount,
        )
        before = self._last if self._last is not None and self._last[0].subject == row.subject else None
        if before is None:
            self._close()
            self.payments += 1
            self._attempts = set()
            self._follows(row, body, 1, None)
            self._posts(row, body, None, None, money)
        else:
            self._follows(row, body, before[0].n + 1, before[1].state)
            self._posts(row, body, before[3], before[2], money)
        self._last = (row, body, money, self.ledger.transition(body, row.at_us))

    def _follows(self, row: Decision, body: Body, n: int, before: str | None) -> None:
        """Whether it is the next one, a declared move, and says nothing that was said of the attempt before."""
        move = body.move
        if row.n != n or not _declared(before, body.state, move):
            self._moves.append(row.subject)
        if move in ("sent", "reported"):
            once = f"{body.attempt}|{move}|{body.state}"
            if once in self._attempts:
                self._moves.append(row.subject)
            self._attempts.add(once)

    def _posts(self, row: Decision, body: Body, was: Standing | None, before: Money | None, after: Money) -> None:
        """Whether it posts what its move moves, and nobody has changed an amount that is committed."""
        expected = () if body.move == "restated" else posted(before, after)
        changed = before is not None and before.committed and after.committed and before.amount != after.amount
        if changed or body.was != was or body.postings != expected:
            self._money.append(row.subject)

    def findings(self, limits: Iterable[LimitRow]) -> list[Finding]:
        """I3, I4 and I5; ``limits`` are the rows of all limit logs, in key order."""
        self._close()
        self._last = None
        by_cycle = self.ledger.by(["programme", "cycle"])
        faults = [f"{key[0]} {key[1]}: {why}" for key, totals in by_cycle.items() for why in broken(totals)]
        faults += [f"payment {one} posts otherwise than its moves" for one in self._money]
        faults += self.differs
        if self.ledger.unbalanced:
            faults.append(f"{self.ledger.unbalanced} transitions do not sum to zero")
        logs = {name: list(rows) for name, rows in groupby(limits, lambda row: row.log)}
        faults += [str(fault) for name, rows in logs.items() if (fault := first_fault(name, rows)) is not None]
        return [
            Finding("I3", not self._twice, _told(self._twice, f"{len(self._paid_for)} people, each in one payment")),
            Finding("I4", not faults, _told(faults, f"{self.payments} payments agree with the ledger, to the poisha")),
            Finding("I5", not self._moves, _told(self._moves, f"{self.payments} payments moved as declared")),
        ]

    def _close(self) -> None:
        if self._last is None:
            return
        row, body, _, _ = self._last
        if body.state != State.BLOCKED:
            for claim in row.claims.split():
                if self._paid_for.setdefault(claim, row.subject) != row.subject:
                    self._twice.append(row.subject)


@cache
def _declared(before: str | None, after: str, move: str) -> bool:
    return allowed(None if before is None else State(before), State(after), Move(move))


def _told(faults: list[str], well: str) -> str:
    if not faults:
        return well
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more
