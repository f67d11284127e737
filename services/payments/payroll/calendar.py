"""Opening and closing cycles. Closing wants nothing under way, and ends what was never sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Final

from msgspec.structs import replace

from services.payments import asked, journal
from services.payments.books.ledger import Ledger
from services.payments.cycles import CLOSED, OPEN, Cycle, cycles_of, open_cycle, overlaps
from services.payments.ids import allocation_log, payment_id
from services.payments.lookup import transitions
from services.payments.payment import Payment, present
from services.payments.payroll.lists import UNFINISHED, list_id, lists_of, queue_of
from services.payments.payroll.tables import LISTS
from services.payments.reasons import TABLE
from services.payments.states import AWAITING, UNDER_WAY, Move, State
from services.payments.tables import CYCLES, MEMBERS, CycleRow, Member
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.policy.errors import FrequencyNotKnown
from shared.policy.policy import Policy
from shared.policy.programmes import ProgrammePolicy
from shared.stage.commands import arguments, done, refused
from shared.stage.numbering import caused_by, next_number
from shared.stage.records import Origin
from shared.stage.stage import Draft, Input, Verdict
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import Decision, LimitRow

FILL, VOID, LAPSE_CYCLE = "cycle.fill", "cycle.void", "treasury.lapse-cycle"
PAGE: Final = 1_000


class VoidPiece(asked.Piece):
    """``cycle.void``: ``lapse`` says that the fiscal year is over, so that the money is taken back in the end.

    ``set_aside`` is what the pieces before have found drawn from the release by payments that are void.
    """

    lapse: bool = False
    set_aside: int = 0


class Calendar:
    """Decides ``cycle.open`` and ``cycle.close``, and carries a closing on."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        limits: LimitLogs,
        ledger: Callable[[], Awaitable[Ledger]],
        now_us: Callable[[], int],
    ) -> None:
        """``ledger`` gives what has been added up so far."""
        self._store, self._policy, self._limits = store, policy, limits
        self._ledger, self._now_us = ledger, now_us

    def handlers(self) -> dict[str, Callable[[Input[Command]], Awaitable[Verdict]]]:
        """By the name of the command."""
        return {"cycle.open": self.open, "cycle.close": self.close, VOID: self.void}

    async def open(self, item: Input[Command]) -> Verdict:
        """One cycle of a programme is open at a time, and each is opened once, under whatever name.

        Where policy pays straight through, the entitled are gone through at once; otherwise they are for a list.
        """
        given: asked.OpenCycle = arguments(item, asked.OpenCycle)
        declared = self._policy.programmes.get(given.programme)
        if declared is None or declared.benefit != "cash":
            return refused(item, [TABLE["programme_unknown"]])
        try:
            declared.frequency_on(given.starts_on)
        except FrequencyNotKnown:
            return refused(item, [TABLE["frequency_not_known"]])

        def fault(rows: Sequence[CycleRow]) -> Reason | None:
            if any(row.cycle == given.cycle for row in rows):
                return TABLE["cycle_known"]
            known = cycles_of(rows)
            if open_cycle(known) is not None:
                return TABLE["another_cycle_open"]
            return TABLE["days_paid_for"] if any(_same_days(declared, given.starts_on, one) for one in known) else None

        why = await self.enter(item, given.programme, given.cycle, OPEN, given.starts_on.isoformat(), fault)
        if why is not None:
            return refused(item, [why])
        then = [[FILL, ""]] if declared.payroll.flow == "straight_through" else []
        return done(item, {**given.model_dump(mode="json"), "then": then})

    async def close(self, item: Input[Command]) -> Verdict:
        """Close the cycle that is open: with no list half way, and no money with a provider."""
        given: asked.CloseCycle = arguments(item, asked.CloseCycle)
        lists = lists_of(await self._store.find(LISTS, "queue", [queue_of(given.programme, given.cycle)]))
        waits = any(one.state in UNFINISHED for one in lists)
        known = await self._store.find(CYCLES, "programme", [given.programme])
        now_open = open_cycle(cycles_of(known))
        in_transit = False
        if now_open is not None and now_open.name == given.cycle:
            in_transit = await self._in_transit(given.programme, given.cycle)

        def fault(rows: Sequence[CycleRow]) -> Reason | None:
            now = open_cycle(cycles_of(rows))
            if now is None or now.name != given.cycle:
                return TABLE["cycle_unknown"]
            if waits:
                return TABLE["list_waits"]
            return TABLE["money_in_transit"] if in_transit else None

        why = await self.enter(item, given.programme, given.cycle, CLOSED, "", fault)
        if why is not None:
            return refused(item, [why])
        return done(item, {**given.model_dump(mode="json"), "then": [[VOID, ""]]})

    async def void(self, item: Input[Command]) -> Verdict:
        """End the next payments that were never sent, and give what was committed for them back to the allocation."""
        given: VoidPiece = arguments(item, VoidPiece)
        members: list[Member] = await self._store.follow(MEMBERS, [(given.programme, given.after)], PAGE)
        ids = [payment_id(given.programme, given.cycle, row.entitlement_id) for row in members]
        paid = await transitions(self._store, ids)
        drafts = [draft for named in ids if (draft := _voided(named, paid[named], item.record.origin)) is not None]
        await self._give_back(given.programme, given.cycle, drafts, item.record.origin)
        result = {"programme": given.programme, "cycle": given.cycle, "payments": len(drafts)}
        set_aside = given.set_aside + _set_aside(paid, drafts) if given.lapse else 0
        if len(members) == PAGE:
            then = [[VOID, members[-1].entitlement_id, {"lapse": given.lapse, "set_aside": set_aside}]]
        else:
            then = [[LAPSE_CYCLE, "", {"set_aside": set_aside}]] if given.lapse else []
        return done(item, {**result, "then": then}, drafts)

    async def _give_back(self, programme: str, cycle: str, voided: Sequence[Draft], origin: Origin) -> None:
        """What was committed for payments by themselves, or for the list that they were to leave with."""
        name = allocation_log(programme, cycle)
        payments = [(draft.subject, Payment.read(draft.body)) for draft in voided]

        def back(logs: Mapping[str, Log]) -> list[LimitRow]:
            log = logs[name]
            amounts = {named: log.holders[named] for named, _ in payments if named in log.holders}
            for named, payment in payments:
                listed = list_id(programme, cycle, payment.payroll)
                if payment.payroll and named not in amounts and listed in log.holders:
                    amounts[listed] = amounts.get(listed, 0) + payment.amount
            if not amounts or any(row.kind == "free" for row in log.caused_by(origin)):
                return []
            return [log.give_back_some(amounts, origin, self._now_us())]

        if payments:
            await self._limits.change([name], back)

    async def _in_transit(self, programme: str, cycle: str) -> bool:
        """Whether a provider has money of this cycle, or is about to have.

        The running ledger says so at once, however many are paid: going through millions would outlast the batch's
        deadline, again and again. Only where some are scheduled, they are looked for one by one, since of one that is
        left to a person no provider is going to hear.
        """
        ledger = await self._ledger()
        scheduled = 0
        for cell, payments in ledger.payments.items():
            if (cell.programme, cell.cycle) == (programme, cycle) and payments:
                if cell.state in UNDER_WAY:
                    return True
                scheduled += payments if cell.state == State.SCHEDULED else 0
        after = ""
        while scheduled:
            members: list[Member] = await self._store.follow(MEMBERS, [(programme, after)], PAGE)
            ids = [payment_id(programme, cycle, row.entitlement_id) for row in members]
            for rows in (await transitions(self._store, ids)).values():
                if rows and rows[-1].state == State.SCHEDULED:
                    if _leaves(rows[-1]):
                        return True
                    scheduled -= 1
            if len(members) < PAGE:
                break
            after = members[-1].entitlement_id
        return False

    async def enter(
        self,
        item: Input[Command],
        programme: str,
        cycle: str,
        state: str,
        starts_on: str,
        fault: Callable[[Sequence[CycleRow]], Reason | None],
    ) -> Reason | None:
        """Insert the next row of the programme's log of cycles, or say why not; whoever is overtaken looks again."""
        origin = item.record.origin
        while True:
            rows = await self._store.find(CYCLES, "programme", [programme])
            if any((row.topic, row.partition, row.offset) == origin and row.cycle == cycle for row in rows):
                return None
            if (why := fault(rows)) is not None:
                return why
            row = CycleRow(programme, len(rows) + 1, cycle, state, starts_on, item.event.by, *origin, self._now_us())
            await self._store.insert(CYCLES, [row])


