"""Totals of the money, computed from transitions and treasury orders and from nothing else (I4). Integer poisha."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from services.payments.journal import ALLOCATION, IN_TRANSIT, REACHED, RETURNED, balanced
from services.payments.payment import Payment, Postings

Axis = Literal["programme", "cycle", "district", "provider"]


class Totals(NamedTuple):
    """``sent`` counts every instruction; ``returned`` what came back, failed or returned; ``reached`` is net of that.

    ``allocated`` and ``released`` are known by programme and cycle only, and 0 by district and provider.
    """

    allocated: int = 0
    committed: int = 0
    released: int = 0
    sent: int = 0
    reached: int = 0
    returned: int = 0

    def plus(self, other: "Totals") -> "Totals":
        """The sum, column by column."""
        return Totals(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Place(NamedTuple):
    """What money is counted by; ``district`` and ``provider`` are empty for treasury orders."""

    programme: str
    cycle: str
    district: str = ""
    provider: str = ""


class Ledger:
    """Takes every transition and order once; answers by any axis."""

    def __init__(self) -> None:
        self.totals: defaultdict[Place, Totals] = defaultdict(Totals)
        self.balances: Counter[tuple[str, str]] = Counter()
        self.unbalanced = 0

    def order(self, kind: str, programme: str, cycle: str, poisha: int, postings: Postings) -> None:
        """A treasury order."""
        self._post(programme, postings)
        given = Totals(allocated=poisha) if kind == "allocate" else Totals(released=poisha)
        self._add(Place(programme, cycle), given)

    def transition(self, payment: Payment) -> None:
        """One numbered transition of a payment."""
        if not payment.postings:
            return
        self._post(payment.programme, payment.postings)
        committed = sent = reached = returned = 0
        for account, poisha in payment.postings:
            if account == ALLOCATION:
                committed -= poisha
            elif account == REACHED:
                reached += poisha
            elif account == RETURNED:
                returned += poisha
            elif account.startswith(IN_TRANSIT) and poisha > 0:
                sent += poisha
        place = Place(payment.programme, payment.cycle, payment.district, payment.provider)
        self._add(place, Totals(0, committed, 0, sent, reached, returned))

    def by(self, axes: Sequence[Axis]) -> dict[tuple[str, ...], Totals]:
        """Totals by these axes, sorted."""
        found: defaultdict[tuple[str, ...], Totals] = defaultdict(Totals)
        for place, totals in self.totals.items():
            key = tuple(str(getattr(place, axis)) for axis in axes)
            found[key] = found[key].plus(totals)
        return dict(sorted(found.items()))

    def _add(self, place: Place, totals: Totals) -> None:
        self.totals[place] = self.totals[place].plus(totals)

    def _post(self, programme: str, postings: Postings) -> None:
        if not balanced(postings):
            self.unbalanced += 1
        for account, poisha in postings:
            self.balances[programme, account] += poisha


def ledger_of(payments: Iterable[Payment]) -> Ledger:
    """The ledger of these transitions alone."""
    ledger = Ledger()
    for payment in payments:
        ledger.transition(payment)
    return ledger


def broken(totals: Totals) -> list[str]:
    """Which parts of I4 do not hold for a (programme, cycle)."""
    out = totals.sent - totals.returned
    return [
        words
        for words, holds in (
            ("committed is above allocated", totals.allocated >= totals.committed),
            ("sent less returned is above committed", totals.committed >= out),
            ("reached is above sent less returned", out >= totals.reached),
            ("sent less returned is above released", totals.released >= out),
            ("a total is below zero", min(totals) >= 0),
        )
        if not holds
    ]
