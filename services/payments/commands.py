"""The commands of payments: each room's own, and the pieces and timers by which the service goes on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from services.payments import asked
from services.payments.accounts.desk import Accounts
from services.payments.attending import Attending
from services.payments.books.ledger import Ledger
from services.payments.lookup import transitions
from services.payments.onward import emit
from services.payments.payment import Payment, present, standing
from services.payments.payroll.calendar import FILL, Calendar
from services.payments.payroll.wiring import payrolls
from services.payments.pieces import Pieces
from services.payments.sending.disburse import Disburser
from services.payments.sending.leaving import Due, leave
from services.payments.statements.loading import Loading
from services.payments.states import UNDER_WAY, Move, State
from services.payments.tables import DUE, DueRow
from services.payments.timers import INQUIRIES_MAX, answer_due_us, due_row
from services.payments.treasury.desk import Treasury
from shared.contracts.command import Command
from shared.policy.policy import Policy
from shared.stage.commands import CommandStage, Emit, Handle, arguments, done
from shared.stage.numbering import caused_by, next_number
from shared.stage.stage import Draft, Input, Verdict
from shared.store.port import Store
from shared.store.tables import Decision

APPLY, DUE_COMMAND = "funds.apply", "payment.due"


def command_stage(
    store: Store,
    policy: Policy,
    disburser: Disburser,
    *,
    ledger: Callable[[], Awaitable[Ledger]],
    now_us: Callable[[], int],
    manifest_key: bytes,
    piece: int = 500,
) -> CommandStage:
    """The desk of payments.

    ``ledger`` gives what has been added up so far, ``manifest_key`` signs lists; ``piece`` is how much one piece of a
    long command takes.
    """
    handlers = Handlers(store, policy, disburser, now_us, piece)
    one_by_one: dict[str, Callable[[Input[Command]], Awaitable[Verdict]]] = {
        FILL: handlers.piece,
        APPLY: handlers.piece,
    }
    calendar = Calendar(store, policy, disburser.limits, ledger, now_us)
    one_by_one |= calendar.handlers()
    one_by_one |= Treasury(store, policy, disburser.limits, calendar, now_us).handlers()
    one_by_one |= payrolls(store, policy, disburser, now_us=now_us, key=manifest_key, size=piece).handlers()
    one_by_one |= Accounts(store, policy, Pieces(store, disburser, piece)).handlers()
    one_by_one |= Loading(store, policy, now_us).handlers()
    one_by_one |= Attending(store, policy, disburser, now_us).handlers()
    handles: dict[str, Handle] = {name: partial(_each, handle) for name, handle in one_by_one.items()}
    handles[DUE_COMMAND] = handlers.due
    emitters: Mapping[str, Emit] = dict.fromkeys(handles, emit)
    return CommandStage("payments", policy.hash, store, handles, emitters, now_us=now_us)


async def _each(
    handle: Callable[[Input[Command]], Awaitable[Verdict]], items: Sequence[Input[Command]]
) -> Sequence[Verdict]:
    """Decides several commands one after the other."""
    return [await handle(item) for item in items]


class Handlers:
    """Decides commands. Each may be asked again for the same command, and finds what it did before."""

    def __init__(
        self, store: Store, policy: Policy, disburser: Disburser, now_us: Callable[[], int], piece: int
    ) -> None:
        self._store, self._policy, self._disburser, self._now_us = store, policy, disburser, now_us
        self._pieces = Pieces(store, disburser, piece)

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
        """What is scheduled leaves. No report in time: the outcome is unknown and asked for, in the end by a person."""
        given: list[asked.Due] = [arguments(item, asked.Due) for item in items]
        paid = await transitions(self._store, list(dict.fromkeys(item.event.about for item in items)))
        scheduled = [
            Due(item.event.about, payment, paid[item.event.about], item.record.origin)
            for item, due in zip(items, given, strict=True)
            if (payment := _scheduled(item, due, paid[item.event.about])) is not None
        ]
        moved = await leave(self._store, self._disburser, scheduled)
        left = {one.origin: draft for one, draft in zip(scheduled, moved, strict=True)}
        timers: list[DueRow] = []
        verdicts: list[Verdict] = []
        for item, due in zip(items, given, strict=True):
            draft = left.get(item.record.origin) or self._overdue(item, due, paid[item.event.about], timers)
            verdicts.append(done(item, {"moved": draft is not None}, () if draft is None else (draft,)))
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
        if not _has_come(item, payment.report_due_us):
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
        provider = self._policy.providers[payment.provider]
        asked_for = payment.inquiries + 1
        return replace(
            silent,
            code="cancelling" if state is State.CANCELLING else "no_report",
            next="provider",
            asks=True,
            inquiries=asked_for,
            report_due_us=answer_due_us(self._now_us(), provider, self._disburser.factor, asked_for),
        )


def _scheduled(item: Input[Command], due: asked.Due, rows: tuple[Decision, ...]) -> Payment | None:
    """The payment, if it is where the timer left it and the time to leave has come."""
    payment = present(rows)
    if payment is None or rows[-1].n != due.n or payment.state is not State.SCHEDULED or not payment.leaves_us:
        return None
    return payment if _has_come(item, payment.leaves_us) else None


def _has_come(item: Input[Command], due_us: int) -> bool:
    """Whether a timer speaks of a time that had come; a command's time is cut to the millisecond."""
    return int(item.event.at.timestamp() * 1_000_000) + 1_000 >= due_us
