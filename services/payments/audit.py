"""The invariants of payments, computed from the rows alone: I3 one payment a person, I4 money, I5 moves. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from services.payments import journal
from services.payments.ids import attempt_ref
from services.payments.ledger import Ledger, broken
from services.payments.payment import Payment, standing
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
    _paid_for: dict[str, str] = field(default_factory=dict)
    _twice: list[str] = field(default_factory=list)
    _moves: list[str] = field(default_factory=list)
    _money: list[str] = field(default_factory=list)
    _last: tuple[Decision, Payment] | None = None
    _attempts: set[str] = field(default_factory=set)

    def transition(self, row: Decision) -> None:
        """The next transition."""
        payment = Payment.read(row.body)
        before = self._last[1] if self._last is not None and self._last[0].subject == row.subject else None
        if before is None:
            self._close()
            self.payments += 1
            self._attempts = set()
        expected_n = 1 if before is None or self._last is None else self._last[0].n + 1
        if row.n != expected_n or not allowed(before.state if before else None, payment.state, payment.move):
            self._moves.append(row.subject)
        if payment.move is Move.REPORTED:
            outcome = f"{payment.attempt}|{payment.state}"
            if outcome in self._attempts:
                self._moves.append(row.subject)
            self._attempts.add(outcome)
        if payment.move is Move.SENT:
            ref = attempt_ref(row.subject, payment.attempt)
            if ref in self._attempts:
                self._moves.append(row.subject)
            self._attempts.add(ref)
        moved = () if payment.move is Move.RESTATED else journal.of_transition(before, payment)
        was = None if before is None else standing(before)
        if payment.postings != moved or payment.was != was or (before is not None and before.amount != payment.amount):
            self._money.append(row.subject)
        self.ledger.transition(payment, row.at_us)
        self._last = (row, payment)

    def findings(self, limits: Iterable[LimitRow]) -> list[Finding]:
        """I3, I4 and I5; ``limits`` are the rows of all limit logs, in key order."""
        self._close()
        self._last = None
        by_cycle = self.ledger.by(["programme", "cycle"])
        faults = [f"{key[0]} {key[1]}: {why}" for key, totals in by_cycle.items() for why in broken(totals)]
        faults += [f"payment {one} posts otherwise than its moves" for one in self._money]
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
        row, payment = self._last
        if payment.state is not State.BLOCKED:
            for claim in row.claims.split():
                if self._paid_for.setdefault(claim, row.subject) != row.subject:
                    self._twice.append(row.subject)


def _told(faults: list[str], well: str) -> str:
    if not faults:
        return well
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more
