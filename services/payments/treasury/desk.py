"""The treasury's orders: allocation, release, what lapses with the fiscal year, and what is recovered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Final

import orjson

from services.payments import journal
from services.payments.cycles import CLOSED, cycles_of
from services.payments.ids import allocation_log, recovery_log, release_log
from services.payments.lookup import cycles_by_programme
from services.payments.payment import Postings
from services.payments.payroll.calendar import LAPSE_CYCLE, VOID, Calendar
from services.payments.payroll.lists import APPROVED, DROPPED, FROZEN, SHORT, list_id, lists_of, queue_of
from services.payments.payroll.tables import LISTS, ListRow
from services.payments.reasons import TABLE
from services.payments.tables import ENTITLEMENTS, ORDERS, CycleRow, OrderRow
from services.payments.treasury import asked
from services.payments.treasury.tables import (
    RECOVERIES,
    RECOVERY_ORDERS,
    RecoveryOrderRow,
    RecoveryRow,
    place_of,
)
from shared.contracts.command import Command
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.status import Reason
from shared.policy.dates import fiscal_year, policy_date
from shared.policy.policy import Policy
from shared.stage.commands import arguments, done, refused
from shared.stage.messages import moment
from shared.stage.records import Origin
from shared.stage.stage import Input, Verdict
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import LimitRow

LAPSE, APPLY, RESUME = "treasury.lapse", "funds.apply", "list.resume"
_LOGS: Final = {"allocate": allocation_log, "release": release_log}


class Treasury:
    """Decides the commands."""

    def __init__(
        self, store: Store, policy: Policy, limits: LimitLogs, calendar: Calendar, now_us: Callable[[], int]
    ) -> None:
        self._store, self._policy, self._limits = store, policy, limits
        self._calendar, self._now_us = calendar, now_us

    def handlers(self) -> dict[str, Callable[[Input[Command]], Awaitable[Verdict]]]:
        """By the name of the command."""
        return {
            "treasury.allocate": self.order,
            "treasury.release": self.order,
            LAPSE: self.lapse,
            LAPSE_CYCLE: self.lapse_cycle,
            "recovery.order": self.recover,
        }

    async def order(self, item: Input[Command]) -> Verdict:
        """Enter an order once by its reference, then let the waiting ones have it."""
        given: asked.Order = arguments(item, asked.Order)
        declared = self._policy.programmes.get(given.programme)
        if declared is None:
            return refused(item, [TABLE["programme_unknown"]])
        code = declared.payroll.budget_code
        if code is not None and given.budget_code != code:
            return refused(item, [TABLE["budget_code_differs"]])
        kind = item.event.name.removeprefix("treasury.")
        log = _LOGS[kind](given.programme, given.cycle)
        known = await self._store.get(ORDERS, [(kind, given.order_ref)])
        if not known and (await self._limits.read([log]))[log].frozen:
            return refused(item, [TABLE["cycle_lapsed"]])
        postings = journal.allocate(given.poisha) if kind == "allocate" else journal.release(given.poisha)
        row = self._row(item, kind, given.order_ref, given.programme, given.cycle, given.poisha, postings)
        (stored,) = await self._store.insert(ORDERS, [row])
        if (stored.programme, stored.cycle, stored.poisha) != (given.programme, given.cycle, given.poisha):
            return refused(item, [TABLE["order_known_otherwise"]])
        cause = Origin(stored.topic, stored.partition, stored.offset)
        detail = orjson.dumps({"order_ref": given.order_ref, "budget_code": given.budget_code, "dated": given.dated})

        def offering(logs: Mapping[str, Log]) -> list[LimitRow]:
            if any(before.kind == "offer" for before in logs[log].caused_by(cause)):
                return []
            return [logs[log].offer(given.poisha, cause, self._now_us(), detail)]

        offered = (await self._limits.change([log], offering))[log].caused_by(cause)
        if any(_says_otherwise(row.detail, given) for row in offered if row.kind == "offer"):
            return refused(item, [TABLE["order_known_otherwise"]])
        again = cause != item.record.origin
        onward = RESUME if declared.payroll.flow == "by_list" else APPLY
        then = [] if again else [[onward, ""]]
        return done(item, {**given.model_dump(mode="json"), "recognised": again, "then": then})

    async def lapse(self, item: Input[Command]) -> Verdict:
        """Close what is still open of a fiscal year that is over, then take back what is unspent, cycle by cycle."""
        given: asked.Lapse = arguments(item, asked.Lapse)
        today = policy_date(item.event.at)
        if _first_day(given.fiscal_year) is None or fiscal_year(today) <= given.fiscal_year:
            return refused(item, [TABLE["year_not_over"]])
        then = []
        for programme, cycle in sorted(await self._of_year(given.fiscal_year)):
            await self._calendar.enter(item, programme, cycle, CLOSED, "", _open_only(cycle))
            then.append([VOID, "", {"programme": programme, "cycle": cycle, "lapse": True}])
        return done(item, {**given.model_dump(mode="json"), "cycles": len(then), "then": then})

    async def _of_year(self, year: str) -> set[tuple[str, str]]:
        """The cycles that began in a fiscal year; one that was never opened belongs to that of its first order."""
        cycles = await cycles_by_programme(self._store, list(self._policy.programmes))
        began = {(one.programme, one.name): one.starts_on for known in cycles.values() for one in known}
        found = {key for key, starts_on in began.items() if fiscal_year(starts_on) == year}
        ordered: dict[tuple[str, str], date] = {}
        async for row in self._store.scan(ORDERS):
            day = policy_date(moment(row.at_us))
            key = (row.programme, row.cycle)
            ordered[key] = min(day, ordered.get(key, day))
        return found | {key for key, day in ordered.items() if key not in began and fiscal_year(day) == year}

    async def lapse_cycle(self, item: Input[Command]) -> Verdict:
        """Post what a cycle has left of its allocation and of its release, and let neither be used again."""
        given: asked.LapseCycle = arguments(item, asked.LapseCycle)
        await self._drop_lists(item, given.programme, given.cycle)
        lapsed: dict[str, int] = {}
        for kind, named in _LOGS.items():
            log = named(given.programme, given.cycle)
            lapsed[kind] = await self._take_back(item, log) + (given.set_aside if kind == "release" else 0)
            if lapsed[kind]:
                ref = f"lapse:{given.programme}:{given.cycle}"
                postings = journal.lapse(kind, lapsed[kind])
                row = self._row(item, f"lapse-{kind}", ref, given.programme, given.cycle, lapsed[kind], postings)
                await self._store.insert(ORDERS, [row])
        return done(item, {"programme": given.programme, "cycle": given.cycle, "lapsed": lapsed})

    async def _drop_lists(self, item: Input[Command], programme: str, cycle: str) -> None:
        """Lists that have not left, or not wholly, hold nothing of the allocation any more but what has left."""
        queue, origin = queue_of(programme, cycle), item.record.origin
        rows = await self._store.find(LISTS, "queue", [queue])
        waiting = [one.number for one in lists_of(rows) if one.state in (FROZEN, APPROVED, SHORT)]
        for place, number in enumerate(waiting, len(rows) + 1):
            row = ListRow(queue, place, number, DROPPED, item.event.by, b"{}", *origin, self._now_us())
            await self._store.insert(LISTS, [row])
        names = {list_id(programme, cycle, one.number) for one in lists_of(rows)}
        allocation, release = allocation_log(programme, cycle), release_log(programme, cycle)

        def back(logs: Mapping[str, Log]) -> list[LimitRow]:
            log = logs[allocation]
            left = {name: _left_of(name, logs[release]) for name in names if name in log.holders}
            unsent = {name: log.holders[name] - sent for name, sent in left.items() if log.holders[name] > sent}
            if not unsent or any(row.kind == "free" for row in log.caused_by(origin)):
                return []
            return [log.give_back_some(unsent, origin, self._now_us())]

        await self._limits.change([allocation, release], back)

    async def _take_back(self, item: Input[Command], name: str) -> int:
        """Lower the limit to what is taken and freeze it; returns by how much, also to a replay."""
        origin = item.record.origin

        def taking(logs: Mapping[str, Log]) -> list[LimitRow]:
            log = logs[name]
            if log.frozen:
                return []
            if log.free:
                return [log.offer(-log.free, origin, self._now_us(), b'{"lapse":true}')]
            return [log.freeze(origin, self._now_us())]

        log = (await self._limits.change([name], taking))[name]
        return -sum(row.amount for row in log.caused_by(origin) if row.kind == "offer")

    async def recover(self, item: Input[Command]) -> Verdict:
        """An overpayment is held back from the next payments; nothing that has left is touched."""
        given: asked.Recover = arguments(item, asked.Recover)
        if given.programme not in self._policy.programmes:
            return refused(item, [TABLE["programme_unknown"]])
        rows = await self._store.find(ENTITLEMENTS, "entitlement_id", [given.entitlement_id])
        if not rows or EntitlementChanged.read(rows[-1].body).programme != given.programme:
            return refused(item, [TABLE["entitlement_unknown"]])
        origin, log = item.record.origin, recovery_log(given.entitlement_id)
        what = (given.order_ref, given.programme, given.entitlement_id, given.poisha, given.reason)
        row = RecoveryOrderRow(*what, item.event.by, *origin, self._now_us())
        (stored,) = await self._store.insert(RECOVERY_ORDERS, [row])
        if stored[:4] != row[:4]:
            return refused(item, [TABLE["order_known_otherwise"]])
        cause = Origin(stored.topic, stored.partition, stored.offset)
        place = place_of(stored.at_us, stored.order_ref)
        found = RecoveryRow(given.programme, place, given.entitlement_id, stored.at_us)

        def offering(logs: Mapping[str, Log]) -> list[LimitRow]:
            if logs[log].caused_by(cause):
                return []
            return [logs[log].offer(given.poisha, cause, self._now_us())]

        await self._limits.change([log], offering)
        await self._store.insert(RECOVERIES, [found])
        return done(item, given.model_dump(mode="json"))

    def _row(
        self,
        item: Input[Command],
        kind: str,
        order_ref: str,
        programme: str,
        cycle: str,
        poisha: int,
        postings: Postings,
    ) -> OrderRow:
        packed = orjson.dumps(postings)
        by, origin = item.event.by, item.record.origin
        return OrderRow(kind, order_ref, programme, cycle, poisha, packed, by, *origin, self._now_us())


def _says_otherwise(detail: bytes, given: asked.Order) -> bool:
    """Whether the order that was entered first has another budget code or date than one of the same reference."""
    first = orjson.loads(detail)
    pairs = (
        (first.get("budget_code"), given.budget_code),
        (first.get("dated"), given.dated.isoformat() if given.dated else None),
    )
    return any(None not in pair and pair[0] != pair[1] for pair in pairs)


def _left_of(name: str, release: Log) -> int:
    return sum(held for holder, held in release.holders.items() if holder.startswith(f"{name}|"))


def _open_only(cycle: str) -> Callable[[Sequence[CycleRow]], Reason | None]:
    def fault(rows: Sequence[CycleRow]) -> Reason | None:
        still = any(one.name == cycle and one.is_open for one in cycles_of(rows))
        return None if still else TABLE["cycle_unknown"]

    return fault


def _first_day(year: str) -> date | None:
    """1 July of a fiscal year as it is written; None where its two years are not consecutive."""
    first = date(int(year[:4]), 7, 1)
    return first if fiscal_year(first) == year else None
