"""Which payees may be paid now: what their provider said of the account, and how a change of it stands.

Store calls do not grow with the number of entitlements; programmes whose policy asks for neither cost none.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from services.payments.accounts.changes import is_burst, key_of, standing
from services.payments.accounts.tables import CHANGES, AccountChangeRow
from services.payments.payment import Payment
from shared.contracts.account import AccountReport, Verify
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.person import Payee
from shared.envelope import named_id
from shared.policy.policy import Policy
from shared.store.port import Store
from shared.store.tables import DECISIONS

GOOD, REVIEW, REFUSED, MISSING, DORMANT = (
    "account_good",
    "account_review",
    "account_refused",
    "account_missing",
    "account_dormant",
)
STATES: Final = frozenset({GOOD, REVIEW, REFUSED, MISSING, DORMANT})
NOT_CHECKED: Final = "account_not_checked"


def verify_ref(entitlement_id: str, payee: Payee) -> str:
    """Names the question about this account of this entitlement."""
    return _ref(entitlement_id, key_of(payee))


def _ref(entitlement_id: str, account: str) -> str:
    return named_id(f"verify|{entitlement_id}|{account}")


def _key_of_paid(payment: Payment) -> str:
    """As ``key_of``, of the account that was paid."""
    return f"{payment.provider}|{payment.routing_number or ''}|{payment.account}"


def change_ref(change: AccountChangeRow) -> str:
    """The subject under which people decide about a change of an account."""
    return named_id(f"account change|{change.entitlement_id}|{change.revision}|{change.n}")


def question(change: EntitlementChanged) -> Verify | None:
    """What a provider is asked about an entitlement's account."""
    payee = change.payee
    if payee is None:
        return None
    return Verify(
        verify_ref=verify_ref(change.entitlement_id, payee),
        entitlement_id=change.entitlement_id,
        account=payee.account,
        routing_number=payee.routing_number,
        holder_name=payee.holder_name,
        holder_national_id=payee.holder_national_id,
    )


def found(report: AccountReport) -> str:
    """What an answer says of an account. An owner whom the provider cannot compare is for a person to compare."""
    if not report.exists:
        return MISSING
    if report.owner == "refuse":
        return REFUSED
    if not report.active:
        return DORMANT
    return GOOD if report.owner == "match" else REVIEW


class Gate:
    """Answers for many entitlements at once."""

    def __init__(self, store: Store, policy: Policy, now_us: Callable[[], int]) -> None:
        self._store, self._policy, self._now_us = store, policy, now_us
        self._asking = frozenset(code for code, one in policy.programmes.items() if one.payroll.account_check)

    def asks(self, programme: str) -> bool:
        """Whether policy wants an account of this programme checked before it is paid."""
        return programme in self._asking

    async def stops(self, entitlements: Iterable[EntitlementChanged], fresh: Collection[str] = ()) -> Mapping[str, str]:
        """By entitlement the code for why its payee is not paid yet; ``fresh`` have no earlier change of any kind."""
        known = [one for one in entitlements if one.payee is not None and one.programme in self._policy.programmes]
        stops = await self._unchecked([one for one in known if self.asks(one.programme)])
        changed = [one for one in known if one.entitlement_id not in fresh and one.entitlement_id not in stops]
        return {**stops, **await self._changing(changed)}

    async def confirmed(self, payments: Mapping[str, Payment]) -> frozenset[str]:
        """Which of these payments, by id, went to an account of which its provider's last word is that it is good."""
        refs = {named: _ref(one.entitlement_id, _key_of_paid(one)) for named, one in payments.items()}
        # By key order, so the last word on an account stays.
        said = {row.subject: row.state for row in await self._store.find(DECISIONS, "subject", list(refs.values()))}
        return frozenset(named for named, ref in refs.items() if said.get(ref) == GOOD)

    async def _unchecked(self, asked: Sequence[EntitlementChanged]) -> dict[str, str]:
        if not asked:
            return {}
        refs = {one.entitlement_id: verify_ref(one.entitlement_id, one.payee) for one in asked if one.payee is not None}
        # By key order, so the last word on an account stays.
        said = {row.subject: row.state for row in await self._store.find(DECISIONS, "subject", list(refs.values()))}
        return {
            entitlement: state for entitlement, ref in refs.items() if (state := said.get(ref, NOT_CHECKED)) != GOOD
        }

    async def _changing(self, asked: Sequence[EntitlementChanged]) -> dict[str, str]:
        if not asked:
            return {}
        rows = await self._store.find(CHANGES, "entitlement_id", [one.entitlement_id for one in asked])
        last = {row.entitlement_id: row for row in rows}
        # Who went back to the account of before the change is paid where nothing ever changed.
        open_changes = {
            one.entitlement_id: (one, row)
            for one in asked
            if (row := last.get(one.entitlement_id)) is not None
            and one.payee is not None
            and key_of(one.payee) == row.account
        }
        if not open_changes:
            return {}
        changes = [row for _, row in open_changes.values()]
        refs = [change_ref(row) for row in changes]
        words = {row.subject: row.state for row in await self._store.find(DECISIONS, "subject", refs)}
        clerks = await self._store.find(CHANGES, "clerk", list({row.clerk for row in changes if row.clerk}))
        accounts = await self._store.find(CHANGES, "account", list({row.account for row in changes}))
        now_us = self._now_us()
        stops: dict[str, str] = {}
        for entitlement, (one, row) in open_changes.items():
            rule = self._policy.programmes[one.programme].payroll.account_change
            burst = is_burst(
                rule,
                row,
                [other for other in clerks if other.clerk == row.clerk],
                [other for other in accounts if other.account == row.account],
            )
            stands = standing(rule, row, words.get(change_ref(row)), burst, now_us)
            if stands.fault is not None:
                stops[entitlement] = stands.fault
        return stops
