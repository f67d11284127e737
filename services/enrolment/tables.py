"""What enrolment keeps beside the common tables."""

from typing import NamedTuple

from services.enrolment.places import PLACES
from shared.store.port import Table


class PartsRow(NamedTuple):
    """The cleared event of an application as it came, by its upstream (revision, n): what later decisions publish."""

    application_id: str
    revision: int
    n: int
    event: bytes


class CellRow(NamedTuple):
    """A cell in which somebody has applied; stored before the first of them joins its log."""

    programme: str
    area: str


class RoundRow(NamedTuple):
    """The n-th opening or closing of a round of a programme."""

    programme: str
    n: int
    kind: str
    round_id: str
    topic: str
    partition: int
    offset: int
    by: str
    at_us: int


class EntitlementRow(NamedTuple):
    """Whose entitlement it is; stored before the entitlement is granted."""

    entitlement_id: str
    application_id: str


PARTS: Table[PartsRow] = Table("enrolment_parts", PartsRow, ("application_id", "revision", "n"))
CELLS: Table[CellRow] = Table("enrolment_cells", CellRow, ("programme", "area"))
ROUNDS: Table[RoundRow] = Table("enrolment_rounds", RoundRow, ("programme", "n"), indexes=(("round_id",),))
ENTITLEMENTS: Table[EntitlementRow] = Table("enrolment_entitlements", EntitlementRow, ("entitlement_id",))

TABLES = (PARTS, CELLS, PLACES, ROUNDS, ENTITLEMENTS)
