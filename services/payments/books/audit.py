"""The invariants of payments, computed from the rows alone: I3 one payment a person, I4 money, I5 moves. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from services.payments.books.ledger import Ledger, broken
from services.payments.journal import Money, posted
from services.payments.payment import Body, Postings, Standing, body_of
from services.payments.states import Move, State, allowed
from shared.checks import Finding
from shared.store.limit_log import first_fault
from shared.store.tables import Decision, LimitRow

SHOWN = 3
REMEMBERED = 50_000
"""So many kinds of moves are remembered, which bounds the memory."""


class Kind(NamedTuple):
    """What of a transition says which moves and postings are right; millions of them are of a few kinds."""

    money: Money
    move: str
    postings: Postings


@dataclass(slots=True)
class Audit:
    """Takes all transitions in the order of (payment, number); ``findings`` says what holds.

    The journal may be taken in parts, each by an audit of its own, if no payment lies in two of them: see ``merge``.
    """

    ledger: Ledger = field(default_factory=Ledger)
    payments: int = 0
    differs: list[str] = field(default_factory=list)
    """What the running ledger has otherwise, as sentences."""
    limits: list[str] = field(default_factory=list)
    """What is wrong in the logs of limits, as sentences."""
    _paid_for: dict[str, str] = field(default_factory=dict)
    _twice: list[str] = field(default_factory=list)
    _moves: list[str] = field(default_factory=list)
    _money: list[str] = field(default_factory=list)
    _last: tuple[Decision, Kind, Standing] | None = None
    _said: set[tuple[int, str, str]] = field(default_factory=set)
    _kinds: dict[Kind, Kind] = field(default_factory=dict)
    _right: dict[tuple[int, int], tuple[bool, bool]] = field(default_factory=dict)

    def transition(self, row: Decision) -> None:
        """The next transition."""
        body = body_of(row.body)
        kind = self._kind(body)
        last = self._last
        if last is not None and last[0].subject == row.subject:
            n, before, was = last[0].n + 1, last[1], last[2]
        else:
            self._close()
            self.payments += 1
            self._said.clear()
            n, before, was = 1, None, None
        moves, posts = self._judged(before, kind)
        if row.n != n or not moves or self._says_again(kind):
            self._moves.append(row.subject)
        if not posts or body.was != was:
            self._money.append(row.subject)
        self._last = row, kind, self.ledger.transition(body, row.at_us)

    def _kind(self, body: Body) -> Kind:
        money = Money(body.state, body.committed, body.attempt, body.provider, body.active, body.fee, body.amount)
        kind = Kind(money, body.move, body.postings)
        return self._kinds.setdefault(kind, kind)

    def _judged(self, before: Kind | None, after: Kind) -> tuple[bool, bool]:
        """Whether the table declares the move, and whether it posts what it moves; worked out once for all alike."""
        pair = id(before), id(after)
        known = self._right.get(pair)
        if known is None:
            if len(self._right) >= REMEMBERED:
                self._kinds.clear()
                self._right.clear()
            declared = _declared(None if before is None else before.money.state, after.money.state, after.move)
            known = self._right[pair] = declared, _posts(before, after)
        return known

    def _says_again(self, kind: Kind) -> bool:
        """Whether it says what was said of this attempt before."""
        if kind.move not in ("sent", "reported"):
            return False
        once = kind.money.attempt, kind.move, kind.money.state
        again = once in self._said
        self._said.add(once)
        return again

    def limit(self, name: str, rows: Iterable[LimitRow]) -> None:
        """The next log of a limit, whole."""
        if (fault := first_fault(name, rows)) is not None:
            self.limits.append(str(fault))

    def closed(self) -> "Audit":
        """With the last payment taken whole, and without what only served to go on; so it travels between processes."""
        self._close()
        self._last = None
        self._kinds, self._right = {}, {}
        return self

    def merge(self, part: "Audit") -> None:
        """Add what another one has found in other payments and logs, after it was ``closed``."""
        self.ledger.merge(part.ledger)
        self.payments += part.payments
        for claim, subject in part._paid_for.items():
            self._claim(claim, subject)
        self._twice += part._twice
        self._moves += part._moves
        self._money += part._money
        self.limits += part.limits

    def findings(self) -> list[Finding]:
        """I3, I4 and I5."""
        self.closed()
        by_cycle = self.ledger.by(["programme", "cycle"])
        faults = [f"{key[0]} {key[1]}: {why}" for key, totals in by_cycle.items() for why in broken(totals)]
        faults += [f"payment {one} posts otherwise than its moves" for one in self._money]
        faults += self.differs
        if self.ledger.unbalanced:
            faults.append(f"{self.ledger.unbalanced} transitions do not sum to zero")
        faults += self.limits
        return [
            Finding("I3", not self._twice, _told(self._twice, f"{len(self._paid_for)} people, each in one payment")),
            Finding("I4", not faults, _told(faults, f"{self.payments} payments agree with the ledger, to the poisha")),
            Finding("I5", not self._moves, _told(self._moves, f"{self.payments} payments moved as declared")),
        ]

    def _close(self) -> None:
        if self._last is None:
            return
        row, kind, _ = self._last
        if kind.money.state != State.BLOCKED:
            for claim in row.claims.split():
                self._claim(claim, row.subject)

    def _claim(self, claim: str, subject: str) -> None:
        if self._paid_for.setdefault(claim, subject) != subject:
            self._twice.append(subject)


def _posts(before: Kind | None, after: Kind) -> bool:
    """Whether it posts what its move moves, and nobody has changed an amount that is committed."""
    was, now = None if before is None else before.money, after.money
    expected = () if after.move == "restated" else posted(was, now)
    changed = was is not None and was.committed and now.committed and was.amount != now.amount
    return not changed and after.postings == expected


@cache
def _declared(before: str | None, after: str, move: str) -> bool:
    return allowed(None if before is None else State(before), State(after), Move(move))


def _told(faults: list[str], well: str) -> str:
    if not faults:
        return well
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more
