"""What people say of accounts: of one that its provider could not compare, and of one that was changed."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import orjson
from pydantic import Field

from services.payments.accounts.changes import CONFIRMED, LOOKED_AT, REJECTED, is_burst
from services.payments.accounts.gate import GOOD, REFUSED, REVIEW, change_ref
from services.payments.accounts.questions import Questions
from services.payments.accounts.tables import CHANGES, AccountChangeRow
from services.payments.accounts.watch import LOOK
from services.payments.asked import Asked, Programme
from services.payments.cycles import open_cycle
from services.payments.lookup import cycles_by_programme
from services.payments.pieces import Pieces
from services.payments.reasons import TABLE
from services.payments.tables import DUE, ENTITLEMENTS
from services.payments.timers import due_row
from shared.contracts.command import Command
from shared.contracts.entitlement import EntitlementChanged
from shared.policy.policy import Policy
from shared.stage.commands import arguments, done, refused
from shared.stage.numbering import caused_by, next_number
from shared.stage.stage import Draft, Input, Verdict
from shared.store.port import Store
from shared.store.tables import DECISIONS

DECIDE, CONFIRM, REJECT = "account.decide", "account.confirm", "account.reject"
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Why = Annotated[str, Field(min_length=3, max_length=500)]


class DecideAccount(Asked):
    """``account.decide``: an account that is for a person to compare is the payee's, or is not."""

    verify_ref: Id
    accept: bool
    reason: Why


class ConfirmChange(Asked):
    """``account.confirm``: a second person stands for a changed account; ``looked_at`` says what a burst turned out."""

    entitlement_id: Id
    looked_at: Why | None = None


class RejectChange(Asked):
    """``account.reject``: the changed account is not paid."""

    entitlement_id: Id
    reason: Why


class Look(Asked):
    """``entitlement.look``: what an entitlement's payment waited for may have come."""

    programme: Programme
    entitlement_id: Id


class Accounts:
    """Decides these commands."""

    def __init__(self, store: Store, policy: Policy, pieces: Pieces) -> None:
        self._store, self._policy, self._pieces = store, policy, pieces
        self._questions = Questions(store)

    def handlers(self) -> dict[str, Callable[[Input[Command]], Awaitable[Verdict]]]:
        """By the name of the command."""
        return {DECIDE: self.decide, CONFIRM: self.confirm, REJECT: self.reject, LOOK: self.look}

    async def decide(self, item: Input[Command]) -> Verdict:
        """End a review of an account."""
        given: DecideAccount = arguments(item, DecideAccount)
        rows = await self._store.find(DECISIONS, "subject", [given.verify_ref])
        asked = (await self._questions.known([given.verify_ref])).get(given.verify_ref)
        own = caused_by(rows, item.record.origin)
        if asked is None or (not own and (not rows or rows[-1].state != REVIEW)):
            return refused(item, [TABLE["account_question_unknown"]])
        state = GOOD if given.accept else REFUSED
        body = orjson.dumps({"programme": asked.programme, "entitlement_id": asked.entitlement_id, "by": item.event.by})
        draft = Draft(given.verify_ref, 0, next_number(rows, 0, item.record.origin), state, body)
        then = [[LOOK, "", {"entitlement_id": asked.entitlement_id}]]
        return done(item, {**given.model_dump(), "programme": asked.programme, "then": then}, [draft])

    async def confirm(self, item: Input[Command]) -> Verdict:
        """A second person's word. In a burst it only counts with what was found out."""
        given: ConfirmChange = arguments(item, ConfirmChange)
        change = await self._last_change(given.entitlement_id)
        if change is None:
            return refused(item, [TABLE["account_change_unknown"]])
        if item.event.by == change.clerk.partition(":")[2] or item.event.by == change.clerk:
            return refused(item, [TABLE["account_second_person"]])
        programme = await self._programme(given.entitlement_id)
        if given.looked_at is None and await self._in_burst(change, programme):
            return refused(item, [TABLE["burst_not_looked_at"]])
        state = CONFIRMED if given.looked_at is None else LOOKED_AT
        return await self._said(item, change, programme, state, given.looked_at or "")

    async def reject(self, item: Input[Command]) -> Verdict:
        """The account is not paid; the source has to send another one."""
        given: RejectChange = arguments(item, RejectChange)
        change = await self._last_change(given.entitlement_id)
        if change is None:
            return refused(item, [TABLE["account_change_unknown"]])
        return await self._said(item, change, await self._programme(given.entitlement_id), REJECTED, given.reason)

    async def look(self, item: Input[Command]) -> Verdict:
        """Move the payment of the open cycle as far as can be; where lists are paid, the next list does that."""
        given: Look = arguments(item, Look)
        cycles = (await cycles_by_programme(self._store, [given.programme])).get(given.programme, ())
        cycle = open_cycle(cycles)
        drafts = []
        if cycle is not None:
            named = [given.entitlement_id]
            drafts = await self._pieces.drafts(given.programme, cycle.name, named, item.record.origin)
        return done(item, {"entitlement_id": given.entitlement_id, "payments": len(drafts)}, drafts)

    async def _said(
        self, item: Input[Command], change: AccountChangeRow, programme: str, state: str, why: str
    ) -> Verdict:
        ref = change_ref(change)
        rows = await self._store.find(DECISIONS, "subject", [ref])
        what = {"programme": programme, "entitlement_id": change.entitlement_id}
        body = orjson.dumps({**what, "by": item.event.by, "why": why})
        draft = Draft(ref, 0, next_number(rows, 0, item.record.origin), state, body)
        declared = self._policy.programmes.get(programme)
        if declared is not None and state != REJECTED:
            cooling_us = int(declared.payroll.account_change.cooling.total_seconds()) * 1_000_000
            await self._store.insert(DUE, [due_row(ref, draft.n, change.at_us + cooling_us)])
        then = [[LOOK, "", {"entitlement_id": change.entitlement_id}]]
        return done(item, {**what, "state": state, "then": then}, [draft])

    async def _last_change(self, entitlement_id: str) -> AccountChangeRow | None:
        rows = await self._store.find(CHANGES, "entitlement_id", [entitlement_id])
        return rows[-1] if rows else None

    async def _programme(self, entitlement_id: str) -> str:
        rows = await self._store.find(ENTITLEMENTS, "entitlement_id", [entitlement_id])
        return EntitlementChanged.read(rows[-1].body).programme

    async def _in_burst(self, change: AccountChangeRow, programme: str) -> bool:
        declared = self._policy.programmes.get(programme)
        if declared is None:
            return False
        by_clerk = await self._store.find(CHANGES, "clerk", [change.clerk]) if change.clerk else []
        to_account = await self._store.find(CHANGES, "account", [change.account])
        return is_burst(declared.payroll.account_change, change, by_clerk, to_account)
