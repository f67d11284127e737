"""Reads that stage and commands share: cycles of programmes, transitions of payments."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.payments.cycles import Cycle, cycles_of
from services.payments.publish import is_transition
from services.payments.tables import CYCLES, CycleRow
from shared.store.port import Store
from shared.store.tables import DECISIONS, Decision


async def cycles_by_programme(store: Store, programmes: Iterable[str]) -> Mapping[str, Sequence[Cycle]]:
    """The cycles of these programmes, in the order of their opening."""
    logs: dict[str, list[CycleRow]] = defaultdict(list)
    for row in await store.find(CYCLES, "programme", list(dict.fromkeys(programmes))):
        logs[row.programme].append(row)
    return {programme: cycles_of(rows) for programme, rows in logs.items()}


async def transitions(store: Store, payment_ids: Sequence[str]) -> Mapping[str, tuple[Decision, ...]]:
    """The transitions of these payments, in their order; a payment that does not exist has none."""
    found: dict[str, list[Decision]] = {payment_id: [] for payment_id in payment_ids}
    if found:
        for row in await store.find(DECISIONS, "subject", list(found)):
            if is_transition(row):
                found[row.subject].append(row)
    return {payment_id: tuple(rows) for payment_id, rows in found.items()}
