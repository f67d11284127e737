"""The commands of payments: cycles and treasury orders by people, pieces and timers by the service itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from services.payments import asked, journal
from services.payments.attending import Attending
from services.payments.cycles import CLOSED, OPEN, cycles_of, open_cycle
from services.payments.disburse import Disburser
from services.payments.ids import allocation_log, release_log
from services.payments.lookup import transitions
from services.payments.onward import emit
from services.payments.payment import Payment, present, standing
from services.payments.pieces import Pieces
from services.payments.reasons import TABLE
from services.payments.states import UNDER_WAY, Move, State
from services.payments.tables import CYCLES, DUE, ORDERS, CycleRow, DueRow, OrderRow
from services.payments.timers import INQUIRIES_MAX, answer_due_us, due_row
from shared import topics
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.envelope import event_id
from shared.policy.errors import FrequencyNotKnown
from shared.policy.policy import Policy
from shared.stage.commands import CommandStage, Emit, Handle, arguments, done, refused
from shared.stage.messages import moment
from shared.stage.numbering import caused_by, next_number
from shared.stage.records import Origin
from shared.stage.stage import Draft, Input, Message, Settled, Verdict
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import Decision, LimitRow

FILL, APPLY, DUE_COMMAND = "cycle.fill", "funds.apply", "payment.due"


def command_stage(
    store: Store, policy: Policy, disburser: Disburser, *, now_us: Callable[[], int], piece: int = 500
) -> CommandStage:
    """The desk of payments."""
    handlers = Handlers(store, policy, disburser, now_us, piece)
    one_by_one: dict[str, Callable[[Input[Command]], Awaitable[Verdict]]] = {
        "cycle.open": handlers.open_cycle,
        "cycle.close": handlers.close_cycle,
        "treasury.allocate": handlers.order,
        "treasury.release": handlers.order,
        FILL: handlers.piece,
        APPLY: handlers.piece,
    }
    one_by_one |= Attending(store, policy, disburser, now_us).handlers()
    handles: dict[str, Handle] = {name: _each(handle) for name, handle in one_by_one.items()}
    handles[DUE_COMMAND] = handlers.due
    emitters: Mapping[str, Emit] = dict.fromkeys(handles, emit)
    return CommandStage("payments", policy.hash, store, handles, emitters, now_us=now_us)


def _each(handle: Callable[[Input[Command]], Awaitable[Verdict]]) -> Handle:
    """A handler of several commands that decides them one after the other."""

    async def all_of(items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        return [await handle(item) for item in items]

    return all_of


class Handlers:
    """Decides commands. Each may be asked again for the same command, and finds what it did before."""

    def __init__(
        self, store: Store, policy: Policy, disburser: Disburser, now_us: Callable[[], int], piece: int
    ) -> None:
        self._store, self._policy, self._disburser, self._now_us = store, policy, disburser, now_us
        self._limits: LimitLogs = disburser.limits
        self._pieces = Pieces(store, policy, disburser, piece)

    async def open_cycle(self, item: Input[Command]) -> Verdict:
        """One cycle of a programme is open at a time, and each is opened once; then the entitled are gone through."""
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
            return TABLE["another_cycle_open"] if open_cycle(cycles_of(rows)) is not None else None

        why = await self._append(item, given.programme, given.cycle, OPEN, given.starts_on.isoformat(), fault)
        if why is not None:
            return refused(item, [why])
        return done(item, {**given.model_dump(mode="json"), "then": [[FILL, ""]]})

    async def close_cycle(self, item: Input[Command]) -> Verdict:
        """Close the cycle if it is the one that is open."""
        given: asked.CloseCycle = arguments(item, asked.CloseCycle)

        def fault(rows: Sequence[CycleRow]) -> Reason | None:
            now_open = open_cycle(cycles_of(rows))
            return TABLE["cycle_unknown"] if now_open is None or now_open.name != given.cycle else None

        why = await self._append(item, given.programme, given.cycle, CLOSED, "", fault)
        return refused(item, [why]) if why is not None else done(item, given.model_dump(mode="json"))

    async def _append(
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
            if any((row.topic, row.partition, row.offset) == origin for row in rows):
                return None
            if (why := fault(rows)) is not None:
                return why
            row = CycleRow(programme, len(rows) + 1, cycle, state, starts_on, item.event.by, *origin, self._now_us())
            await self._store.insert(CYCLES, [row])

    async def order(self, item: Input[Command]) -> Verdict:
        """Enter a treasury order once by its reference, then let the waiting ones have it."""
        given: asked.Order = arguments(item, asked.Order)
        if given.programme not in self._policy.programmes:
            return refused(item, [TABLE["programme_unknown"]])
        kind = item.event.name.removeprefix("treasury.")
        postings = journal.allocate(given.poisha) if kind == "allocate" else journal.release(given.poisha)
        row = OrderRow(
            kind,
            given.order_ref,
            given.programme,
            given.cycle,
            given.poisha,
            orjson.dumps(postings),
            item.event.by,
            *item.record.origin,
            self._now_us(),
        )
        (stored,) = await self._store.insert(ORDERS, [row])
        if (stored.programme, stored.cycle, stored.poisha) != (given.programme, given.cycle, given.poisha):
            return refused(item, [TABLE["order_known_otherwise"]])
        cause = Origin(stored.topic, stored.partition, stored.offset)
        log = (allocation_log if kind == "allocate" else release_log)(given.programme, given.cycle)

        def offering(logs: Mapping[str, Log]) -> list[LimitRow]:
            if any(before.kind == "offer" for before in logs[log].caused_by(cause)):
                return []
            return [logs[log].offer(given.poisha, cause, self._now_us())]

        await self._limits.change([log], offering)
        again = cause != item.record.origin
        then = [] if again else [[APPLY, ""]]
        return done(item, {**given.model_dump(mode="json"), "recognised": again, "then": then})

    async def piece(self, item: Input[Command]) -> Verdict:
        """One piece of what an opened cycle or an order sets going."""
        given: asked.Piece = arguments(item, asked.Piece)
        filling = item.event.name == FILL
        take = self._pieces.fill if filling else self._pieces.apply_funds
        drafts, onward = await take(item.subject, item.record.origin, given.programme, given.cycle, given.after)
        # Money may have come while a piece found none: at the end of a filling the waiting are looked at once.
        then = [[item.event.name, onward]] if onward is not None else [[APPLY, ""]] if filling else []
        result = {"programme": given.programme, "cycle": given.cycle, "payments": len(drafts), "then": then}
        return done(item, result, drafts)

    async def due(self, items: Sequence[Input[Command]]) -> Sequence[Verdict]:
        """No report in time: the outcome is unknown and is asked for; in the end a person has to ask."""
        given: list[asked.Due] = [arguments(item, asked.Due) for item in items]
        paid = await transitions(self._store, list(dict.fromkeys(item.event.about for item in items)))
        timers: list[DueRow] = []
        verdicts: list[Verdict] = []
        for item, due in zip(items, given, strict=True):
            draft = self._overdue(item, due, paid[item.event.about], timers)
            verdicts.append(done(item, {"asked": draft is not None}, () if draft is None else (draft,)))
        if timers:
            await self._store.insert(DUE, timers)
        return verdicts

    def _overdue(
        self, item: Input[Command], due: asked.Due, rows: tuple[Decision, ...], timers: list[DueRow]
    ) -> Draft | None:
        own = caused_by(rows, item.record.origin)
        if own:
            return Draft(own[0].subject, 0, own[0].n, own[0].state, own[0].body, tuple(own[0].claims.split()))
        payment = present(rows)
        if payment is None or rows[-1].n != due.n or payment.state not in UNDER_WAY or not payment.report_due_us:
            return None
        if int(item.event.at.timestamp() * 1_000_000) + 1_000 < payment.report_due_us:
            return None
        after = self._asking(payment)
        n = next_number(rows, 0, item.record.origin)
        if after.report_due_us:
            timers.append(due_row(item.event.about, n, after.report_due_us))
        return Draft(item.event.about, 0, n, after.state, after.write(), tuple(rows[-1].claims.split()))

    def _asking(self, payment: Payment) -> Payment:
        state = State.CANCELLING if payment.state is State.CANCELLING else State.UNKNOWN
        silent = replace(payment, state=state, move=Move.ASKED, was=standing(payment), postings=())
        if payment.inquiries >= INQUIRIES_MAX:
            return replace(silent, code="no_answer", next="operator", asks=False, report_due_us=0)
        within = self._policy.providers[payment.provider].report_within
        asked_for = payment.inquiries + 1
        return replace(
            silent,
            code="cancelling" if state is State.CANCELLING else "no_report",
            next="provider",
            asks=True,
            inquiries=asked_for,
            report_due_us=answer_due_us(self._now_us(), within, self._disburser.factor, asked_for),
        )
