"""Which payments can be sent now: account, person, allocation and release are settled for many entitlements at once.

The same function serves an entitlement that comes, a cycle that opens and money that arrives, so that whichever of them
is first makes the payment, and the others find it made. The number of store calls does not grow with their number.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from services.payments import ids, journal
from services.payments.accounts.gate import Gate
from services.payments.payment import Payment, is_withheld, present
from services.payments.payroll.resolve import who_acts
from services.payments.recent import Recent
from services.payments.repeating import again
from services.payments.sending.claiming import Claiming
from services.payments.sending.dues import Dues
from services.payments.sending.funding import Funding
from services.payments.sending.pacing import Leaving, Pacing
from services.payments.sending.plans import Plan, Wish, claims_of
from services.payments.sending.providers import Account, payable, within_limits
from services.payments.states import AWAITING, BACK, OURS, Move, State
from services.payments.tables import DUE, DueRow
from services.payments.timers import VALID_FOR_US, due_row, report_due_us
from shared.policy.policy import Policy
from shared.stage.messages import Next
from shared.stage.numbering import caused_by, next_number
from shared.stage.stage import Draft
from shared.store.limits import LimitLogs
from shared.store.port import Store

# A look into an enum takes ten times as long as a name, and each payment is asked several times.
_INSTRUCTED: Final = State.INSTRUCTED
_SENT: Final = Move.SENT
_HELD: Final = Move.HELD
_NOWHERE: Final = Account("", "", None, "")

NEXT: dict[State, Next] = {
    State.AWAITING_ACCOUNT: "source",
    State.AWAITING_FUNDS: "operator",
    State.BLOCKED: "operator",
    State.INSTRUCTED: "provider",
    State.SCHEDULED: "pipeline",
}


class Disburser:
    """Decides on wishes. ``factor`` compresses the time that providers have to report, for demonstrations."""

    def __init__(self, store: Store, policy: Policy, *, now_us: Callable[[], int], factor: float) -> None:
        self._store, self._policy, self._now_us, self.factor = store, policy, now_us, factor
        self.limits, self.gate = LimitLogs(store), Gate(store, policy, now_us)
        self.pacing, self.recent = Pacing(store, policy), Recent()
        self.dues = Dues(store, policy, self.limits)
        self._by_list = frozenset(
            code for code, one in policy.programmes.items() if one.payroll.flow != "straight_through"
        )
        """Programmes that policy does not pay as their entitlements come: only their lists are paid."""
        self._claiming = Claiming(store, policy, self.limits, self.dues, now_us)
        self._funding = Funding(store, self.limits, now_us)

    async def drafts(self, wishes: Sequence[Wish]) -> list[Draft | None]:
        """For each wish the next transition of its payment, or None where nothing moves. No payment comes twice.

        What the wish's own record led to before (a replay) is proposed again as it was stored.
        """
        own = [caused_by(wish.rows, wish.origin) if wish.rows else () for wish in wishes]
        plans = [None if mine else self._plan(wish) for wish, mine in zip(wishes, own, strict=True)]
        live = await self._gated([plan for plan in plans if plan is not None])
        await self._claiming.claim([plan for plan in live if plan.claims])
        await self._claiming.hold_back([plan for plan in live if plan.state is None and plan.before is None])
        await self._funding.fund([plan for plan in live if plan.state is None])
        now_us = self._now_us()
        leaving_now = [plan for plan in live if plan.state is _INSTRUCTED]
        await self._pace(leaving_now, now_us)
        leaving = {plan.account.provider for plan in leaving_now if plan.state is _INSTRUCTED and plan.account}
        reports_due = {code: self._report_due_us(code, now_us) for code in leaving}
        due: list[DueRow] = []
        drafts: list[Draft | None] = []
        for mine, plan in zip(own, plans, strict=True):
            if mine:
                drafts.append(again(mine[0]))
            elif plan is None or not plan.moves:
                drafts.append(None)
            else:
                drafts.append(self._draft(plan, due, now_us, reports_due))
        if due:
            await self._store.insert(DUE, due)
        return drafts

    def _plan(self, wish: Wish) -> Plan | None:
        before = present(wish.rows)
        if before is not None:
            if before.state in BACK:
                return self._new_attempt(wish, before)
            if before.state is State.SCHEDULED:
                return self._set_aside(wish, before)
            if before.state not in AWAITING or is_withheld(before):
                return None
        event, cycle = wish.entitlement, wish.cycle
        if event.programme in self._by_list:
            return None
        poisha = before.amount if before is not None else None
        if poisha is None:
            poisha = self.dues.of(event, cycle)
        found = payable(self._policy, event.payee)
        plan = Plan(
            wish,
            before,
            poisha or 0,
            found if isinstance(found, Account) else None,
            committed=before is not None and before.committed,
            logs=(
                ids.allocation_log(event.programme, cycle.name),
                ids.release_log(event.programme, cycle.name),
            ),
        )
        if poisha is None:
            plan.settle(State.BLOCKED, "rate_not_known")
            return plan
        plan.claims = claims_of(event, cycle.name)
        plan.owed = self.dues.owed(event, cycle, wish.cycles) if before is None else ()
        if not isinstance(found, Account):
            plan.settle(State.AWAITING_ACCOUNT, found)
        elif not within_limits(self._policy, found.provider, poisha):
            plan.settle(State.BLOCKED, "beyond_provider_limit")
            plan.claims = ()
        return plan

    def _set_aside(self, wish: Wish, before: Payment) -> Plan | None:
        """What is scheduled has its money; it leaves at its time, or when what stood in its way is gone."""
        if before.leaves_us and not wish.its_time:
            return None
        found = payable(self._policy, wish.entitlement.payee)
        account = found if isinstance(found, Account) else None
        plan = Plan(wish, before, before.amount, account, committed=True, drawn=before.drawn)
        if wish.stopped:
            plan.stay(wish.stopped, "operator")
        elif not isinstance(found, Account):
            plan.stay(found, "source")
        elif not within_limits(self._policy, found.provider, before.amount):
            plan.stay("beyond_provider_limit", "operator")
        else:
            plan.settle(State.INSTRUCTED, "sent_again" if before.attempt else "sent_to_provider")
        return plan

    async def _pace(self, plans: Sequence[Plan], now_us: int) -> None:
        """Who may not leave now is scheduled."""
        leaving = [
            Leaving(plan.account.provider, plan.wish.payment_id, _attempt(plan)) for plan in plans if plan.account
        ]
        for plan, leaves_us in zip(plans, await self.pacing.times(leaving, now_us), strict=True):
            if leaves_us:
                plan.leaves_us = leaves_us
                plan.settle(State.SCHEDULED, "provider_takes_later")

    async def _gated(self, plans: Sequence[Plan]) -> list[Plan]:
        """Stop those whose account has not been checked, or was changed and may not be paid yet."""
        stops = await self.gate.stops(
            [plan.wish.entitlement for plan in plans if plan.state is None or plan.state is _INSTRUCTED],
            {plan.wish.entitlement.entitlement_id for plan in plans if plan.wish.fresh},
        )
        if not stops:
            return list(plans)
        live = []
        for plan in plans:
            stop = stops.get(plan.wish.entitlement.entitlement_id)
            if stop is not None and plan.before is not None and plan.before.state is State.SCHEDULED:
                plan.stay(stop, who_acts(stop))
                stop = None
            if stop is not None and plan.state is State.INSTRUCTED and plan.before is not None:
                # Money that is back waits for the account too.
                plan.settle(plan.before.state, plan.before.code)
                continue
            if stop is not None and plan.state is None:
                plan.settle(State.AWAITING_ACCOUNT, stop)
                plan.acts = who_acts(stop)
            live.append(plan)
        return live

    def _new_attempt(self, wish: Wish, before: Payment) -> Plan | None:
        """Money that is certainly back goes out again, to the account then valid: the payment's own, not other money.

        By itself only where the ministry was asked for another account and has given one.
        """
        found = payable(self._policy, wish.entitlement.payee)
        if not isinstance(found, Account) or not within_limits(self._policy, found.provider, before.amount):
            return None
        goes_to = found.provider, found.number, found.routing_number
        corrected = goes_to != (before.provider, before.account, before.routing_number)
        if not wish.insists and not (corrected and before.next == "source"):
            return None
        plan = Plan(wish, before, before.amount, found, committed=True, drawn=before.drawn)
        plan.settle(State.INSTRUCTED, "sent_again")
        return plan

    def _report_due_us(self, provider: str, now_us: int) -> int:
        """When a provider's report is due on what leaves now."""
        return report_due_us(now_us, self._policy.providers[provider].report_within_from(now_us), self.factor)

    def _draft(self, plan: Plan, due: list[DueRow], now_us: int, reports_due: Mapping[str, int]) -> Draft:
        wish, event, state = plan.wish, plan.wish.entitlement, plan.state
        assert state is not None
        sent, account = state is _INSTRUCTED, plan.account or _NOWHERE
        n = next_number(wish.rows, 0, wish.origin)
        if plan.leaves_us:
            due.append(due_row(wish.payment_id, n, plan.leaves_us))
        before = plan.before
        if before is not None and before.attempt and state in OURS:
            return _back(plan, n)
        valid_until_us = due_us = 0
        if sent and plan.account is not None:
            valid_until_us = now_us + VALID_FOR_US
            due_us = reports_due[account.provider]
            due.append(due_row(wish.payment_id, n, due_us))
        payment = Payment(
            state=state,
            move=_SENT if sent else _HELD,
            code=plan.code,
            next=plan.acts or NEXT[state],
            entitlement_id=event.entitlement_id,
            programme=event.programme,
            cycle=wish.cycle.name,
            district=event.area,
            amount=plan.amount,
            committed=plan.committed,
            application_id=event.application_id,
            source=event.source,
            source_ref=event.source_ref,
            revision=event.revision,
            provider=account.provider,
            account=account.number,
            routing_number=account.routing_number,
            holder_name=account.holder_name,
            attempt=_attempt(plan) if sent else 0,
            sent_us=now_us if sent else 0,
            drawn=plan.drawn,
            valid_until_us=valid_until_us,
            report_due_us=due_us,
            leaves_us=plan.leaves_us,
            payroll=before.payroll if before is not None else 0,
            arrears=before.arrears if before is not None else tuple(one.cycle for one in plan.owed),
            recovered=before.recovered if before is not None else plan.recovered,
        )
        payment = journal.entered(before, payment)
        return self.recent.draft(wish.payment_id, n, payment, plan.claims_kept)


def _attempt(plan: Plan) -> int:
    """The number of the attempt that leaves next."""
    return (plan.before.attempt if plan.before is not None else 0) + 1


def _back(plan: Plan, n: int) -> Draft:
    """Money that is back and waits to leave again: until it has, the payment says of its last attempt what it said."""
    before, state = plan.before, plan.state
    assert before is not None
    assert state is not None
    after = replace(
        before,
        state=state,
        move=Move.HELD,
        code=plan.code,
        next=plan.acts or NEXT[state],
        leaves_us=plan.leaves_us,
        asks=False,
    )
    return Draft(plan.wish.payment_id, 0, n, state.value, journal.entered(before, after).write(), plan.claims_kept)
