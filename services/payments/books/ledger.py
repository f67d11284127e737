"""Totals of the money, computed from transitions and treasury orders and from nothing else (I4). Integer poisha.

Every total is a sum over transitions, since each says where its payment stood before; so what has been added up needs
no payment to be remembered, and transitions may be added in any order.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from services.payments.books.scores import measures
from services.payments.journal import (
    ALLOCATION,
    CREDITED,
    FEES,
    IN_TRANSIT,
    LAPSED_BUDGET,
    LAPSED_CASH,
    REACHED,
    RETURNED,
    SUSPENSE,
    balanced,
)
from services.payments.payment import Body, Payment, Postings, Standing, standing

Axis = Literal["programme", "cycle", "district", "provider"]


class Totals(NamedTuple):
    """``sent`` counts every instruction; ``returned`` what came back, failed, cancelled or returned.

    ``reached`` is what active accounts have, ``credited`` what others have; ``in_transit``, ``suspense`` and ``back``
    (returned, not yet sent again) are where the rest is: sent − returned = in transit + credited + reached + suspense.
    ``fees`` are accrued or due. ``allocated`` and ``released`` are net of what has lapsed, known by programme and cycle
    only, and 0 by district and provider.
    """

    allocated: int = 0
    committed: int = 0
    released: int = 0
    sent: int = 0
    reached: int = 0
    returned: int = 0
    in_transit: int = 0
    credited: int = 0
    suspense: int = 0
    back: int = 0
    fees: int = 0

    def plus(self, other: "Totals") -> "Totals":
        """The sum, column by column."""
        return Totals(*map(int.__add__, self, other))


class Place(NamedTuple):
    """What money is counted by; ``district`` and ``provider`` are empty for treasury orders."""

    programme: str
    cycle: str
    district: str = ""
    provider: str = ""


class Cell(NamedTuple):
    """Payments that stand alike. ``day`` is when the present attempt was sent, ``order`` which release paid for it."""

    programme: str
    cycle: str
    district: str
    provider: str
    state: str
    day: int
    order: str


Parts = tuple[tuple[str, int], ...]
"""The release orders that pay for an amount, and how many poisha each."""
Stood = tuple[tuple[str, str, str, int, int], Parts]
"""A standing with the orders that pay instead of where the money begins: what many payments have in common."""
Alike = tuple[str, str, Stood, Stood | None, tuple[str, ...], Postings]
"""Programme, cycle, the standing now and before, measures, and what was posted."""

FOLDED_AFTER = 50_000
"""So many kinds of transitions are counted before they are added up, which bounds the memory."""


class Offer(NamedTuple):
    """A release order, and up to which poisha of the cycle's released money it goes."""

    order_ref: str
    until: int


