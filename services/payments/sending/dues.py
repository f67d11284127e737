"""How much a payment is: the cycle at its rate, with what is owed for earlier cycles, less what is being recovered.

The rate is that of the cycle's first day and holds for the whole cycle, whatever changes in the middle of it. An
earlier cycle is owed where the right had begun before that cycle ended and nobody of the person's cluster has a payment
for it; a claim says so, as for any payment (I3), so arrears are paid once, whoever was enrolled twice.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from services.payments.cycles import Cycle, first_day_after
from services.payments.entitlements import covers
from services.payments.ids import recovery_log
from services.payments.sending.amounts import Amounts
from services.payments.treasury.tables import RECOVERIES, RecoveryRow, place_of
from shared.contracts.entitlement import EntitlementChanged
from shared.policy.policy import Policy
from shared.store.limits import LimitLogs
from shared.store.port import Store

GRACE_US = 600_000_000


class Owed(NamedTuple):
    """One earlier cycle that may be owed, in poisha."""

    cycle: str
    poisha: int


class Dues:
    """Works amounts out; remembers which entitlements have an overpayment to recover, as rows never change."""

    def __init__(self, store: Store, policy: Policy, limits: LimitLogs) -> None:
        self._store, self._policy, self._limits = store, policy, limits
        self.amounts = Amounts(policy)
        self._ends: dict[tuple[str, date], date | None] = {}
        self._recovering: dict[str, set[str]] = {}
        self._read_us: dict[str, int] = {}

    def of(self, change: EntitlementChanged, cycle: Cycle) -> int | None:
        """Poisha for this cycle alone; None where the policy has no rate."""
        return self.amounts.of(change.programme, change.rate_class, cycle.starts_on)

    def covers(self, change: EntitlementChanged, cycle: Cycle) -> bool:
        """Whether an entitlement had begun before ``cycle`` ended, by the programme's frequency on its first day."""
        begins = change.programme, cycle.starts_on
        if begins not in self._ends:
            self._ends[begins] = self._day_after(*begins)
        return covers(change, self._ends[begins])

    def _day_after(self, programme: str, starts_on: date) -> date | None:
        declared = self._policy.programmes.get(programme)
        if declared is None:
            return None  # a programme that is no longer declared: it is made and blocked, for an operator to see
        return first_day_after(starts_on, declared.frequency_on(starts_on))

    def owed(self, change: EntitlementChanged, cycle: Cycle, cycles: Sequence[Cycle]) -> tuple[Owed, ...]:
        """The earlier cycles that may be owed, oldest first; a claim decides whether each one is."""
        declared = self._policy.programmes.get(change.programme)
        if declared is None or change.starts_on >= cycle.starts_on:
            return ()
        earlier = [
            Owed(one.name, poisha)
            for one in cycles
            if one.starts_on < cycle.starts_on
            and not one.is_open
            and self.covers(change, one)
            and (poisha := self.of(change, one)) is not None
        ]
        most = declared.payroll.arrears_cycles_max
        return tuple(earlier[-most:]) if most else ()

    async def recoverable(self, changes: Iterable[EntitlementChanged]) -> dict[str, int]:
        """By entitlement the poisha that are still to be recovered from it; most have none."""
        known = list(changes)
        await self._read_further({one.programme for one in known})
        asked = [one.entitlement_id for one in known if one.entitlement_id in self._recovering.get(one.programme, ())]
        if not asked:
            return {}
        logs = await self._limits.read([recovery_log(one) for one in asked])
        return {one: logs[recovery_log(one)].free for one in asked}

    def held_back(self, programme: str, poisha: int, recoverable: int) -> int:
        """How much of a payment of ``poisha`` is held back; never all of it."""
        percent = self._policy.programmes[programme].payroll.recovery_percent
        return min(recoverable, poisha * percent // 100)

    async def _read_further(self, programmes: Collection[str]) -> None:
        # Another instance's clock may be behind, so a little is read again.
        after = {one: max(0, self._read_us.get(one, 0) - GRACE_US) for one in programmes}
        rows: list[RecoveryRow] = await self._store.follow(
            RECOVERIES, [(programme, place_of(at_us, "")) for programme, at_us in after.items()]
        )
        for row in rows:
            self._recovering.setdefault(row.programme, set()).add(row.entitlement_id)
            self._read_us[row.programme] = row.at_us
