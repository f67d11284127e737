"""A payment's transition once more: as it was stored, for its replay; or under a newer revision, for its line."""

from msgspec.structs import replace

from services.payments.payment import Payment, standing
from services.payments.states import Move
from shared.contracts.entitlement import EntitlementChanged
from shared.stage.stage import Draft
from shared.store.tables import Decision


def again(row: Decision) -> Draft:
    """A stored transition as a draft, for the record that caused it."""
    return Draft(row.subject, row.revision, row.n, row.state, row.body, tuple(row.claims.split()))


def restated(payment: Payment, event: EntitlementChanged) -> Payment:
    """The same payment under the newer revision of its application: its line again, no money moves."""
    return replace(
        payment,
        move=Move.RESTATED,
        application_id=event.application_id,
        source=event.source,
        source_ref=event.source_ref,
        revision=event.revision,
        asks=False,
        was=standing(payment),
        postings=(),
    )
