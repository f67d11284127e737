"""The rows that payments keeps beside its decisions. All immutable; what changes is the next row."""

from typing import NamedTuple

from services.payments.accounts import tables as accounts
from services.payments.payroll import tables as payroll
from services.payments.statements import tables as statements
from services.payments.treasury import tables as treasury
from shared.store.port import Table


class EntitlementRow(NamedTuple):
    """An entitlement as its change (revision, n) left it. ``body`` is the event; ``status`` what it amounts to."""

    entitlement_id: str
    revision: int
    n: int
    status: str
    body: bytes


class Member(NamedTuple):
    """An entitlement of a programme: what a cycle that opens goes through."""

    programme: str
    entitlement_id: str


class CycleRow(NamedTuple):
    """The n-th opening or closing of a cycle of a programme. ``starts_on`` is an ISO date."""

    programme: str
    n: int
    cycle: str
    state: str
    starts_on: str
    by: str
    topic: str
    partition: int
    offset: int
    at_us: int


class OrderRow(NamedTuple):
    """An order of the treasury: ``allocate`` or ``release``. ``postings`` is JSON, [[account, poisha], …]."""

    kind: str
    order_ref: str
    programme: str
    cycle: str
    poisha: int
    postings: bytes
    by: str
    topic: str
    partition: int
    offset: int
    at_us: int


class WaitingRow(NamedTuple):
    """A payment that may wait for money. ``place`` orders by arrival; whether it still waits its own rows say."""

    queue: str
    place: str
    payment_id: str
    entitlement_id: str


class PieceRow(NamedTuple):
    """Up to which place one piece of a long command goes, so that a replay takes the same piece."""

    command_id: str
    until: str


class DueRow(NamedTuple):
    """Transition ``n`` of a payment is looked at when ``due_us`` has come. ``bucket`` is the minute since 1970.

    The same for word ``n`` on a changed account, which has cooled off then.
    """

    bucket: int
    place: str
    payment_id: str
    n: int
    due_us: int


class PlaceRow(NamedTuple):
    """A place among the instructions that may leave to a provider in one minute since 1970; ``holder`` has it."""

    provider: str
    minute: int
    place: int
    holder: str


class SweptRow(NamedTuple):
    """All that was due before minute ``bucket`` has been asked for."""

    name: str
    bucket: int


class DiscrepancyRow(NamedTuple):
    """A report that could not be applied, kept for reconciliation. ``report`` is what the provider said, as JSON."""

    topic: str
    partition: int
    offset: int
    code: str
    payment_id: str
    provider: str
    report: bytes
    at_us: int


class ProposalRow(NamedTuple):
    """What one person proposes and another has to confirm: an attempt, a correction to ``to``, a withholding.

    ``n`` is the payment's last transition at that time (0: none): a payment that has moved since is another matter.
    """

    proposal_id: str
    name: str
    payment_id: str
    n: int
    to: str
    reason: str
    evidence: str
    by: str
    at_us: int


class AttentionRow(NamedTuple):
    """Transition ``n`` of a payment left it to ``who`` (operator or source); stale where the payment has moved on."""

    who: str
    place: str
    payment_id: str
    n: int


class SnapshotRow(NamedTuple):
    """The n-th time that the running ledger was kept, after so many ``transitions``; ``body`` is packed JSON."""

    name: str
    n: int
    transitions: int
    body: bytes


ENTITLEMENTS: Table[EntitlementRow] = Table("entitlements", EntitlementRow, ("entitlement_id", "revision", "n"))
MEMBERS: Table[Member] = Table("members", Member, ("programme", "entitlement_id"))
CYCLES: Table[CycleRow] = Table("cycles", CycleRow, ("programme", "n"))
ORDERS: Table[OrderRow] = Table("treasury_orders", OrderRow, ("kind", "order_ref"))
WAITING: Table[WaitingRow] = Table("waiting", WaitingRow, ("queue", "place"))
PIECES: Table[PieceRow] = Table("pieces", PieceRow, ("command_id",))
DUE: Table[DueRow] = Table("due", DueRow, ("bucket", "place"))
PLACES: Table[PlaceRow] = Table("places", PlaceRow, ("provider", "minute", "place"), (("holder",),))
SWEPT: Table[SweptRow] = Table("swept", SweptRow, ("name", "bucket"))
DISCREPANCIES: Table[DiscrepancyRow] = Table(
    "discrepancies", DiscrepancyRow, ("topic", "partition", "offset"), (("payment_id",),)
)
PROPOSALS: Table[ProposalRow] = Table("proposals", ProposalRow, ("proposal_id",), (("payment_id",),))
ATTENTION: Table[AttentionRow] = Table("attention", AttentionRow, ("who", "place"))
SNAPSHOTS: Table[SnapshotRow] = Table("ledger_snapshots", SnapshotRow, ("name", "n"))

TABLES = (
    ENTITLEMENTS,
    MEMBERS,
    CYCLES,
    ORDERS,
    WAITING,
    PIECES,
    DUE,
    PLACES,
    SWEPT,
    DISCREPANCIES,
    PROPOSALS,
    ATTENTION,
    SNAPSHOTS,
    *payroll.TABLES,
    *accounts.TABLES,
    *treasury.TABLES,
    *statements.TABLES,
)