class Ledger:
    """Takes every transition and order once; answers by any axis.

    Release orders must be known (``offers``, by programme and cycle, in their order) before payments that draw on them.
    """

    def __init__(self) -> None:
        self._totals: defaultdict[Place, Totals] = defaultdict(Totals)
        self._balances: Counter[tuple[str, str]] = Counter()
        self._unbalanced = 0
        self._cells: Counter[Cell] = Counter()
        self._payments: Counter[Cell] = Counter()
        self._scores: Counter[tuple[str, str]] = Counter()
        self._alike: dict[Alike, list[int]] = {}
        self.offers: dict[tuple[str, str], list[Offer]] = {}
        self.transitions = 0

    def order(self, kind: str, programme: str, cycle: str, poisha: int, postings: Postings) -> None:
        """A treasury order: ``allocate``, ``release``, or the lapse of one."""
        self._post(programme, postings)
        sign = -1 if any(account in (LAPSED_BUDGET, LAPSED_CASH) for account, _ in postings) else 1
        of_budget = any(account == ALLOCATION for account, _ in postings)
        given = Totals(allocated=sign * poisha) if of_budget else Totals(released=sign * poisha)
        self._add(Place(programme, cycle), given)

    def transition(self, body: Body | Payment, at_us: int) -> Standing:
        """One numbered transition of a payment, decided at that time; returns where the payment stands by it."""
        self.transitions += 1
        programme, cycle, was = body.programme, body.cycle, body.was
        now = standing(body)
        parts, before = self.funded(programme, cycle, now[4], now[5]), None
        if was is not None:
            same = was[4:] == now[4:]
            before = was[:5], parts if same else self.funded(programme, cycle, was[4], was[5])
        # Most payments of a rate class move alike, so they are only counted here and added up together.
        kind = programme, cycle, (now[:5], parts), before, measures(body, at_us), body.postings
        self._alike.setdefault(kind, [0])[0] += 1  # a count in a list, so that the kind is hashed once
        if len(self._alike) >= FOLDED_AFTER:
            self._fold()
        return now

    def merge(self, other: "Ledger") -> None:
        """Add what another ledger with the same offers, and no orders of its own, has added up of other transitions."""
        for place, totals in other.totals.items():
            self._add(place, totals)
        self.balances.update(other.balances)
        self.cells.update(other.cells)
        self.payments.update(other.payments)
        self.scores.update(other.scores)
        self._unbalanced += other.unbalanced
        self.transitions += other.transitions

    @property
    def totals(self) -> defaultdict[Place, Totals]:
        """By place."""
        self._fold()
        return self._totals

    @property
    def balances(self) -> Counter[tuple[str, str]]:
        """By programme and account."""
        self._fold()
        return self._balances

    @property
    def cells(self) -> Counter[Cell]:
        """Poisha by cell."""
        self._fold()
        return self._cells

    @property
    def payments(self) -> Counter[Cell]:
        """Payments by cell; one that two release orders pay for is counted with the first."""
        self._fold()
        return self._payments

    @property
    def scores(self) -> Counter[tuple[str, str]]:
        """Transitions by (provider, measure), see ``scores.measures``."""
        self._fold()
        return self._scores

    @property
    def unbalanced(self) -> int:
        """Postings that do not sum to zero."""
        self._fold()
        return self._unbalanced

    def _fold(self) -> None:
        """Add up what has only been counted."""
        alike, self._alike = self._alike, {}
        for (programme, cycle, now, before, measured, postings), (count,) in alike.items():
            _, provider, district, _, _ = now[0]
            for measure in measured:
                self._scores[provider, measure] += count
            if before != now:
                if before is not None:
                    self._stand(programme, cycle, before, -count)
                self._stand(programme, cycle, now, count)
            if postings:
                origin = (before[0][2], before[0][1]) if before is not None else None
                self._flow(Place(programme, cycle, district, provider), origin, postings, count)

    def _flow(self, place: Place, origin: tuple[str, str] | None, postings: Postings, count: int) -> None:
        """So many postings; ``origin`` is the (district, provider) before."""
        self._post(place.programme, postings, count)
        moved = _moved(postings)
        if origin is not None and moved.sent and moved.back:
            # What goes out again by another provider leaves the books of the one where it was back.
            left = place._replace(district=origin[0], provider=origin[1])
            self._add(left, Totals(back=moved.back * count))
            moved = moved._replace(back=0)
        self._add(place, Totals(*(poisha * count for poisha in moved)))

    def by(self, axes: Sequence[Axis]) -> dict[tuple[str, ...], Totals]:
        """Totals by these axes, sorted."""
        found: defaultdict[tuple[str, ...], Totals] = defaultdict(Totals)
        for place, totals in self.totals.items():
            key = tuple(str(getattr(place, axis)) for axis in axes)
            found[key] = found[key].plus(totals)
        return dict(sorted(found.items()))

    def states(self) -> Counter[tuple[str, str]]:
        """How many payments are in which (provider, state); *reached* is a credit to an active account."""
        found: Counter[tuple[str, str]] = Counter()
        for (_, _, _, provider, state, _, _), count in self.payments.items():
            found[provider, state] += count
        return +found

    def _stand(self, programme: str, cycle: str, stands: Stood, count: int) -> None:
        (state, provider, district, day, _), parts = stands
        counted = count
        for order_ref, poisha in parts:
            cell = Cell(programme, cycle, district, provider, state, day, order_ref)
            self._cells[cell] += count * poisha
            if counted:
                self._payments[cell] += counted
                counted = 0

    def funded(self, programme: str, cycle: str, amount: int, drawn: int) -> Parts:
        """Which release orders an amount comes from: the poisha from ``drawn`` on, in the order of the orders."""
        if drawn < 0:
            return (("", amount),)
        parts: list[tuple[str, int]] = []
        at, left = drawn, amount
        for order_ref, until in self.offers.get((programme, cycle), ()):
            if at + left <= until:
                return (*parts, (order_ref, left)) if parts else ((order_ref, left),)
            if at < until:
                parts.append((order_ref, until - at))
                at, left = until, left - until + at
        return (*parts, ("?", left))

    def _add(self, place: Place, totals: Totals) -> None:
        self._totals[place] = self._totals[place].plus(totals)

    def _post(self, programme: str, postings: Postings, count: int = 1) -> None:
        if not balanced(postings):
            self._unbalanced += count
        for account, poisha in postings:
            self._balances[programme, account] += poisha * count


def _moved(postings: Postings) -> Totals:
    committed = sent = reached = returned = in_transit = credited = suspense = back = fees = 0
    for account, poisha in postings:
        if account.startswith(IN_TRANSIT):
            in_transit += poisha
            sent += max(poisha, 0)
        elif account == ALLOCATION:
            committed -= poisha
        elif account == REACHED:
            reached += poisha
        elif account == CREDITED:
            credited += poisha
        elif account == RETURNED:
            back += poisha
        elif account == SUSPENSE:
            suspense += poisha
        elif account == FEES:
            fees -= poisha
    # Money that leaves again for a new attempt came back all the same; only a correction takes a return itself back.
    returned = back if not sent else 0
    return Totals(0, committed, 0, sent, reached, returned, in_transit, credited, suspense, back, fees)


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
            (
                "sent less returned is not where it should be",
                out == totals.in_transit + totals.credited + totals.reached + totals.suspense,
            ),
            ("a total is below zero", min(totals) >= 0),
        )
        if not holds
    ]
