"""The money of payments: committed from the allocation, sent from the release, and who waits for either."""

from collections.abc import Callable, Mapping, Sequence

from services.payments.sending.draws import drawn_at
from services.payments.sending.plans import Plan, Wish
from services.payments.states import State
from services.payments.tables import WAITING, WaitingRow
from shared.stage.records import Origin
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import LimitRow


class Funding:
    """Funds many plans at once, each log of a cycle by one row."""

    def __init__(self, store: Store, limits: LimitLogs, now_us: Callable[[], int]) -> None:
        self._store, self._limits, self._now_us = store, limits, now_us

    async def fund(self, plans: Sequence[Plan]) -> None:
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

    async def _take(self, plans: Sequence[Plan]) -> None:
        if not plans:
            return
        for log, asking in await self._change(0, plans):
            held = log.held_by(asking)
            for payment_id, plan in asking.items():
                if payment_id in held:
                    plan.committed, plan.amount = True, held[payment_id]
        committed = [plan for plan in plans if plan.committed]
        if not committed:
            return
        instructed = State.INSTRUCTED
        for log, asking in await self._change(1, committed):
            for payment_id, place in drawn_at(log, log.held_by(asking)).items():
                asking[payment_id].settle(instructed, "sent_to_provider")
                asking[payment_id].drawn = place

    async def _change(self, which: int, plans: Sequence[Plan]) -> list[tuple[Log, dict[str, Plan]]]:
        """Take from the first or the second log of each plan; the logs as they are then, each with who asked there."""
        by_log: dict[str, dict[str, Plan]] = {}
        for plan in plans:
            by_log.setdefault(plan.logs[which], {})[plan.wish.payment_id] = plan

        def takings(logs: Mapping[str, Log]) -> list[LimitRow]:
            rows = (_taking(logs[name], asking, self._now_us()) for name, asking in by_log.items())
            return [row for row in rows if row is not None]

        logs = await self._limits.change(by_log, takings, apart=True)
        return [(logs[name], asking) for name, asking in by_log.items()]


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


def _taking(log: Log, asking: Mapping[str, Plan], at_us: int) -> LimitRow | None:
    """The next row of a log: what fits, in order; None where nothing does or this record has taken before."""
    fitting: dict[str, int] = {}
    free, held = log.free, log.held_by(asking)
    if len(held) == len(asking):
        return None
    origin: Origin | None = None
    for payment_id, plan in asking.items():
        if payment_id in held:
            continue
        if plan.amount > free:
            break
        origin = origin or plan.wish.origin
        fitting[payment_id] = plan.amount
        free -= plan.amount
    if origin is None or any(row.kind == "take" for row in log.caused_by(origin)):
        return None
    return log.take(fitting, origin, at_us)
