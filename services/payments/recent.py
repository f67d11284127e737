"""Transitions of a moment ago, parsed: who publishes, follows or adds one up need not read and parse it again.

Only a shortcut. What is kept was parsed from the very bytes that are asked about, or is a stored row, which never
changes; so whoever finds nothing here finds the same in the store.
"""

from collections.abc import Sequence
from typing import Final

from services.payments.payment import Payment
from shared.stage.stage import Draft
from shared.store.port import Key
from shared.store.tables import Decision

KEPT_MAX: Final = 3_000
"""A second or two of the most that a service decides, in 8 MB."""


_Known = tuple[bytes, Payment, Decision | None]
"""A body, what it says, and the row where it is known to be stored."""


class Recent:
    """What one process has written and published last: at least half of ``kept_max``, and never more."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._half = kept_max // 2
        self._young: dict[Key, _Known] = {}
        self._old: dict[Key, _Known] = {}

    def draft(self, payment_id: str, n: int, payment: Payment, claims: tuple[str, ...]) -> Draft:
        """Transition ``n`` of a payment, which is about to be stored."""
        body = payment.write()
        self._keep((payment_id, 0, n), (body, payment, None))
        return Draft(payment_id, 0, n, str(payment.state), body, claims)

    def read(self, row: Decision) -> Payment:
        """What a row says."""
        key = row[:3]
        known = self._young.get(key) or self._old.get(key)
        return known[1] if known is not None and known[0] == row.body else Payment.read(row.body)

    def present(self, rows: Sequence[Decision]) -> Payment | None:
        """What the last of a payment's rows says; None where there is no payment."""
        return self.read(rows[-1]) if rows else None

    def stored(self, row: Decision) -> Payment:
        """What a row says that is known to be stored; it is remembered under its key."""
        payment = self.read(row)
        self._keep(row[:3], (row.body, payment, row))
        return payment

    def find(self, key: Key) -> tuple[Decision, Payment] | None:
        """The row stored under this key of the decisions and what it says, if it is still remembered."""
        known = self._young.get(key) or self._old.get(key)
        return None if known is None or known[2] is None else (known[2], known[1])

    def _keep(self, key: Key, known: _Known) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = known
