"""What people do about single payments: cancel an attempt, pay again, correct. Where money is at stake, two of them.

A cancel only stops, so one person with a reason is enough. All else is proposed by one person and confirmed by another;
if the payment has moved in between, it has to be proposed anew.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from msgspec.structs import replace
from pydantic import Field

from services.payments import journal
from services.payments.asked import Asked
from services.payments.cycles import CLOSED
from services.payments.entitlements import ENTITLED
from services.payments.lookup import cycles_by_programme, transitions
from services.payments.payment import Payment, present
from services.payments.payroll import withholding
from services.payments.reasons import TABLE
from services.payments.repeating import again
from services.payments.reports.judging import reached
from services.payments.sending.disburse import Disburser
from services.payments.sending.plans import Wish
from services.payments.states import BACK, UNDER_WAY, Move, State, allowed
from services.payments.tables import CYCLES, DUE, ENTITLEMENTS, PROPOSALS, ProposalRow
from services.payments.timers import answer_due_us, due_row
from shared.contracts.command import Command
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.status import Reason
from shared.policy.policy import Policy
from shared.stage.commands import arguments, done, refused
from shared.stage.numbering import caused_by, next_number
from shared.stage.stage import Draft, Input, Verdict
from shared.store.port import Store
from shared.store.tables import Decision

CANCEL, RETRY, CORRECT, CONFIRM = "payment.cancel", "payment.retry", "payment.correct", "payment.confirm"
PaymentId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Why = Annotated[str, Field(min_length=3, max_length=500)]


class AskedOfOne(Asked):
    """``payment.cancel`` and ``payment.retry``."""

    payment_id: PaymentId
    reason: Why


class AskedToCorrect(AskedOfOne):
    """``payment.correct``: ``evidence`` says where it stands, such as a line of a settlement statement."""

    to: Literal["credited", "failed", "returned", "disputed"]
    evidence: Why


class AskedToConfirm(Asked):
    """``payment.confirm``: by somebody else than who proposed it."""

    proposal: PaymentId


class Attending:
    """Decides these commands. Each may be asked again for the same command, and finds what it did before."""

    def __init__(self, store: Store, policy: Policy, disburser: Disburser, now_us: Callable[[], int]) -> None:
        self._store, self._policy, self._disburser, self._now_us = store, policy, disburser, now_us
        self._withholding = withholding.Withholding(store, policy, disburser.dues, now_us)

    def handlers(self) -> dict[str, Callable[[Input[Command]], Awaitable[Verdict]]]:
        """By the name of the command."""
        return {
            CANCEL: self.cancel,
            RETRY: self.propose,
            CORRECT: self.propose,
            **dict.fromkeys(withholding.NAMES, self._withholding.propose),
            CONFIRM: self.confirm,
        }

    async def cancel(self, item: Input[Command]) -> Verdict:
        """Tell the provider to refuse the attempt for ever; whether it still can, its report will say."""
        given: AskedOfOne = arguments(item, AskedOfOne)
        rows = (await transitions(self._store, [given.payment_id]))[given.payment_id]
        if own := caused_by(rows, item.record.origin):
            return done(item, {"payment_id": given.payment_id}, [again(own[0])])
        payment = present(rows)
        if payment is None:
            return refused(item, [TABLE["payment_unknown"]])
        if not allowed(payment.state, State.CANCELLING, Move.STOPPED) or payment.eft:
            return refused(item, [TABLE["not_with_provider"]])
        provider = self._policy.providers[payment.provider]
        after = replace(
            payment,
            state=State.CANCELLING,
            move=Move.STOPPED,
            code="cancelling",
            next="provider",
            asks=True,
            inquiries=1,
            report_due_us=answer_due_us(self._now_us(), provider, self._disburser.factor, 1),
        )
        draft = _draft(item, rows, journal.entered(payment, after))
        await self._store.insert(DUE, [due_row(given.payment_id, draft.n, after.report_due_us)])
        return done(item, {"payment_id": given.payment_id}, [draft])

    async def propose(self, item: Input[Command]) -> Verdict:
        """Keep what one person wants, if it could be done now."""
        correcting = item.event.name == CORRECT
        given: AskedOfOne = arguments(item, AskedToCorrect if correcting else AskedOfOne)
        rows = (await transitions(self._store, [given.payment_id]))[given.payment_id]
        payment = present(rows)
        if payment is None:
            return refused(item, [TABLE["payment_unknown"]])
        to, evidence = (given.to, given.evidence) if isinstance(given, AskedToCorrect) else ("", "")
        if correcting and not allowed(payment.state, State(to), Move.CORRECTED):
            return refused(item, [TABLE["correction_not_allowed"]])
        if _us(item) < payment.valid_until_us and _ends_unheard(payment, to):
            return refused(item, [TABLE["still_valid"]])
        if not correcting and payment.state not in BACK:
            return refused(item, [TABLE["not_back"]])
        row = ProposalRow(
            item.subject,
            item.event.name,
            given.payment_id,
            rows[-1].n,
            to,
            given.reason,
            evidence,
            item.event.by,
            self._now_us(),
        )
        await self._store.insert(PROPOSALS, [row])
        return done(item, {"proposal": item.subject, "payment_id": given.payment_id, "state": payment.state, "to": to})

    async def confirm(self, item: Input[Command]) -> Verdict:
        """Do what somebody else has proposed."""
        given: AskedToConfirm = arguments(item, AskedToConfirm)
        found = await self._store.find(PROPOSALS, "proposal_id", [given.proposal])
        if not found:
            return refused(item, [TABLE["proposal_unknown"]])
        proposal = found[0]
        result = {
            "proposal": given.proposal,
            "payment_id": proposal.payment_id,
            "proposed_by": proposal.by,
            "reason": proposal.reason,
            "evidence": proposal.evidence,
        }
        rows = (await transitions(self._store, [proposal.payment_id]))[proposal.payment_id]
        if own := caused_by(rows, item.record.origin):
            return done(item, result, [again(own[0])])
        if proposal.by == item.event.by:
            return refused(item, [TABLE["second_person_needed"]])
        payment = present(rows)
        if (rows[-1].n if rows else 0) != proposal.n:
            return refused(item, [TABLE["proposal_outdated"]])
        if proposal.name in withholding.NAMES:
            after = await self._withholding.after(proposal)
            if isinstance(after, Reason):
                return refused(item, [after])
            return done(item, result, [_draft(item, rows, after, proposal.payment_id)])
        assert payment is not None
        if proposal.name == CORRECT:
            return done(item, result, [_draft(item, rows, self._corrected(payment, State(proposal.to)))])
        draft = await self._new_attempt(item, proposal.payment_id, payment, rows)
        return refused(item, [TABLE["not_payable_now"]]) if draft is None else done(item, result, [draft])

    def _corrected(self, payment: Payment, state: State) -> Payment:
        provider = self._policy.providers[payment.provider]
        asks_source = state is State.RETURNED
        after = reached(payment, state, Move.CORRECTED, provider, active=payment.active, asks_source=asks_source)
        return after if state is State.DISPUTED else replace(after, code="corrected")

    async def _new_attempt(
        self, item: Input[Command], payment_id: str, payment: Payment, rows: tuple[Decision, ...]
    ) -> Draft | None:
        latest = (await self._store.find(ENTITLEMENTS, "entitlement_id", [payment.entitlement_id]))[-1:]
        known = (await cycles_by_programme(self._store, [payment.programme])).get(payment.programme, ())
        cycle = next((one for one in known if one.name == payment.cycle), None)
        closed = any(
            row.cycle == payment.cycle and row.state == CLOSED
            for row in await self._store.find(CYCLES, "programme", [payment.programme])
        )
        if not latest or latest[0].status != ENTITLED or cycle is None or closed:
            return None
        change = EntitlementChanged.read(latest[0].body)
        wish = Wish(change, cycle, payment_id, item.record.origin, rows, insists=True)
        (draft,) = await self._disburser.drafts([wish])
        return draft


def _ends_unheard(payment: Payment, to: str) -> bool:
    """Whether a correction frees the money of an attempt of which nobody knows that its provider is done with it."""
    return to == State.FAILED or (to == State.RETURNED and payment.state in UNDER_WAY)


def _us(item: Input[Command]) -> int:
    return int(item.event.at.timestamp() * 1_000_000)


def _draft(item: Input[Command], rows: tuple[Decision, ...], after: Payment, payment_id: str | None = None) -> Draft:
    """The next transition; ``payment_id`` where there may be none before."""
    n, claims = next_number(rows, 0, item.record.origin), tuple(rows[-1].claims.split()) if rows else ()
    return Draft(payment_id or rows[-1].subject, 0, n, after.state, after.write(), claims)
