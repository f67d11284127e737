"""Three-way reconciliation: our journal, the provider's reports, the provider's settlement statements. Pure.

Lines are matched by attempt reference, and where there is none by amount, account and date. Nothing is corrected here:
each difference has an age and an owner, and a correction is a transition that two people make (``attending.py``).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from services.payments.ids import attempt_ref
from services.payments.statements.lines import Line

Code = Literal[
    "paid_not_in_journal",
    "returned_not_in_journal",
    "amount_differs",
    "account_differs",
    "paid_but_journal_says_otherwise",
    "returned_but_journal_says_otherwise",
    "paid_twice",
    "stated_twice",
    "credited_not_in_statement",
    "returned_not_in_statement",
    "report_not_applied",
]
OWNERS: Final[dict[Code, str]] = {
    "paid_not_in_journal": "provider",
    "returned_not_in_journal": "provider",
    "amount_differs": "provider",
    "account_differs": "provider",
    "paid_but_journal_says_otherwise": "operator",
    "returned_but_journal_says_otherwise": "operator",
    "paid_twice": "provider",
    "stated_twice": "provider",
    "credited_not_in_statement": "provider",
    "returned_not_in_statement": "provider",
    "report_not_applied": "operator",
}
"""Who has to explain a difference first."""
NEAR: Final = timedelta(days=3)
"""How far a booking may be from our day where only amount, account and date can match it; also over a weekend."""


class Attempt(NamedTuple):
    """What the journal says of one attempt; days are Dhaka dates, None where it did not happen."""

    payment_id: str
    attempt: int
    provider: str
    poisha: int
    account: str
    state: str
    credited_on: date | None
    returned_on: date | None

    @property
    def reference(self) -> str:
        """What a statement line names it by."""
        return attempt_ref(self.payment_id, self.attempt)


class Difference(NamedTuple):
    """One thing that the three do not agree on. ``age_days`` counts from the booking, or from our own day."""

    code: Code
    owner: str
    age_days: int
    poisha: int
    provider: str
    payment_id: str
    statement: str
    line: int
    detail: str


class Unfitting(NamedTuple):
    """A report that was not applied."""

    payment_id: str
    provider: str
    code: str
    kind: str
    on: date


@dataclass(slots=True)
class Reconciled:
    """What came out: how many lines agree by which match, and every difference."""

    by_reference: int = 0
    by_amount: int = 0
    differences: list[Difference] = field(default_factory=list)


class _Books:
    """The attempts of one provider, and what statements have said of each."""

    def __init__(self, attempts: Iterable[Attempt]) -> None:
        self.by_reference = {one.reference: one for one in attempts}
        self.by_account: defaultdict[tuple[int, str], list[Attempt]] = defaultdict(list)
        for one in self.by_reference.values():
            self.by_account[one.poisha, one.account].append(one)
        self.stated: dict[tuple[str, str], int] = {}
        self.paid_for: dict[str, str] = {}

    def like(self, line: Line) -> Attempt | None:
        """The one attempt of this amount and account, near this day, that no line has named yet."""
        near = [
            one
            for one in self.by_account[line.poisha, line.account]
            if (on := one.credited_on if line.kind == "paid" else one.returned_on) is not None
            and abs(on - line.booked_on) <= NEAR
            and (one.reference, line.kind) not in self.stated
        ]
        return near[0] if len(near) == 1 else None


def reconcile(
    provider: str,
    attempts: Iterable[Attempt],
    statements: Sequence[tuple[str, date, date, Sequence[Line]]],
    unfitting: Iterable[Unfitting],
    today: date,
) -> Reconciled:
    """Match everything of one provider; ``statements`` are (name, first day, last day, lines)."""
    books, done = _Books(one for one in attempts if one.provider == provider), Reconciled()

    def differ(code: Code, on: date, poisha: int, payment: str, where: tuple[str, int], detail: str) -> None:
        age = max((today - on).days, 0)
        done.differences.append(Difference(code, OWNERS[code], age, poisha, provider, payment, *where, detail))

    lines = [(name, line) for name, _, _, found in statements for line in found]
    # Those that name an attempt come first, so that a line without a reference takes none away from them.
    for name, line in sorted(lines, key=lambda each: each[1].reference not in books.by_reference):
        attempt, where = books.by_reference.get(line.reference), (name, line.number)
        if attempt is not None:
            done.by_reference += 1
        elif (attempt := books.like(line)) is not None and not line.reference:
            done.by_amount += 1
        else:
            code: Code = "paid_not_in_journal" if line.kind == "paid" else "returned_not_in_journal"
            differ(code, line.booked_on, line.poisha, "", where, f"reference {line.reference or 'missing'}")
            continue
        for code, detail in _faults(books, attempt, line):
            differ(code, line.booked_on, line.poisha, attempt.payment_id, where, detail)
    for attempt in books.by_reference.values():
        for code, on in _unstated(books, attempt, statements):
            differ(code, on, attempt.poisha, attempt.payment_id, ("", 0), f"attempt {attempt.attempt}")
    for report in unfitting:
        if report.provider == provider:
            differ("report_not_applied", report.on, 0, report.payment_id, ("", 0), f"{report.kind}: {report.code}")
    done.differences.sort(key=lambda one: (-one.age_days, one.code, one.payment_id, one.statement, one.line))
    return done


def _faults(books: _Books, attempt: Attempt, line: Line) -> list[tuple[Code, str]]:
    if (attempt.reference, line.kind) in books.stated:
        return [("stated_twice", f"attempt {attempt.attempt} is {line.kind} in another line too")]
    books.stated[attempt.reference, line.kind] = line.number
    found: list[tuple[Code, str]] = []
    if line.poisha != attempt.poisha:
        found.append(("amount_differs", f"the journal has {attempt.poisha} poisha"))
    if line.account and line.account != attempt.account:
        found.append(("account_differs", "the journal has another account"))
    if line.kind == "paid":
        other = books.paid_for.setdefault(attempt.payment_id, attempt.reference)
        if other != attempt.reference and books.by_reference[other].returned_on is None and attempt.returned_on is None:
            found.append(("paid_twice", f"attempts {books.by_reference[other].attempt} and {attempt.attempt}"))
        if attempt.credited_on is None:
            found.append(("paid_but_journal_says_otherwise", f"the journal says {attempt.state}"))
    elif attempt.returned_on is None and attempt.state != "failed":
        found.append(("returned_but_journal_says_otherwise", f"the journal says {attempt.state}"))
    return found


def _unstated(
    books: _Books, attempt: Attempt, statements: Sequence[tuple[str, date, date, Sequence[Line]]]
) -> list[tuple[Code, date]]:
    """What the journal has on days that statements cover, and no line says. The last day may be booked on the next."""
    found: list[tuple[Code, date]] = []
    cases: tuple[tuple[Code, date | None, str], ...] = (
        ("credited_not_in_statement", attempt.credited_on, "paid"),
        ("returned_not_in_statement", attempt.returned_on, "returned"),
    )
    for code, on, kind in cases:
        if on is None or (attempt.reference, kind) in books.stated:
            continue
        if any(begins <= on < ends for _, begins, ends, _ in statements):
            found.append((code, on))
    return found
