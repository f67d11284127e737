"""What a provider knows of the attempts to pay: the facts that its contract is kept by."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from sandbox.providers.modes import Mode


class Outcome(StrEnum):
    """Where an attempt stands; each but ``PENDING`` and ``CREDITED`` is the last one."""

    PENDING = "pending"
    CREDITED = "credited"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


# A look into an enum takes ten times as long as a name, and each attempt is asked several times.
PENDING: Final = Outcome.PENDING
CREDITED: Final = Outcome.CREDITED
FAILED: Final = Outcome.FAILED
RETURNED: Final = Outcome.RETURNED


class Attempt(NamedTuple):
    """One attempt under its reference. ``at_us`` is when the outcome came about, ``returned_us`` when money came back.

    ``mode`` is None for one that was refused by contract or cancelled before it arrived; ``amount_poisha`` and
    ``account`` are None for the latter. Times are µs since 1970 UTC.
    """

    attempt_ref: str
    payment_id: str
    attempt: int
    amount_poisha: int | None
    account: str | None
    mode: Mode | None
    outcome: Outcome
    code: str | None
    at_us: int
    returned_us: int | None = None

    @property
    def has_paid(self) -> bool:
        """Whether money was credited, be it that it came back."""
        return self.outcome is CREDITED or self.outcome is RETURNED


class Act(StrEnum):
    """What is still to be done for an attempt."""

    SETTLE = "settle"
    REPEAT = "repeat"
    RETURN = "return"
    WITHDRAW = "withdraw"


class Due(NamedTuple):
    """``act`` is to be done from ``due_us`` on; ``id`` is None until it is stored."""

    due_us: int
    attempt_ref: str
    act: Act
    id: int | None = None


class Movement(NamedTuple):
    """Money that really moved: written once for each time and never changed, so it would show a second payment."""

    payment_id: str
    attempt_ref: str
    kind: str
    amount_poisha: int
    at_us: int


class Books:
    """The attempts that one batch is about, and what the batch adds to them."""

    def __init__(self, attempts: Iterable[Attempt] = ()) -> None:
        self._by_ref: dict[str, Attempt] = {}
        self._by_payment: dict[str, dict[str, Attempt]] = {}
        self.changed: dict[str, Attempt] = {}
        self.movements: list[Movement] = []
        self.due: list[Due] = []
        for attempt in attempts:
            self._know(attempt)

    def _know(self, attempt: Attempt) -> None:
        self._by_ref[attempt.attempt_ref] = attempt
        self._by_payment.setdefault(attempt.payment_id, {})[attempt.attempt_ref] = attempt

    def under(self, attempt_ref: str) -> Attempt | None:
        """The attempt with this reference."""
        return self._by_ref.get(attempt_ref)

    def of_payment(self, payment_id: str) -> Iterable[Attempt]:
        """All attempts for a payment."""
        return self._by_payment.get(payment_id, {}).values()

    def write(self, attempt: Attempt) -> Attempt:
        """Keep an attempt as it now stands, with the money that it moved."""
        before = self._by_ref.get(attempt.attempt_ref)
        if attempt.outcome is CREDITED and not (before and before.has_paid):
            self._move(attempt, "credited", attempt.at_us)
        if attempt.outcome is RETURNED and attempt.returned_us is not None:
            self._move(attempt, "returned", attempt.returned_us)
        self._know(attempt)
        self.changed[attempt.attempt_ref] = attempt
        return attempt

    def _move(self, attempt: Attempt, kind: str, at_us: int) -> None:
        self.movements.append(
            Movement(attempt.payment_id, attempt.attempt_ref, kind, attempt.amount_poisha or 0, at_us)
        )

    def remind(self, due_us: int, attempt_ref: str, act: Act) -> None:
        """Have something done later."""
        self.due.append(Due(due_us, attempt_ref, act))
