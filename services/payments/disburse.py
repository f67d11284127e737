"""Which payments can be sent now: account, person, allocation and release are settled for many entitlements at once.

The same function serves an entitlement that comes, a cycle that opens and money that arrives, so that whichever of them
is first makes the payment, and the others find it made. The number of store calls does not grow with their number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.payments import ids, journal
from services.payments.accounts.gate import Gate
from services.payments.cycles import Cycle
from services.payments.draws import drawn_at
from services.payments.dues import Dues, Owed
from services.payments.entitlements import people_of
from services.payments.payment import Payment, present
from services.payments.payroll.resolve import who_acts
from services.payments.providers import Account, payable, within_limits
from services.payments.repeating import again
from services.payments.states import AWAITING, BACK, Move, State
from services.payments.tables import DUE, WAITING, DueRow, WaitingRow
from services.payments.timers import VALID_FOR, due_row, report_due_us
from shared.contracts.entitlement import EntitlementChanged
from shared.policy.policy import Policy
from shared.stage.messages import Next
from shared.stage.numbering import caused_by, next_number
from shared.stage.records import Origin
from shared.stage.stage import Draft
from shared.store.claims import Claims, Wanted
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import Decision, LimitRow

NEXT: dict[State, Next] = {
    State.AWAITING_ACCOUNT: "source",
    State.AWAITING_FUNDS: "operator",
    State.BLOCKED: "operator",
    State.INSTRUCTED: "provider",
}


class Wish(NamedTuple):
    """An entitlement that should have a payment in ``cycle``, for the record at ``origin``; ``rows`` are its own."""

    entitlement: EntitlementChanged
    cycle: Cycle
    payment_id: str
    origin: Origin
    rows: tuple[Decision, ...]
    insists: bool = False
    """Two people want a new attempt, also to the account that did not work."""
    cycles: Sequence[Cycle] = ()
    """All cycles of the programme: earlier ones may be owed."""
    fresh: bool = False
    """The entitlement has no earlier change, so its account cannot have been changed."""


@dataclass(slots=True)
class _Plan:
    """A wish on its way; ``state`` is None until it is settled."""

    wish: Wish
    before: Payment | None
    amount: int
    account: Account | None
    state: State | None = None
    code: str = ""
    committed: bool = False
    drawn: int = -1
    claims: tuple[str, ...] = ()
    owed: tuple[Owed, ...] = ()
    recovered: int = 0
    acts: Next | None = None
    logs: tuple[str, str] = field(default=("", ""))

    def settle(self, state: State, code: str) -> None:
        self.state, self.code = state, code


class Disburser:
    """Decides on wishes. ``factor`` compresses the time that providers have to report, for demonstrations."""

    def __init__(self, store: Store, policy: Policy, *, now_us: Callable[[], int], factor: float) -> None:
        self._store, self._policy, self._now_us, self.factor = store, policy, now_us, factor
        self._claims, self.limits = Claims(store), LimitLogs(store)
        self.gate, self.dues = Gate(store, policy, now_us), Dues(store, policy, self.limits)

    async def drafts(self, wishes: Sequence[Wish]) -> list[Draft | None]:
        """For each wish the next transition of its payment, or None where nothing moves. No payment comes twice.

        What the wish's own record led to before (a replay) is proposed again as it was stored.
        """
        own = [caused_by(wish.rows, wish.origin) for wish in wishes]
        plans = [None if mine else self._plan(wish) for wish, mine in zip(wishes, own, strict=True)]
        live = await self._gated([plan for plan in plans if plan is not None])
        await self._claim([plan for plan in live if plan.claims])
        await self._hold_back([plan for plan in live if plan.state is None and plan.before is None])
        await self._fund([plan for plan in live if plan.state is None])
        due: list[DueRow] = []
        drafts: list[Draft | None] = []
        for mine, plan in zip(own, plans, strict=True):
            if mine:
                drafts.append(again(mine[0]))
            elif plan is None or not _moves(plan):
                drafts.append(None)
            else:
                drafts.append(self._draft(plan, due))
        if due:
            await self._store.insert(DUE, due)
        return drafts

    def _plan(self, wish: Wish) -> _Plan | None:
        before = present(wish.rows)
        if before is not None and before.state in BACK:
            return self._new_attempt(wish, before)
        if (before is not None and before.state not in AWAITING) or not self._flows(wish.entitlement.programme):
            return None
        event, cycle = wish.entitlement, wish.cycle
        poisha = before.amount if before is not None else None
        if poisha is None:
            poisha = self.dues.of(event, cycle)
        found = payable(self._policy, event.payee)
        plan = _Plan(
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
        plan.claims = self._person(plan, cycle.name)
        plan.owed = self.dues.owed(event, cycle, wish.cycles) if before is None else ()
        if not isinstance(found, Account):
            plan.settle(State.AWAITING_ACCOUNT, found)
        elif not within_limits(self._policy, found.provider, poisha):
            plan.settle(State.BLOCKED, "beyond_provider_limit")
            plan.claims = ()
        return plan

    def _flows(self, programme: str) -> bool:
        """Whether policy pays this programme as its entitlements come; otherwise only lists are paid."""
        declared = self._policy.programmes.get(programme)
        return declared is None or declared.payroll.flow == "straight_through"

    def _person(self, plan: _Plan, cycle: str) -> tuple[str, ...]:
        event = plan.wish.entitlement
        return tuple(ids.person_claim(event.programme, cycle, one) for one in people_of(event))

    async def _gated(self, plans: Sequence[_Plan]) -> list[_Plan]:
        """Stop those whose account has not been checked, or was changed and may not be paid yet."""
        stops = await self.gate.stops(
            [plan.wish.entitlement for plan in plans if plan.state in (None, State.INSTRUCTED)],
            {plan.wish.entitlement.entitlement_id for plan in plans if plan.wish.fresh},
        )
        if not stops:
            return list(plans)
        live = []
        for plan in plans:
            stop = stops.get(plan.wish.entitlement.entitlement_id)
            if stop is not None and plan.state is State.INSTRUCTED and plan.before is not None:
                # Money that is back waits for the account too.
                plan.settle(plan.before.state, plan.before.code)
                continue
            if stop is not None and plan.state is None:
                plan.settle(State.AWAITING_ACCOUNT, stop)
                plan.acts = who_acts(stop)
            live.append(plan)
        return live

    async def _hold_back(self, plans: Sequence[_Plan]) -> None:
        """Less what is being recovered; what is held back is taken from that limit under the payment."""
        recoverable = await self.dues.recoverable(plan.wish.entitlement for plan in plans)
        for plan in plans:
            event = plan.wish.entitlement
            if event.entitlement_id in recoverable:
                wanted = self.dues.held_back(event.programme, plan.amount, recoverable[event.entitlement_id])
                plan.recovered = await self._recover(plan, ids.recovery_log(event.entitlement_id), wanted)
                plan.amount -= plan.recovered

    async def _recover(self, plan: _Plan, name: str, poisha: int) -> int:
        holder = plan.wish.payment_id

        def taking(logs: Mapping[str, Log]) -> list[LimitRow]:
            log = logs[name]
            if holder in log.holders or not 0 < poisha <= log.free:
                return []
            return [log.take({holder: poisha}, plan.wish.origin, self._now_us())]

        return (await self.limits.change([name], taking))[name].holders.get(holder, 0)

    def _new_attempt(self, wish: Wish, before: Payment) -> _Plan | None:
        """Money that is certainly back goes out again, to the account then valid: the payment's own, not other money.

        By itself only where the ministry was asked for another account and has given one.
        """
        found = payable(self._policy, wish.entitlement.payee)
        if not isinstance(found, Account) or not within_limits(self._policy, found.provider, before.amount):
            return None
        corrected = found[:3] != (before.provider, before.account, before.routing_number)
        if not wish.insists and not (corrected and before.next == "source"):
            return None
        plan = _Plan(wish, before, before.amount, found, committed=True, drawn=before.drawn)
        plan.settle(State.INSTRUCTED, "sent_again")
        return plan

    async def _claim(self, plans: Sequence[_Plan]) -> None:
        """One payment for each person (I3): who does not get all ids of its cluster is blocked."""
        if not plans:
            return
        owed = {id(plan): {one: self._person(plan, one.cycle) for one in plan.owed} for plan in plans if plan.owed}
        wanted = [
            Wanted(claim, plan.wish.payment_id, plan.wish.origin)
            for plan in plans
            for claims in (plan.claims, *owed.get(id(plan), {}).values())
            for claim in claims
        ]
        holders = await self._claims.take(wanted)
        for plan in plans:
            if any(holders[claim].owner != plan.wish.payment_id for claim in plan.claims):
                plan.settle(State.BLOCKED, "person_paid_otherwise")
                plan.claims = plan.owed = ()
                continue
            free = {
                one: claims
                for one, claims in owed.get(id(plan), {}).items()
                if all(holders[claim].owner == plan.wish.payment_id for claim in claims)
            }
            plan.owed = tuple(free)
            plan.amount += sum(one.poisha for one in free)
            plan.claims = (*plan.claims, *(claim for claims in free.values() for claim in claims))
            if plan.owed and plan.account and not within_limits(self._policy, plan.account.provider, plan.amount):
                plan.settle(State.BLOCKED, "beyond_provider_limit")
                plan.claims = plan.owed = ()

    async def _fund(self, plans: Sequence[_Plan]) -> None:
        """Commit from the allocation, then send from the release; in the order of coming, nobody is passed over.

        A payment that falls short is first entered among the waiting and then tried once more: an order that comes
        between the two sees it waiting, or it sees the order.
        """
        await self._take(plans)
        short = [plan for plan in plans if plan.state is None]
        if not short:
            return
        at_us = self._now_us()
        # Who waits already keeps its place; a second one would also be run after for ever by those who go through them.
        new = [plan.wish for plan in short if plan.before is None or plan.before.state is not State.AWAITING_FUNDS]
        if new:
            await self._store.insert(WAITING, [_waiting(wish, at_us, place) for place, wish in enumerate(new)])
        await self._take(short)
        for plan in short:
            if plan.state is None:
                plan.settle(State.AWAITING_FUNDS, "release_short" if plan.committed else "allocation_short")

    async def _take(self, plans: Sequence[_Plan]) -> None:
        if not plans:
            return
        allocations = await self._change(0, plans)
        for plan in plans:
            held = allocations[plan.logs[0]].holders.get(plan.wish.payment_id)
            if held is not None:
                plan.committed, plan.amount = True, held
        committed = [plan for plan in plans if plan.committed]
        if not committed:
            return
        releases = await self._change(1, committed)
        for name, log in releases.items():
            sent = [p for p in committed if p.logs[1] == name and p.wish.payment_id in log.holders]
            places = drawn_at(log, [plan.wish.payment_id for plan in sent])
            for plan in sent:
                plan.settle(State.INSTRUCTED, "sent_to_provider")
                plan.drawn = places[plan.wish.payment_id]

    async def _change(self, which: int, plans: Sequence[_Plan]) -> dict[str, Log]:
        by_log: dict[str, list[_Plan]] = {}
        for plan in plans:
            by_log.setdefault(plan.logs[which], []).append(plan)

        def takings(logs: "dict[str, Log] | object") -> list[LimitRow]:
            assert isinstance(logs, dict)
            rows = (_taking(logs[name], wanting, self._now_us()) for name, wanting in by_log.items())
            return [row for row in rows if row is not None]

        return await self.limits.change(by_log, takings)

    def _draft(self, plan: _Plan, due: list[DueRow]) -> Draft:
        wish, event, account = plan.wish, plan.wish.entitlement, plan.account
        assert plan.state is not None
        sent = plan.state is State.INSTRUCTED
        n, now_us = next_number(wish.rows, 0, wish.origin), self._now_us()
        valid_until_us = due_us = 0
        if sent and account is not None:
            within = self._policy.providers[account.provider].report_within_from(now_us)
            valid_until_us = now_us + int(VALID_FOR.total_seconds()) * 1_000_000
            due_us = report_due_us(now_us, within, self.factor)
            due.append(due_row(wish.payment_id, n, due_us))
        before = plan.before
        payment = Payment(
            state=plan.state,
            move=Move.SENT if sent else Move.HELD,
            code=plan.code,
            next=plan.acts or NEXT[plan.state],
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
            provider=account.provider if account is not None else "",
            account=account.number if account is not None else "",
            routing_number=account.routing_number if account is not None else None,
            holder_name=account.holder_name if account is not None else "",
            attempt=(before.attempt if before is not None else 0) + 1 if sent else 0,
            sent_us=now_us if sent else 0,
            drawn=plan.drawn,
            valid_until_us=valid_until_us,
            report_due_us=due_us,
            payroll=before.payroll if before is not None else 0,
            arrears=before.arrears if before is not None else tuple(one.cycle for one in plan.owed),
            recovered=before.recovered if before is not None else plan.recovered,
        )
        payment = journal.entered(before, payment)
        return Draft(wish.payment_id, 0, n, payment.state, payment.write(), _claims(plan))


def _claims(plan: _Plan) -> tuple[str, ...]:
    """A payment that is not blocked keeps what it has claimed for ever, so later transitions need not take it again."""
    if plan.state is State.BLOCKED:
        return ()
    kept = plan.wish.rows[-1].claims.split() if plan.wish.rows else ()
    return tuple(dict.fromkeys((*kept, *plan.claims)))


def _moves(plan: _Plan) -> bool:
    before = plan.before
    return before is None or (before.state, before.code, before.committed) != (plan.state, plan.code, plan.committed)


def _waiting(wish: Wish, at_us: int, place: int) -> WaitingRow:
    return WaitingRow(
        queue(wish.cycle.programme, wish.cycle.name),
        f"{at_us:017d}|{place:06d}|{wish.payment_id}",
        wish.payment_id,
        wish.entitlement.entitlement_id,
    )


def queue(programme: str, cycle: str) -> str:
    """The waiting of one cycle."""
    return f"{programme}|{cycle}"


def _taking(log: Log, plans: Iterable[_Plan], at_us: int) -> LimitRow | None:
    """The next row of a log: what fits, in order; None where nothing does or this record has taken before."""
    fitting: dict[str, int] = {}
    free = log.free
    origin: Origin | None = None
    for plan in plans:
        if plan.wish.payment_id in log.holders:
            continue
        if plan.amount > free:
            break
        origin = origin or plan.wish.origin
        fitting[plan.wish.payment_id] = plan.amount
        free -= plan.amount
    if origin is None or any(row.kind == "take" for row in log.caused_by(origin)):
        return None
    return log.take(fitting, origin, at_us)
