"""Taking somebody off the lists of a cycle, so that the others are paid, and putting them back: two people each time.

It is for a question that would hold up everybody: one person, or one account, twice on a list. Nothing of the right is
decided here; who is withheld when the cycle closes may be paid for it as arrears, like anybody whom it left unpaid.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import orjson
from msgspec.structs import replace

from services.payments import journal
from services.payments.cycles import Cycle, open_cycle
from services.payments.ids import payment_id
from services.payments.lookup import cycles_by_programme, transitions
from services.payments.payment import RESTORED, WITHHELD, Payment, is_withheld, present
from services.payments.payroll.asked import OfOneEntitlement
from services.payments.payroll.entries import held
from services.payments.payroll.lists import RELEASING, SHORT, lists_of, queue_of
from services.payments.payroll.tables import LISTS
from services.payments.reasons import TABLE
from services.payments.sending.dues import Dues
from services.payments.states import AWAITING, Move, State
from services.payments.tables import ENTITLEMENTS, PROPOSALS, ProposalRow
from shared.contracts.command import Command
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.status import Reason
from shared.policy.policy import Policy
from shared.stage.commands import arguments, done, refused
from shared.stage.stage import Input, Verdict
from shared.store.port import Store
from shared.store.tables import DECISIONS, Decision

WITHHOLD, RESTORE = "cycle.withhold", "cycle.restore"
NAMES: Final = frozenset({WITHHOLD, RESTORE})


class _Found(NamedTuple):
    """An entitlement with its payment in the cycle, if there is one yet."""

    change: EntitlementChanged
    cycle: Cycle
    rows: tuple[Decision, ...]


class Withholding:
    """Decides the proposals; ``after`` is what a confirmed one does to the payment. ``now_us`` is µs since 1970 UTC."""

    def __init__(self, store: Store, policy: Policy, dues: Dues, now_us: Callable[[], int]) -> None:
        self._store, self._policy, self._dues, self._now_us = store, policy, dues, now_us

    async def propose(self, item: Input[Command]) -> Verdict:
        """Keep what one person wants, if it could be done now."""
        given: OfOneEntitlement = arguments(item, OfOneEntitlement)
        found = await self._find(given.programme, given.cycle, given.entitlement_id)
        why = found if isinstance(found, Reason) else _fault(item.event.name, present(found.rows))
        if why is not None:
            return refused(item, [why])
        assert isinstance(found, _Found)
        named = payment_id(given.programme, given.cycle, given.entitlement_id)
        n = found.rows[-1].n if found.rows else 0
        to = State.WITHHELD if item.event.name == WITHHOLD else ""
        by, now_us = item.event.by, self._now_us()
        row = ProposalRow(item.subject, item.event.name, named, n, to, given.reason, "", by, now_us)
        await self._store.insert(PROPOSALS, [row])
        return done(item, {**given.model_dump(mode="json"), "proposal": item.subject, "payment_id": named})

    async def after(self, proposal: ProposalRow) -> Payment | Reason:
        """What somebody else's confirmation makes of the payment, or why nothing."""
        decided = await self._store.find(DECISIONS, "subject", [proposal.proposal_id])
        if not decided:
            return TABLE["proposal_unknown"]
        said = orjson.loads(decided[0].body)["result"]
        found = await self._find(said["programme"], said["cycle"], said["entitlement_id"])
        if isinstance(found, Reason):
            return found
        before = present(found.rows)
        if (why := _fault(proposal.name, before)) is not None:
            return why
        if proposal.name == RESTORE:
            assert before is not None
            return journal.entered(before, replace(before, move=Move.HELD, code=RESTORED, next="pipeline"))
        return held(
            found.change,
            before,
            cycle=found.cycle.name,
            poisha=self._dues.of(found.change, found.cycle) or 0,
            state=State.WITHHELD,
            code=WITHHELD,
            acts="operator",
        )

    async def _find(self, programme: str, cycle: str, entitlement_id: str) -> _Found | Reason:
        declared = self._policy.programmes.get(programme)
        known = (await cycles_by_programme(self._store, [programme])).get(programme, ())
        opened = open_cycle(known)
        if declared is None or opened is None or opened.name != cycle:
            return TABLE["cycle_unknown"]
        if declared.payroll.flow != "by_list":
            return TABLE["flows_through"]
        lists = lists_of(await self._store.find(LISTS, "queue", [queue_of(programme, cycle)]))
        if any(one.state in (RELEASING, SHORT) for one in lists):
            return TABLE["list_leaving"]
        # By key order, so the last row of an entitlement stays.
        latest = (await self._store.find(ENTITLEMENTS, "entitlement_id", [entitlement_id]))[-1:]
        change = EntitlementChanged.read(latest[0].body) if latest else None
        if change is None or change.programme != programme:
            return TABLE["entitlement_unknown"]
        named = payment_id(programme, cycle, entitlement_id)
        return _Found(change, opened, (await transitions(self._store, [named]))[named])


def _fault(name: str, payment: Payment | None) -> Reason | None:
    kept_off = payment is not None and is_withheld(payment)
    if name == RESTORE:
        return None if kept_off else TABLE["not_withheld"]
    waits = payment is None or payment.state in AWAITING
    return TABLE["not_withholdable"] if kept_off or not waits else None
