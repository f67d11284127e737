"""Whose payment it is, and how much: claims of the person for the cycle and those owed, less what is recovered."""

from collections.abc import Callable, Mapping, Sequence

from services.payments import ids
from services.payments.sending.dues import Dues
from services.payments.sending.plans import Plan, claims_of
from services.payments.sending.providers import within_limits
from services.payments.states import State
from shared.policy.policy import Policy
from shared.store.claims import Claims, Wanted
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import LimitRow


class Claiming:
    """Settles many plans at once; store calls do not grow with their number, save for recoveries."""

    def __init__(self, store: Store, policy: Policy, limits: LimitLogs, dues: Dues, now_us: Callable[[], int]) -> None:
        self._policy, self._limits, self._dues, self._now_us = policy, limits, dues, now_us
        self._claims = Claims(store)

    async def claim(self, plans: Sequence[Plan]) -> None:
        """One payment for each person (I3): who does not get all ids of its cluster is blocked."""
        if not plans:
            return
        owed = {
            id(plan): {one: claims_of(plan.wish.entitlement, one.cycle) for one in plan.owed}
            for plan in plans
            if plan.owed
        }
        wanted: list[Wanted] = []
        for plan in plans:
            for claims in (plan.claims, *owed[id(plan)].values()) if plan.owed else (plan.claims,):
                wanted += [Wanted(claim, plan.wish.payment_id, plan.wish.origin) for claim in claims]
        first_payments = all(plan.before is None for plan in plans)
        taken = await self._claims.take(wanted, likely_new=first_payments)
        owners = {claim: holder.owner for claim, holder in taken.items()}
        for plan in plans:
            payment_id = plan.wish.payment_id
            if [claim for claim in plan.claims if owners[claim] != payment_id]:
                plan.settle(State.BLOCKED, "person_paid_otherwise")
                plan.claims = plan.owed = ()
                continue
            if not plan.owed:
                continue
            free = {
                one: claims
                for one, claims in owed[id(plan)].items()
                if all(owners[claim] == payment_id for claim in claims)
            }
            plan.owed = tuple(free)
            plan.amount += sum(one.poisha for one in free)
            plan.claims = (*plan.claims, *(claim for claims in free.values() for claim in claims))
            if plan.owed and plan.account and not within_limits(self._policy, plan.account.provider, plan.amount):
                plan.settle(State.BLOCKED, "beyond_provider_limit")
                plan.claims = plan.owed = ()

    async def hold_back(self, plans: Sequence[Plan]) -> None:
        """Less what is being recovered; what is held back is taken from that limit under the payment."""
        recoverable = await self._dues.recoverable(plan.wish.entitlement for plan in plans)
        for plan in plans:
            event = plan.wish.entitlement
            if event.entitlement_id in recoverable:
                wanted = self._dues.held_back(event.programme, plan.amount, recoverable[event.entitlement_id])
                plan.recovered = await self._recover(plan, ids.recovery_log(event.entitlement_id), wanted)
                plan.amount -= plan.recovered

    async def _recover(self, plan: Plan, name: str, poisha: int) -> int:
        holder = plan.wish.payment_id

        def taking(logs: Mapping[str, Log]) -> list[LimitRow]:
            log = logs[name]
            if holder in log.holders or not 0 < poisha <= log.free:
                return []
            return [log.take({holder: poisha}, plan.wish.origin, self._now_us())]

        return (await self._limits.change([name], taking))[name].holders.get(holder, 0)
