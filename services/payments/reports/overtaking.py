"""Reports that overtook their own credit: judged again when it comes, as if they had come after it.

A provider cannot return, or see withdrawn, what it never paid, so such a report moves nothing when it comes first, and
is kept. Where the credit of the very same attempt is then reported, nothing is wrong with it but its place.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from services.payments.ids import attempt_ref
from services.payments.lookup import transitions
from services.payments.payment import Payment
from services.payments.reports.judging import OUT_OF_ORDER, TARGETS, Moved, after_report, judge
from services.payments.states import Move
from services.payments.tables import DISCREPANCIES, DiscrepancyRow
from shared.contracts.payment import Report
from shared.policy.policy import Policy
from shared.policy.providers import ProviderPolicy
from shared.stage.records import Origin
from shared.stage.stage import Decide, Draft
from shared.store.port import Store
from shared.store.tables import Decision

_OUTCOMES: Final = frozenset({Move.REPORTED, Move.CORRECTED})
_PLACE: Final = attrgetter("topic", "partition", "offset")


class Credit(msgspec.Struct, frozen=True, gc=False):
    """A transition by which a report credits a payment, how the payment stands, and the number that comes next.

    It stands otherwise than the draft says only where a process ended half way, and the payment was restated since.
    """

    draft: Draft
    payment: Payment
    n: int


async def overtaken(store: Store, policy: Policy, credits: Sequence[Credit]) -> dict[str, Decide]:
    """By payment what its credit leads to together with a report that was kept before it; without, there is no entry.

    The credit is stored first: where the transition that follows it stands, it does.
    """
    kept: dict[str, list[DiscrepancyRow]] = {}
    for row in await store.find(DISCREPANCIES, "payment_id", [credit.draft.subject for credit in credits]):
        kept.setdefault(row.payment_id, []).append(row)
    found: dict[str, Decide] = {}
    for credit in credits:
        draft, payment = credit.draft, credit.payment
        rows = kept.get(draft.subject)
        after = after_credit(draft.subject, payment, rows, policy.providers[payment.provider]) if rows else None
        if after is not None:
            follows = Draft(draft.subject, 0, credit.n, after.state.value, after.write(), draft.claims)
            found[draft.subject] = Decide((follows, draft))
    return found


def after_credit(
    payment_id: str, credited: Payment, kept: Iterable[DiscrepancyRow], provider: ProviderPolicy
) -> Payment | None:
    """The transition that follows ``credited`` by a report that was kept before it; None where there is none.

    The first one counts, in the order of Kafka: what a second one says is then known already, or contradicts it.
    """
    for row in sorted(kept, key=_PLACE):
        if row.code == OUT_OF_ORDER:
            report = Report.read(row.report)
            judged = judge(payment_id, credited, row.provider, report)
            if isinstance(judged, Moved):
                return after_report(credited, judged.state, report, provider)
    return None


async def settled(store: Store, kept: Sequence[DiscrepancyRow]) -> Mapping[Origin, int]:
    """Of kept reports those that the journal has come to say itself, each with the number of that transition.

    By the credit that came afterwards, or by two people; nobody has to look at them any more.
    """
    waiting = [row for row in kept if row.code == OUT_OF_ORDER]
    rows = await transitions(store, list(dict.fromkeys(row.payment_id for row in waiting))) if waiting else {}
    said = {payment_id: _said(found) for payment_id, found in rows.items()}
    found: dict[Origin, int] = {}
    for row in waiting:
        report = Report.read(row.report)
        n = said[row.payment_id].get((report.attempt_ref, TARGETS.get(report.kind)))
        if n is not None:
            found[Origin(*_PLACE(row))] = n
    return found


def _said(rows: Sequence[Decision]) -> dict[tuple[str, str | None], int]:
    """The number of each outcome that the journal has, by attempt reference and state."""
    payments = ((Payment.read(row.body), row) for row in rows)
    return {
        (attempt_ref(row.subject, payment.attempt), payment.state): row.n
        for payment, row in payments
        if payment.move in _OUTCOMES
    }
