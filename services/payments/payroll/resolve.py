"""Who of a programme belongs on the next list of a cycle: each resolved to person, account and amount, or left out.

Reads only. The number of store calls does not grow with the number of people.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.payments.accounts.gate import DORMANT, MISSING, NOT_CHECKED, REFUSED, Gate
from services.payments.cycles import Cycle
from services.payments.entitlements import ENTITLED, people_of
from services.payments.ids import payment_id, person_claim
from services.payments.lookup import transitions
from services.payments.payment import Payment, is_withheld, present
from services.payments.payroll.entries import Entry
from services.payments.sending.dues import Dues, Owed
from services.payments.sending.providers import Account, payable, within_limits
from services.payments.states import AWAITING, State
from services.payments.tables import ENTITLEMENTS, EntitlementRow
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.person import Payee
from shared.policy.policy import Policy
from shared.stage.messages import Next
from shared.store.claims import Claims
from shared.store.port import Store

_SOURCE_ACTS: Final = frozenset({MISSING, DORMANT, REFUSED, "account_change_rejected"})


class LeftOut(NamedTuple):
    """Somebody who is entitled and not on the list: why, and who acts. ``before`` is the payment so far."""

    change: EntitlementChanged
    payment_id: str
    before: Payment | None
    poisha: int
    state: State
    code: str
    acts: Next


class Resolved(NamedTuple):
    """A piece of a list; ``unasked`` are those about whose account the provider has not been heard."""

    entries: list[Entry]
    left_out: list[LeftOut]
    unasked: list[EntitlementChanged]


class _Wanted(NamedTuple):
    change: EntitlementChanged
    payment_id: str
    before: Payment | None
    poisha: int | None
    owed: tuple[Owed, ...]


class Resolver:
    """Resolves entitlements for lists."""

    def __init__(self, store: Store, policy: Policy, gate: Gate, dues: Dues, claims: Claims) -> None:
        self._store, self._policy, self._gate, self._dues, self._claims = store, policy, gate, dues, claims

    async def resolve(self, entitlements: Sequence[str], cycle: Cycle, cycles: Sequence[Cycle]) -> Resolved:
        """The lines of these entitlements. Whoever is paid, withheld or not entitled has none."""
        wanted = await self._wanted(entitlements, cycle, cycles)
        changes = [one.change for one in wanted]
        stops = await self._gate.stops(changes)
        recoverable = await self._dues.recoverable(changes)
        owed = await self._owed(wanted)
        resolved = Resolved([], [], [])
        for one in wanted:
            change, arrears = one.change, owed.get(one.payment_id, ())
            gross = (one.poisha or 0) + sum(each.poisha for each in arrears)
            recovered = 0
            if change.entitlement_id in recoverable:
                recovered = self._dues.held_back(change.programme, gross, recoverable[change.entitlement_id])
            account = payable(self._policy, change.payee)
            stop = stops.get(change.entitlement_id)
            left: tuple[State, str, Next] | None = None
            if one.poisha is None:
                left = State.BLOCKED, "rate_not_known", "operator"
            elif not isinstance(account, Account):
                left = State.AWAITING_ACCOUNT, account, "source"
            elif not within_limits(self._policy, account.provider, gross - recovered):
                left = State.BLOCKED, "beyond_provider_limit", "operator"
            elif stop is not None:
                left = State.AWAITING_ACCOUNT, stop, who_acts(stop)
                resolved.unasked.extend([change] if stop == NOT_CHECKED else [])
            if left is not None:
                resolved.left_out.append(LeftOut(change, one.payment_id, one.before, gross, *left))
                continue
            assert isinstance(account, Account)
            resolved.entries.append(_entry(one, account, gross - recovered, arrears, recovered))
        return resolved

    async def _wanted(self, entitlements: Sequence[str], cycle: Cycle, cycles: Sequence[Cycle]) -> list[_Wanted]:
        # By key order, so the last row of an entitlement stays.
        rows = await self._store.find(ENTITLEMENTS, "entitlement_id", entitlements)
        latest: dict[str, EntitlementRow] = {row.entitlement_id: row for row in rows}
        entitled = [row for row in latest.values() if row.status == ENTITLED]
        ids = {row.entitlement_id: payment_id(cycle.programme, cycle.name, row.entitlement_id) for row in entitled}
        paid = await transitions(self._store, list(ids.values()))
        wanted = []
        for row in entitled:
            named = ids[row.entitlement_id]
            before = present(paid[named])
            change = EntitlementChanged.read(row.body)
            waits = before is None or (before.state in AWAITING and not is_withheld(before))
            if waits and self._dues.covers(change, cycle):
                owed = self._dues.owed(change, cycle, cycles)
                wanted.append(_Wanted(change, named, before, self._dues.of(change, cycle), owed))
        return wanted

    async def _owed(self, wanted: Iterable[_Wanted]) -> dict[str, tuple[Owed, ...]]:
        """By payment the earlier cycles for which nobody of the person's cluster has a payment."""
        late = [one for one in wanted if one.owed]
        if not late:
            return {}
        claims = {
            (one.payment_id, each.cycle): [
                person_claim(one.change.programme, each.cycle, person) for person in people_of(one.change)
            ]
            for one in late
            for each in one.owed
        }
        holders = await self._claims.holders(claim for named in claims.values() for claim in named)
        return {
            one.payment_id: tuple(
                each
                for each in one.owed
                if all(
                    (holder := holders[claim]) is None or holder.owner == one.payment_id
                    for claim in claims[one.payment_id, each.cycle]
                )
            )
            for one in late
        }


def who_acts(code: str) -> Next:
    """Who can do something about an account that is not paid yet."""
    if code == NOT_CHECKED:
        return "provider"
    return "source" if code in _SOURCE_ACTS else "operator"


def _entry(one: _Wanted, account: Account, poisha: int, arrears: Sequence[Owed], recovered: int) -> Entry:
    change = one.change
    return Entry(
        change.entitlement_id,
        one.payment_id,
        change.application_id,
        change.source,
        change.source_ref,
        change.revision,
        change.n,
        change.area,
        change.upazila or change.area,
        poisha,
        account.provider,
        account.number,
        account.routing_number,
        account.holder_name,
        people_of(change),
        tuple(each.cycle for each in arrears),
        recovered,
        _national_ids(change.payee),
    )


def _national_ids(payee: Payee | None) -> tuple[str, ...]:
    """The person's own numbers, of either kind; a guardian's or nominee's say nothing of who is paid."""
    if payee is None or payee.kind != "self" or payee.holder_national_id is None:
        return ()
    found = payee.holder_national_id
    return tuple(f"{kind}:{number}" for kind, number in (("10", found.n10), ("13", found.n13)) if number is not None)
