"""Puts the parts of payrolls together."""

from collections.abc import Callable

from services.payments.accounts.questions import Questions
from services.payments.payroll.desk import Payrolls
from services.payments.payroll.freeze import Freezer
from services.payments.payroll.release import Releaser
from services.payments.payroll.resolve import Resolver
from services.payments.sending.disburse import Disburser
from shared.policy.policy import Policy
from shared.store.claims import Claims
from shared.store.port import Store


def payrolls(
    store: Store, policy: Policy, disburser: Disburser, *, now_us: Callable[[], int], key: bytes, size: int
) -> Payrolls:
    """The desk of payrolls, over the same limits, gate and dues as the payments that flow straight through."""
    claims = Claims(store)
    resolver = Resolver(store, policy, disburser.gate, disburser.dues, claims)
    freezer = Freezer(store, policy, resolver, Questions(store), key=key, now_us=now_us, size=size)
    releaser = Releaser(
        store, policy, disburser.limits, claims, disburser.pacing, now_us=now_us, factor=disburser.factor
    )
    return Payrolls(store, policy, disburser.limits, freezer, releaser, key=key, now_us=now_us)
