"""Transitions of a moment ago, parsed: who publishes, follows or adds one up need not read and parse it again.

Only a shortcut. What is kept was parsed from the very bytes that are asked about, or is a stored row, which never
changes; so whoever finds nothing here finds the same in the store.
"""

from collections.abc import Hashable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from services.payments.payment import Payment
from shared.store.port import Key
from shared.store.tables import DECISIONS, Decision

KEPT_MAX: Final = 3_000
"""A second or two of the most that a service decides, in 8 MB."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Transition(NamedTuple):
    """A stored row and what it says."""

    row: Decision
    payment: Payment


class Recent:
    """What one process has written and published last."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._written: _Lately[bytes, Payment] = _Lately(kept_max)
        self._stored: _Lately[Key, Transition] = _Lately(kept_max)

    def write(self, payment: Payment) -> bytes:
        """The body of a decision that is about to be stored."""
        body = payment.write()
        self._written.keep(body, payment)
        return body

    def read(self, row: Decision) -> Payment:
        """What a row says."""
        return self._written.get(row.body) or Payment.read(row.body)

    def present(self, rows: Sequence[Decision]) -> Payment | None:
        """What the last of a payment's rows says; None where there is no payment."""
        return self.read(rows[-1]) if rows else None

    def stored(self, row: Decision) -> Payment:
        """What a row says that is known to be stored; it is remembered under its key."""
        payment = self.read(row)
        self._stored.keep(DECISIONS.key_of(row), Transition(row, payment))
        return payment

    def find(self, key: Key) -> Transition | None:
        """The row stored under this key of the decisions, if it is still remembered."""
        return self._stored.get(key)


class _Lately(Generic[K, V]):
    """Keeps what came last: at least half of ``kept_max``, and never more; at the cost of a plain dictionary."""

    def __init__(self, kept_max: int) -> None:
        self._half = kept_max // 2
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def keep(self, key: K, value: V) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def get(self, key: K) -> V | None:
        return self._young.get(key) or self._old.get(key)