def _voided(named: str, rows: Sequence[Decision], origin: Origin) -> Draft | None:
    own = caused_by(rows, origin)
    before = present(tuple(rows[: own[0].n - 1]) if own else tuple(rows))
    never_left = before is not None and before.state is State.SCHEDULED and not before.attempt
    if before is None or not (before.state in AWAITING or never_left):
        return None
    after: Payment = journal.entered(
        before,
        replace(
            before,
            state=State.VOID,
            move=Move.VOIDED,
            code="cycle_over",
            next="nobody",
            committed=False,
            report_due_us=0,
            leaves_us=0,
        ),
    )
    return Draft(named, 0, next_number(rows, 0, origin), after.state, after.write())


def _leaves(row: Decision) -> bool:
    """Whether a scheduled payment leaves by itself."""
    return Payment.read(row.body).leaves_us > 0


def _set_aside(paid: Mapping[str, Sequence[Decision]], voided: Sequence[Draft]) -> int:
    """What void payments have drawn from the release, in poisha: nobody else can, so it lapses with what is left."""
    bodies = {named: rows[-1].body for named, rows in paid.items() if rows and rows[-1].state == State.VOID}
    payments = map(Payment.read, (bodies | {draft.subject: draft.body for draft in voided}).values())
    return sum(payment.amount for payment in payments if payment.drawn >= 0)


def _same_days(declared: ProgrammePolicy, starts_on: date, known: Cycle) -> bool:
    try:
        others = declared.frequency_on(known.starts_on)
    except FrequencyNotKnown:
        return False
    return overlaps(starts_on, declared.frequency_on(starts_on), known.starts_on, others)
